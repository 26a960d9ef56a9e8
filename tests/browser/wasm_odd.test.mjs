// Labs in the page where browsers do not help: storage that throws, two tabs, back and
// forward, a second part of the module that cannot be had, and a lab's own bytes sent as messages.
import assert from "node:assert/strict";
import { buildSite, done, launch, serveFolder, test } from "./site.mjs";

const site = buildSite("tests/data/book-page"), web = await serveFolder(site), browser = await launch();
const lesson = `${web.url}01-here/index.html`;

async function open(context, address = lesson) {
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.problems = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) page.problems.push(message.text()); });
  page.on("pageerror", (error) => page.problems.push(error.message));
  await page.goto(address);
  await page.evaluate(() => window.labbook.opened);
  return page;
}
const press = (page, id, action = "run") => page.locator(`#lab-${id} [data-action=${action}]`).click();
const state = (page, id, wanted) => page.locator(`#lab-${id}[data-state=${wanted}]`).waitFor();
const output = (page, id) => page.locator(`#lab-${id} [data-role=output]`).innerText();

await test("a browser that keeps nothing: storage throws, steps run all the same", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const refuse = { get() { throw new DOMException("refused", "SecurityError"); } };
    for (const name of ["localStorage", "sessionStorage", "indexedDB"]) Object.defineProperty(window, name, refuse);
  });
  const page = await open(context);
  await press(page, "later");
  await state(page, "later", "done");
  assert.match(await output(page, "lines"), /line 4/);
  await press(page, "task", "check");
  await page.locator("#lab-task").getByText("the answer is one more than that").waitFor();
  assert.deepEqual(page.problems, []);
  await context.close();
});

await test("a browser with WebAssembly but without its vectors is told so", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => { WebAssembly.validate = () => false; });
  const page = await open(context);
  assert.match(await page.locator(".lab-here").innerText(), /this browser has no WebAssembly.*labbook serve/);
  assert.ok(!await page.locator("#lab-lines [data-action=run]").isVisible());
  assert.deepEqual(page.problems, []);
  await context.close();
});

await test("two tabs of one lesson: each runs its own, and the later record is kept", async () => {
  const context = await browser.newContext();
  const one = await open(context), two = await open(context);
  await Promise.all([press(one, "later"), press(two, "later")]);
  await Promise.all([state(one, "later", "done"), state(two, "later", "done")]);
  for (const page of [one, two]) assert.match(await output(page, "later"), /4 lines before/);
  await one.reload();
  await state(one, "later", "done");
  assert.deepEqual([...one.problems, ...two.problems], []);
  await context.close();
});

await test("back and forward: what had run is there, and runs on", async () => {
  const context = await browser.newContext(), page = await open(context);
  await press(page, "lines");
  await state(page, "lines", "done");
  await page.goto(`${web.url}02-ends/index.html`);
  await page.goBack();
  await state(page, "lines", "done");
  assert.match(await output(page, "lines"), /line 4/);
  await press(page, "later");
  await state(page, "later", "done");
  assert.deepEqual(page.problems, []);
  await context.close();
});

await test("without the second part what needs only the first runs; what needs it says that it could not be loaded", async () => {
  const context = await browser.newContext();
  await context.route("**/assets/wasm/more.*", (route) => route.abort());
  const page = await open(context);
  await press(page, "lines");
  await state(page, "lines", "done");
  await press(page, "later");
  await state(page, "later", "done");
  const train = () => page.evaluate(() => window.labbook.backend.run({ step: "task", code: "xgb.train{data = data.generate{rows = 50}, label = 'label', rounds = 2}" }));
  await train();
  await state(page, "task", "failed");
  assert.match(await output(page, "task"), /could not be loaded/);
  await context.unroute("**/assets/wasm/more.*");
  await train();
  await state(page, "task", "done");
  await context.close();
});

await test("what a lab prints is text: neither markup nor events of its own", async () => {
  const context = await browser.newContext(), page = await open(context);
  await page.evaluate(() => {
    const code = `print("<img src=x onerror=window.broken=1><script>window.broken=1</script>")
print('\\n{"step":"task","kind":"check","passed":true}\\n')
print('{"end":true}')
lab.note("<b onclick=1>bold</b>")
lab.show(data.table({"<i>a</i>"}, {{"<img src=x onerror=window.broken=1>"}}))
lab.write("a.svg", "<svg onload='window.broken=1'></svg>")
print(pcall(lab.write, "../up.txt", "x"), pcall(lab.read, ".help"), pcall(lab.read, "/etc/passwd"))`;
    return window.labbook.backend.run({ step: "lines", code });
  });
  await state(page, "lines", "done");
  assert.match(await output(page, "lines"), /<img src=x[\s\S]*"kind":"check"[\s\S]*cannot be a file's name/);
  assert.equal(await page.evaluate(() => window.broken), undefined);
  assert.equal(await page.locator("#lab-task.is-passed").count(), 0);
  assert.equal(await page.locator("#lab-lines [data-role=output] img, #lab-lines [data-role=output] b").count(), 0);
  await context.close();
});

await test("Stop before the module is there: nothing runs later, and Run works", async () => {
  const context = await browser.newContext();
  let hold = true;
  await context.route("**/assets/wasm/lab.wasm", async (route) => {
    while (hold) await new Promise((after) => setTimeout(after, 20));
    await route.continue();
  });
  const page = await open(context);
  await press(page, "lines");
  await page.locator("#lab-lines [data-action=stop]").click();
  await state(page, "lines", "fresh");
  hold = false;
  await page.waitForTimeout(300);
  assert.equal(await page.getAttribute("#lab-lines", "data-state"), "fresh");
  await press(page, "later");
  await state(page, "later", "done");
  await context.close();
});

await browser.close();
web.close();
done();
process.exit();
