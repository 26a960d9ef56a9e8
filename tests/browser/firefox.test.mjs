// Labs in the page, in Debian's Firefox: over http and from a folder, with the page's own buttons.
import assert from "node:assert/strict";
import { join } from "node:path";
import { launchFirefox } from "./firefox.mjs";
import { buildSite, done, serveFolder, test } from "./site.mjs";

const site = buildSite("tests/data/book-page"), real = buildSite(".");
const web = await serveFolder(site);
const firefox = await launchFirefox();

const lab = (id) => `document.querySelector("#lab-${id}")`;
const press = (id, action) => firefox.evaluate(`${lab(id)}.querySelector("[data-action=${action}]").click()`);
const output = (id) => firefox.evaluate(`${lab(id)}.querySelector("[data-role=output]").innerText`);
async function state(id, wanted) {
  for (let i = 0; i < 400; i++) {
    if (await firefox.evaluate(`${lab(id)}.dataset.state`) === wanted) return;
    await new Promise((after) => setTimeout(after, 50));
  }
  assert.fail(`${id} never ${wanted}: ${await output(id)}`);
}
async function open(url) {
  await firefox.open(url);
  await firefox.evaluate("labbook.opened.then(() => 0)");
}

for (const [place, address] of [["http", web.url], ["file", `file://${site}/`]]) {
  await test(`Firefox, ${place}: steps run, read their files, and keep what they put out`, async () => {
    await open(`${address}01-here/index.html`);
    assert.match(await firefox.evaluate("document.querySelector('.lab-here').innerText"), /run in this page/);
    await press("files", "run");
    await state("files", "done");
    assert.match(await output("lines"), /line 1\nline 2\nline 3\nline 4/);
    assert.match(await output("files"), /5 rows in the parts/);
    await press("errors", "run");
    await state("errors", "done");
    assert.match(await output("errors"), /errors:5: stack overflow\nC stack overflow[\s\S]*not enough memory/);
    await open(`${address}01-here/index.html`);
    await state("files", "done");
    assert.match(await output("files"), /5 rows in the parts/);
  });

  await test(`Firefox, ${place}: Stop stops, and the next step runs`, async () => {
    await open(`${address}02-ends/index.html`);
    await press("forever", "run");
    await state("forever", "running");
    await new Promise((after) => setTimeout(after, 400));
    const pressed = Date.now();
    await press("forever", "stop");
    await state("forever", "fresh");
    assert.ok(Date.now() - pressed < 1500, `${Date.now() - pressed} ms`);
    assert.match(await output("forever"), /Stopped/);
  });
}

await test("Firefox: a model is trained and judged in the book's first lesson, from a folder", async () => {
  await open(`file://${join(real, "01-what-you-will-build/index.html")}`);
  await press("predict", "run");
  await state("predict", "done");
  assert.match(await output("predict"), /predictions\.csv: 142 rows/);
  assert.equal(await firefox.evaluate(`${lab("train")}.querySelectorAll("[data-role=output] figure svg").length`), 1);
});

firefox.close();
web.close();
done();
process.exit();
