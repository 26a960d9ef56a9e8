// Labs in the page, beside a real `labbook serve`: pressing Run runs the step, lines
// come as they are printed, checks judge, code and output survive reloads and kill -9,
// two tabs agree, an edit of the book arrives. And the same page without a server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BookServer } from "./server.mjs";
import { buildSite, done, launch, test } from "./site.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const server = new BookServer("tests/data/book-labs");
await server.start();
const browser = await launch();
const desk = { width: 1300, height: 900 };
const phone = { width: 320, height: 640 };
const lessonFile = join(server.book, "lessons/01-run/lesson.md");

async function open(path = "01-run/index.html", { theme = "light", viewport = desk, context } = {}) {
  context ||= await browser.newContext({ viewport, colorScheme: theme, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  page.problems = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) page.problems.push(message.text()); });
  page.on("pageerror", (error) => page.problems.push(error.message));
  await page.goto(path.startsWith("file:") ? path : server.url + path);
  page.lab = (id) => {
    const section = page.locator(`#lab-${id}`);
    const role = (name) => section.locator(`[data-role=${name}]`);
    return {
      section, role,
      press: (action) => section.locator(`[data-action=${action}]`).click(),
      more: async (action) => { await section.locator(".lab-more summary").click(); await section.locator(`[data-action=${action}]`).click(); },
      state: (state, ms = 15000) => page.locator(`#lab-${id}[data-state=${state}]`).waitFor({ timeout: ms }),
      output: () => role("output").innerText(),
    };
  };
  return page;
}

async function until(condition, what = condition) {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return;
    await new Promise((after) => setTimeout(after, 50));
  }
  throw new Error(`never true: ${what}`);
}

const type = async (page, id, code) => {
  const { section, role } = page.lab(id);
  if (!await role("source").isVisible() && !await section.locator(".CodeMirror").count()) await section.locator("[data-action=edit]").click();
  await section.locator(".CodeMirror").waitFor();
  await section.locator(".CodeMirror").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(code);
};

await test("Run runs the step for real, and its lines come one by one", async () => {
  const page = await open();
  const lab = page.lab("lines");
  await lab.role("bar").waitFor();
  assert.ok(!await lab.role("offline").isVisible());
  await lab.press("run");
  await lab.role("output").getByText("line 1").waitFor();
  assert.doesNotMatch(await lab.output(), /line 4/);
  assert.ok(await lab.section.locator("[data-action=stop]").isVisible());
  await lab.state("done");
  assert.match(await lab.output(), /line 1\nline 2\nline 3\nline 4/);
  assert.match(await lab.role("state").innerText(), /done/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("pressed twice in a blink, a step runs once, and nothing complains", async () => {
  const page = await open();
  const lab = page.lab("lines");
  await lab.role("bar").waitFor();
  let asked = 0;
  page.on("request", (request) => { asked += request.url().endsWith("/api/run"); });
  await lab.section.locator("[data-action=run]").evaluate((node) => { node.click(); node.click(); });
  assert.match(await lab.role("state").innerText(), /running/i);
  await lab.state("done");
  assert.equal(asked, 1);
  assert.equal(await lab.section.locator(".verdict").count(), 0);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("tables sort, files are saved, output is text and never markup", async () => {
  const page = await open();
  const lab = page.lab("table");
  await lab.press("run");
  await lab.state("done");
  assert.match(await lab.output(), /<b>not bold<\/b>/);
  assert.equal(await lab.role("output").locator("b").count(), 0);
  const names = () => lab.role("output").locator("tbody tr td:first-child").allInnerTexts();
  assert.deepEqual(await names(), ["finch", "heron", "wren", "owl"]);
  const weight = lab.section.getByRole("button", { name: "weight" });
  await weight.click();
  assert.deepEqual(await names(), ["wren", "finch", "heron", "owl"]);
  await weight.click();
  assert.deepEqual(await names(), ["heron", "finch", "wren", "owl"]);
  await weight.click();
  assert.deepEqual(await names(), ["finch", "heron", "wren", "owl"]);
  const saved = page.waitForEvent("download");
  await lab.section.getByRole("button", { name: "Download note.txt" }).click();
  assert.equal(readFileSync(await (await saved).path(), "utf8"), "kept\n");
  const csv = page.waitForEvent("download");
  await lab.section.getByRole("button", { name: "Save the table as CSV" }).click();
  assert.match(readFileSync(await (await csv).path(), "utf8"), /^name,weight\nfinch,21\n/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("a check judges; hints and the solution come after an attempt; a right answer passes", async () => {
  const page = await open();
  const lab = page.lab("task");
  assert.ok(!await lab.section.getByText("Show a solution").isVisible());
  assert.ok(!await lab.section.getByText("Hint 2").isVisible());
  await lab.press("check");
  await lab.role("verdict").getByText("the answer is one more than that").waitFor();
  await lab.section.getByText("Hint 1").click();
  await lab.section.getByText("Hint 2").waitFor();
  await lab.section.getByText("Show a solution").click();
  await lab.section.locator(".diff-in").waitFor();
  assert.match(await lab.section.locator(".diff-out").innerText(), /answer = 41/);
  assert.match(await lab.section.locator(".diff-in").innerText(), /answer = 42/);
  await type(page, "task", "answer = 42");
  await lab.press("check");
  await lab.section.locator(".verdict.passed").waitFor();
  assert.equal(await lab.section.locator(".verdict.failed").count(), 0);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("Check behind Run judges what stands there, and runs nothing again", async () => {
  const page = await open();
  const lab = page.lab("task");
  await type(page, "task", "answer = 42\nprint('once')");
  await lab.press("run");
  await lab.state("done");
  await lab.role("output").locator("pre").evaluate((node) => { node.dataset.mark = "mine"; });
  for (let i = 0; i < 2; i++) {
    await lab.press("check");
    await lab.section.locator(".verdict.passed").waitFor();
    await lab.state("done");
    assert.equal(await lab.role("output").locator("pre[data-mark=mine]").count(), 1, "the output is the one of the run");
    assert.equal(await lab.section.locator(".verdict").count(), 1);
  }
  await page.reload();
  await lab.section.locator(".verdict.passed").waitFor();
  assert.equal(await lab.section.locator(".verdict").count(), 1);
  assert.match(await lab.output(), /once/);
  await type(page, "task", "answer = 42");
  await lab.press("check");
  await lab.state("done");
  assert.doesNotMatch(await lab.output(), /once/);
  await page.context().close();
});

await test("a step brings those above it up to date; an edit above makes it stale, taking it back does not", async () => {
  const page = await open();
  await page.lab("after").press("run");
  await page.lab("after").state("done");
  assert.match(await page.lab("after").output(), /the answer is 42/);
  await type(page, "task", "answer = 7");
  await page.lab("after").state("stale");
  assert.match(await page.lab("after").role("state").innerText(), /changed/);
  await type(page, "task", "answer = 42");
  await page.lab("after").state("done");
  await type(page, "task", "answer = 8");
  await page.lab("after").state("stale");
  await page.lab("after").more("above");
  await page.lab("task").state("done");
  await page.lab("after").press("run");
  await page.lab("after").state("done");
  assert.match(await page.lab("after").output(), /the answer is 8/);
  await page.context().close();
});

await test("a mistake is told in plain words, its line marked", async () => {
  const page = await open();
  const lab = page.lab("wrong");
  await lab.press("run");
  await lab.state("failed");
  assert.match(await lab.output(), /before/);
  assert.match(await lab.output(), /nowhere/);
  const mark = lab.section.locator("mark.line-wrong");
  assert.match(await mark.innerText(), /nowhere\(x\)/);
  const below = await lab.role("code").getByText('"never"').boundingBox(), marked = await mark.boundingBox();
  assert.ok(below.y >= marked.y + marked.height - 1, "the line after the marked one stands below it");
  await page.lab("much").press("run");
  await page.lab("much").section.getByRole("link", { name: "A mistake" }).waitFor();
  await lab.section.getByRole("button", { name: "Go to line 3" }).click();
  await lab.section.locator(".CodeMirror .line-wrong").getByText("nowhere(x)").waitFor();
  await page.context().close();
});

await test("Stop stops a loop without end, and the next step runs", async () => {
  const page = await open();
  // What stands before it fails: mend that first.
  await type(page, "wrong", "print('mended')");
  await page.lab("forever").press("run");
  await page.lab("forever").state("running");
  await page.waitForTimeout(300);
  const pressed = Date.now();
  await page.lab("forever").press("stop");
  await until(async () => await page.lab("forever").section.getAttribute("data-state") !== "running", "stopped");
  assert.ok(Date.now() - pressed < 2000, `${Date.now() - pressed} ms`);
  assert.match(await page.lab("forever").output(), /Stopped/);
  await page.lab("lines").press("run");
  await page.lab("lines").state("done");
  await page.context().close();
});

await test("long output folds and opens", async () => {
  const page = await open();
  await type(page, "forever", "print('short')");
  const lab = page.lab("much");
  await lab.press("run");
  await lab.state("done");
  const pre = lab.role("output").locator("pre.out-text");
  assert.ok((await pre.boundingBox()).height < 500);
  assert.match(await pre.innerText(), /row 1\n[\s\S]*row 3000\n?$/);
  await lab.section.getByRole("button", { name: /Show all lines \(3000\)/ }).click();
  assert.ok((await pre.boundingBox()).height > 5000);
  await page.context().close();
});

await test("code, output and answers survive a reload and kill -9 of the server", async () => {
  const page = await open();
  await type(page, "after", "print('mine ' .. answer)");
  await page.lab("after").section.getByText("Saved").waitFor();
  await page.lab("after").press("run");
  await page.lab("after").state("done");
  const quiz = page.locator("[data-quiz=colour]");
  await quiz.getByLabel("blue").check();
  await quiz.getByRole("button", { name: "Check my answer" }).click();
  const before = await page.lab("after").output();
  await page.reload();
  await page.lab("after").state("done");
  assert.equal(await page.lab("after").output(), before);
  assert.match(await page.lab("after").role("code").innerText(), /mine/);
  assert.ok(await quiz.getByLabel("blue").isChecked());
  assert.equal(await server.stop("SIGKILL"), "SIGKILL");
  await page.getByText("Labbook is not running any more").waitFor();
  await server.start();
  await until(async () => (await page.locator(".lab-away").innerText()) === "", "connected again");
  assert.equal(await page.lab("after").output(), before);
  // The open page goes on, with the new server's token; the lab's own state is made anew.
  await page.lab("after").press("run");
  await page.lab("after").state("done");
  assert.match(await page.lab("after").output(), /mine 8/);
  await page.context().close();
});

await test("two tabs of one lesson see the same", async () => {
  const context = await browser.newContext({ viewport: desk });
  const a = await open("01-run/index.html", { context }), b = await open("01-run/index.html", { context });
  await a.lab("lines").press("run");
  await b.lab("lines").state("running");
  await b.lab("lines").state("done");
  assert.equal(await b.lab("lines").output(), await a.lab("lines").output());
  await type(a, "lines", "print('from a')");
  await until(async () => (await b.lab("lines").role("code").innerText()).includes("from a"), "the code in the other tab");
  await b.lab("lines").press("run");
  await a.lab("lines").role("output").getByText("from a").waitFor();
  await context.close();
});

await test("Reset asks, and puts the step, then the lesson back", async () => {
  const page = await open();
  await page.lab("lines").more("reset");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  assert.match(await page.lab("lines").role("code").innerText(), /from a/);
  await page.lab("lines").more("reset");
  await page.getByRole("dialog").getByRole("button", { name: "Reset" }).click();
  await page.lab("lines").state("fresh");
  assert.match(await page.lab("lines").role("code").innerText(), /for i = 1, 4/);
  assert.match(await page.lab("after").role("code").innerText(), /mine/);
  await page.lab("lines").more("reset-all");
  await page.getByRole("dialog").getByRole("button", { name: "Reset" }).click();
  await until(async () => !(await page.lab("after").role("code").innerText()).includes("mine"), "all reset");
  await page.context().close();
});

await test("recorded output stands there until the step was run, and can be compared", async () => {
  const page = await open("02-other/index.html");
  const lab = page.lab("one");
  await lab.role("output").getByText("1, as recorded").waitFor();
  await lab.press("run");
  await lab.state("done");
  assert.equal(await lab.output(), "1\n");
  await lab.section.getByRole("button", { name: "Compare with the recorded output" }).click();
  assert.ok(await lab.section.getByText("1, as recorded").isVisible());
  await page.context().close();
});

await test("progress shows while it lasts; a plot is drawn, and saved as a picture that stands alone", async () => {
  const page = await open("02-other/index.html");
  const lab = page.lab("picture");
  await lab.press("run");
  await lab.section.locator("progress").waitFor();
  assert.match(await lab.output(), /birds[\s\S]* of 3/);
  await lab.state("done");
  assert.equal(await lab.section.locator("progress").count(), 0);
  const svg = lab.role("output").locator("figure svg");
  assert.ok((await svg.boundingBox()).width > 200);
  assert.match(await svg.textContent(), /heron/);
  const saved = page.waitForEvent("download");
  await lab.section.getByRole("button", { name: "Save the picture as SVG" }).click();
  const text = readFileSync(await (await saved).path(), "utf8");
  assert.match(text, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.doesNotMatch(text, /currentColor|var\(/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("a picture that a lab made up cannot bring script, style or addresses along", async () => {
  const page = await open("02-other/index.html");
  await page.lab("one").role("bar").waitFor();
  const left = await page.evaluate(() => {
    const output = document.createElement("div");
    window.labbook.draw.event(output, { kind: "plot", title: "<i>t</i>", svg:
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><script>window.hurt = 1</script><style>*{}</style><foreignObject><b/></foreignObject>"
      + "<a href='https://example.org/'><rect width='1' height='1'/></a><image href='https://example.org/x.png'/><use href='#a'/><use href='https://example.org/#a'/>"
      + "<rect style='fill:red' fill='url(https://example.org/#a)' width='1' height='1'/></svg>" });
    document.body.append(output);
    return output.innerHTML;
  });
  assert.doesNotMatch(left, /script|style|foreignObject|example\.org|<i>|<image/);
  assert.match(left, /<use href="#a"/);
  assert.equal(await page.evaluate("window.hurt"), undefined);
  await page.context().close();
});

await test("the keyboard alone: run, edit in the plain box, Tab leaves it", async () => {
  const page = await open("02-other/index.html");
  await page.lab("one").press("edit");
  await page.lab("one").section.getByRole("button", { name: "Plain text box" }).click();
  const box = page.lab("one").role("source");
  await box.fill("print('typed')");
  await box.press("Control+Enter");
  await page.lab("one").role("output").getByText("typed").waitFor();
  await box.focus();
  await page.keyboard.press("Tab");
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
  await page.lab("one").section.getByRole("button", { name: "Code editor" }).click();
  await page.lab("one").section.locator(".CodeMirror").waitFor();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("data.re");
  const list = page.getByRole("listbox");
  await list.getByRole("option", { name: "read", exact: true }).waitFor();
  assert.match(await page.locator(".complete-about").innerText(), /data\.read\(/);
  await page.keyboard.press("Enter");
  await until(async () => (await page.lab("one").section.locator(".CodeMirror").innerText()).includes("data.read"), "completed");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

// The words on each page of paper, as another program reads them.
const paper = async (page) => {
  const file = join(server.folder, "paper.pdf");
  await page.pdf({ path: file, format: "A4" });
  const sheets = execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" }).split("\f").map((text) => text.replace(/\s+/g, " ").trim());
  return sheets.filter(Boolean);
};

await test("on paper, the whole book and one lesson hold the reader's own code, outputs, verdicts and answers", async () => {
  const page = await open();
  await page.lab("table").press("run");
  await page.lab("table").state("done");
  await type(page, "task", "answer = 43");
  await page.lab("task").press("check");
  await page.lab("task").state("done");
  const quiz = page.locator("[data-quiz=colour]");
  await quiz.getByLabel("green").check();
  await quiz.getByRole("button", { name: "Check my answer" }).click();
  await quiz.getByText("Not quite.").waitFor();
  const lesson = (await paper(page)).join(" ");
  await page.goto(`${server.url}print/index.html`);
  await page.locator("html[data-filled]").waitFor({ state: "attached" });
  const sheets = await paper(page), whole = sheets.join(" ");
  for (const [what, text] of [["the lesson", lesson], ["the whole book", whole]]) {
    for (const own of ["answer = 43", "the answer is one more than that", "<b>not bold</b>", "birds", "Not quite."])
      assert.ok(text.includes(own), `${what} has ${own}`);
    for (const tool of ["Check my answer", "Run on", "Show a solution", "Plain text box", "My progress", "Switch to dark", "labbook serve"])
      assert.ok(!text.includes(tool), `${what} has ${tool}`);
  }
  assert.ok(await page.locator("[data-lesson='01-run'] [data-quiz=colour]").getByLabel("green").isChecked());
  assert.ok(whole.includes("typed"), "another lesson's output");
  assert.deepEqual(sheets.filter((text) => /^0[12] /.test(text)).map((text) => text.slice(0, 2)), ["01", "02"], "each lesson begins a page");
  assert.ok(sheets.every((text, i) => text.endsWith(String(i + 1))), "pages are numbered");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("progress: shown, saved to a file, forgotten, read back", async () => {
  const page = await open("02-other/index.html");
  await page.lab("one").press("run");
  await until(async () => ["done", "failed"].includes(await page.lab("one").section.getAttribute("data-state")), "run");
  await page.getByRole("button", { name: "My progress" }).click();
  const dialog = page.getByRole("dialog", { name: "My progress" });
  await dialog.getByRole("row", { name: /Another lesson/ }).waitFor();
  const saved = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save to a file" }).click();
  const file = await (await saved).path(), record = JSON.parse(readFileSync(file, "utf8"));
  assert.equal(record.format, "labbook-progress");
  assert.ok(record.lessons["01-run"].steps.after);
  await dialog.getByRole("button", { name: "Forget all" }).click();
  await Promise.all([page.waitForEvent("load"), dialog.getByRole("button", { name: "Forget all: sure?" }).click()]);
  await page.lab("one").state("fresh");
  await page.getByRole("button", { name: "My progress" }).click();
  await Promise.all([page.waitForEvent("load"), dialog.locator("input[type=file]").setInputFiles(file)]);
  await until(async () => (await page.lab("one").role("code").innerText()).includes("typed"), "read back");
  await page.context().close();
});

await test("an edit of the lesson is on the page at once, where the reader was; a mistake is shown until mended", async () => {
  const page = await open();
  const text = readFileSync(lessonFile, "utf8");
  await page.lab("after").role("bar").waitFor();
  await page.evaluate(() => document.getElementById("a-question").scrollIntoView({ behavior: "instant" }));
  const place = () => page.evaluate(() => document.getElementById("a-question").getBoundingClientRect().top);
  const where = await place();
  assert.ok(await page.evaluate(() => scrollY) > 300);
  const edited = Date.now();
  writeFileSync(lessonFile, text.replace("## Lines\n", "## Lines, edited\n"));
  await page.getByRole("heading", { name: /^Lines, edited/ }).waitFor();
  assert.ok(Date.now() - edited < 3000);
  await until(async () => Math.abs(await place() - where) < 30, "where the reader was");
  writeFileSync(lessonFile, text.replace("minutes: 5", "minuts: 5"));
  await page.locator(".book-errors").getByText(/lesson\.md:4/).waitFor();
  assert.match(await page.locator(".book-errors").innerText(), /minuts/);
  writeFileSync(lessonFile, text);
  await page.locator(".book-errors").waitFor({ state: "hidden" });
  await page.context().close();
});

await test("an edit changes what it must: text and styles in place, the page where a lab is another", async () => {
  const page = await open();
  const text = readFileSync(lessonFile, "utf8");
  const stays = () => page.evaluate(() => window.stays === true);
  const edit = (change) => writeFileSync(lessonFile, change(text));
  await page.lab("after").role("bar").waitFor();
  await page.lab("lines").press("run");
  await page.lab("lines").state("done");
  await page.waitForTimeout(500);
  await page.evaluate(() => { window.stays = true; });
  // Blocks that need scripts get them; what a step put out stays where it is.
  edit((t) => `${t.replace("## Lines\n", "Before all.\n\n## Other lines\n\n```sh\nls -l\n```\n\n> [!TAB One]\n> First.\n\n> [!TAB Two]\n> Second.\n")}\nAt the end.\n`);
  await page.getByText("At the end.").waitFor();
  assert.ok(await stays());
  assert.match(await page.lab("lines").output(), /line 4/);
  assert.match(await page.locator(".contents").innerText(), /Other lines/);
  await page.locator(".code .copy").first().waitFor();
  await page.getByRole("tab", { name: "Two" }).click();
  await page.getByText("Second.").waitFor();
  // The step in question can still be run.
  await page.lab("lines").press("run");
  await page.lab("lines").state("done");
  assert.ok(await stays());
  // A lab of other code is another page.
  edit((t) => t.replace('print("line "', 'print("other line "'));
  await page.locator("#lab-lines").getByText("other line").first().waitFor();
  await until(async () => !await stays(), "loaded anew");
  await page.evaluate(() => { window.stays = true; });
  // What was missed while nobody listened is there when the page comes back.
  await server.stop();
  edit((t) => `${t}\nWhile it was away.\n`);
  await server.start();
  await page.getByText("While it was away.").waitFor();
  writeFileSync(lessonFile, text);
  await page.getByText("While it was away.").waitFor({ state: "detached" });
  await page.context().close();
});

for (const theme of ["light", "dark"])
  for (const [where, viewport] of [["desk", desk], ["phone", phone]])
    await test(`a lesson at work is accessible, ${theme}, ${where}`, async () => {
      const page = await open("01-run/index.html", { theme, viewport });
      for (const [id, button] of [["table", "run"], ["task", "check"]]) {
        // The step may be done from the last round: its state says so until this run's first event.
        await Promise.all([page.waitForResponse((response) => response.url().includes("/api/run")), page.lab(id).press(button)]);
        await page.waitForTimeout(300);
        await until(async () => ["done", "failed"].includes(await page.lab(id).section.getAttribute("data-state")), id);
      }
      await page.lab("task").section.getByText("Show a solution").click();
      await page.lab("after").press("edit");
      await page.lab("after").section.locator(".CodeMirror").waitFor();
      await page.lab("lines").section.locator(".lab-more summary").click();
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() => window.axe.run(document, {
        preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }));
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`), []);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `wider than the window by ${over} px`);
      assert.deepEqual(page.problems, []);
      await page.context().close();
    });

await test("all that a lesson loads before the editor is under 150 KB gzipped", async () => {
  const context = await browser.newContext({ viewport: desk });
  const page = await context.newPage();
  const loaded = [];
  page.on("response", (response) => loaded.push(response));
  await page.goto(`${server.url}01-run/index.html`);
  await page.locator("[data-role=bar]:visible").first().waitFor();
  let bytes = 0;
  for (const response of loaded)
    if (response.request().method() === "GET" && !response.url().includes("/api/events")) bytes += gzipSync(await response.body()).length;
  assert.ok(bytes > 10_000 && bytes < 150_000, `${bytes} bytes`);
  await context.close();
});

await test("from file:// the page shows how to run a step, and keeps answers and progress itself", async () => {
  const site = buildSite("tests/data/book-labs", "--without-labs");
  const page = await open(`file://${join(site, "01-run/index.html")}`);
  assert.ok(await page.lab("lines").role("offline").isVisible());
  assert.equal(await page.locator("[data-role=bar]:visible").count(), 1); // the quiz's
  await page.lab("task").section.getByText("Hint 1").click();
  assert.ok(await page.lab("task").section.getByText("Show a solution").isVisible());
  const quiz = page.locator("[data-quiz=colour]");
  await quiz.getByLabel("green").check();
  await quiz.getByRole("button", { name: "Check my answer" }).click();
  await page.reload();
  await until(() => quiz.getByLabel("green").isChecked(), "the answer is kept");
  await page.getByRole("button", { name: "My progress" }).click();
  await page.getByRole("row", { name: /Steps that run/ }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("a page of a lesson with a mistake says so, and works once it is mended", async () => {
  const text = readFileSync(lessonFile, "utf8");
  await server.stop();
  writeFileSync(lessonFile, text.replace("minutes: 5", "minuts: 5"));
  await server.start();
  const page = await open();
  await page.locator(".book-errors").getByText(/minuts/).waitFor();
  writeFileSync(lessonFile, text);
  await page.locator(".book-errors").waitFor({ state: "hidden" });
  await page.lab("table").press("run");
  await page.lab("table").state("done");
  await page.context().close();
});

await test("what a static page saved, the server takes in", async () => {
  const site = buildSite("tests/data/book-labs", "--without-labs");
  const page = await open(`file://${join(site, "01-run/index.html")}`);
  const quiz = page.locator("[data-quiz=colour]");
  await quiz.getByLabel("green").check();
  await quiz.getByRole("button", { name: "Check my answer" }).click();
  await page.getByRole("button", { name: "My progress" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save to a file" }).click();
  const file = await (await saved).path();
  await page.goto(`${server.url}01-run/index.html`);
  await page.getByRole("button", { name: "My progress" }).click();
  await Promise.all([page.waitForEvent("load"), page.locator(".progress-dialog input[type=file]").setInputFiles(file)]);
  await until(() => quiz.getByLabel("green").isChecked(), "the answer is there");
  await page.context().close();
});

await test("the book's own first lesson: the model is trained, the curve drawn, the honest answer passes", async () => {
  const real = new BookServer(".");
  await real.start();
  const page = await open();
  await page.goto(`${real.url}01-what-you-will-build/index.html`);
  const lab = page.lab("judge");
  await lab.press("check");
  await lab.section.locator(".verdict.failed").waitFor();
  await type(page, "judge", readFileSync("lessons/01-what-you-will-build/lesson.md", "utf8").match(/```lua solution for=judge\n([\s\S]*?)```/)[1]);
  await lab.press("check");
  await lab.section.locator(".verdict.passed").waitFor();
  assert.match(await lab.output(), /auc\s+0\.9\d/);
  assert.ok((await lab.role("output").locator("figure svg").boundingBox()).height > 100);
  for (const id of ["important", "predict"]) {
    await page.lab(id).press("run");
    await page.lab(id).state("done");
  }
  assert.ok(await page.lab("predict").section.getByRole("button", { name: "Download predictions.csv" }).isVisible());
  assert.deepEqual(page.problems, []);
  await page.context().close();
  await real.stop();
});

await test("the server ends when asked to", async () => {
  assert.equal(await server.stop("SIGTERM"), 0);
});

await browser.close();
done();
process.exit();
