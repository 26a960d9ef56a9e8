// Labs in the page, with no server: the site as plain files, over http from a host
// that knows nothing, and opened from a folder. Every lab of the book must put
// out there what it does in a terminal, and its files must be the same bytes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { BookServer } from "./server.mjs";
import { buildSite, done, launch, serveFolder, test } from "./site.mjs";

// Two books: the real one, and one whose steps must work, must end, or run elsewhere.
const trial = "tests/data/book-page";
const books = { real: { folder: resolve(".") }, trial: { folder: resolve(trial) } };
for (const book of Object.values(books)) {
  book.site = buildSite(book.folder);
  book.web = await serveFolder(book.site);
  book.places = { http: book.web.url, file: `file://${book.site}/` };
}
const { site, places } = books.real;
const browser = await launch();

const only = process.env.LESSON; // one lesson alone, while working on it

async function open(address, context) {
  context ||= await browser.newContext({ viewport: { width: 1300, height: 900 }, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  page.problems = [];
  page.asked = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) page.problems.push(message.text()); });
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("request", (request) => page.asked.push(request.url()));
  await page.goto(address);
  await page.evaluate(() => window.labbook.opened);
  return page;
}

// ---- a lab as natively: a step's events without what differs from run to run
const comparable = (lines) => {
  let kept = [];
  for (const e of lines.map((line) => JSON.parse(line))) {
    const last = kept.at(-1);
    if (e.kind === "start") kept = kept.filter((other) => other.step !== e.step); // run anew
    if (e.kind === "progress" || e.kind === "state") continue;
    if (e.kind === "text" && last?.kind === "text" && last.stream === e.stream) last.text += e.text;
    else kept.push(e.kind === "end" ? { ...e, ms: 0 } : e);
  }
  return kept;
};

// The child process that `labbook serve` would start, its lines in, its lines out.
function runNatively(book, slug, steps) {
  const work = mkdtempSync(join(tmpdir(), "labbook-work-"));
  const setup = { work, read: [join(book.folder, "lessons", slug), join(book.folder, "lessons/data")], target: 1, memory: 2 ** 30, disk: 2 ** 28, threads: 0, params: [] };
  const input = [setup, ...steps].map((line) => `${JSON.stringify(line)}\n`).join("");
  const { stdout } = spawnSync(resolve(process.env.BUILD || "build", "labbook"), ["lab-worker"], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  const files = {};
  const keep = (below) => {
    for (const entry of readdirSync(join(work, below), { withFileTypes: true }))
      if (entry.isDirectory()) keep(join(below, entry.name));
      else files[join(below, entry.name)] = readFileSync(join(work, below, entry.name)).toString("base64");
  };
  keep("");
  rmSync(work, { recursive: true });
  return { events: comparable(stdout.split("\n").filter((line) => line.startsWith("{"))), files };
}

// The same steps in the page, as its buttons would run them.
const runInPage = (page, steps) => page.evaluate(async (list) => {
  const { backend, watchers } = window.labbook;
  const lines = [], files = {};
  let ended;
  watchers.push({ event(e) {
    lines.push(JSON.stringify(e));
    if (e.kind === "end") ended();
  } });
  for (const { step, code, check } of list) {
    const end = new Promise((done) => { ended = done; });
    await backend.run({ step, code, judge: check !== null });
    await end;
    while (backend.busy) await new Promise((done) => setTimeout(done));
  }
  for (const name of new Set(lines.map((line) => JSON.parse(line)).filter((e) => e.kind === "file").map((e) => e.name)))
    files[name] = btoa(Array.from(new Uint8Array(await (await backend.file(name)).arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""));
  return { lines, files };
}, steps);

// What a lesson's steps are when all is solved: the code and the check of each that runs here.
async function solved(page, book, slug) {
  const about = join(book.site, "assets/labs", `${slug}.js`);
  const { checks } = existsSync(about) ? JSON.parse(readFileSync(about, "utf8").replace(/^labbook\.part\("[^"]*", /, "").replace(/\);\n$/, "")) : { checks: {} };
  const steps = await page.evaluate(() => [...document.querySelectorAll("section.lab")].map((section, index) => ({
    index, step: section.dataset.lab, here: section.dataset.targets.split(",").includes("local"),
    code: section.querySelector(".solution code")?.textContent ?? section.querySelector("[data-role=source]").value,
  })));
  return steps.filter((s) => s.here).map((s) => ({ ...s, check: checks[s.step] ?? null }));
}

const lessons = readdirSync(site).filter((name) => (!only || name.startsWith(only)) && existsSync(join(site, "assets/labs", `${name}.js`))).sort();
await test("the book has labs to compare", () => { assert.ok(only || lessons.length >= 10, `${lessons.length}`); });

let models = 0;
for (const slug of lessons)
  await test(`${slug}: over http and from a folder as in a terminal`, async () => {
    let natively;
    for (const [place, address] of Object.entries(places)) {
      const page = await open(`${address}${slug}/index.html`);
      const steps = await solved(page, books.real, slug);
      natively ||= runNatively(books.real, slug, steps);
      const { lines, files } = await runInPage(page, steps);
      assert.deepEqual(comparable(lines), natively.events, place);
      for (const [name, bytes] of Object.entries(files)) {
        assert.ok(bytes === natively.files[name], `${place}: ${name} is the same, byte for byte`);
        models += /\.(ubj|json|model)$/.test(name);
      }
      assert.deepEqual(page.problems, []);
      await page.context().close();
    }
  });
await test("models were among the files compared", () => { assert.ok(only || models > 1, `${models}`); });

// ---- a page at work, in both places

const part = (page, id) => {
  const section = page.locator(`#lab-${id}`), role = (name) => section.locator(`[data-role=${name}]`);
  return {
    section, role,
    press: (action) => section.locator(`[data-action=${action}]`).click(),
    more: async (action) => { await section.locator(".lab-more summary").click(); await section.locator(`[data-action=${action}]`).click(); },
    state: (state, ms = 20000) => page.locator(`#lab-${id}[data-state=${state}]`).waitFor({ timeout: ms }),
    output: () => role("output").innerText(),
  };
};

async function until(condition, what) {
  for (let i = 0; i < 400; i++) {
    if (await condition()) return;
    await new Promise((after) => setTimeout(after, 50));
  }
  throw new Error(`never true: ${what}`);
}

async function type(page, id, code) {
  const { section } = part(page, id);
  if (!await section.locator(".CodeMirror").count()) await section.locator("[data-action=edit]").click();
  await section.locator(".CodeMirror").waitFor();
  await section.locator(".CodeMirror").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(code);
}

for (const [place, address] of Object.entries(books.trial.places)) {
  const lesson = `${address}01-here/index.html`;

  await test(`${place}: errors, files of all kinds, numbers and their order are as in a terminal`, async () => {
    const page = await open(lesson);
    // Without checks: the step with the files runs all above it once more, and that is not judged.
    const steps = (await solved(page, books.trial, "01-here")).filter((s) => ["lines", "later", "task", "files", "errors"].includes(s.step))
      .map((s) => ({ ...s, check: null }));
    const { lines, files } = await runInPage(page, steps);
    const natively = runNatively(books.trial, "01-here", steps);
    assert.deepEqual(comparable(lines), natively.events);
    assert.ok(natively.events.filter((e) => e.kind === "end" && e.ok).length === steps.length);
    assert.equal(files["note.txt"], natively.files["note.txt"]);
    await page.context().close();
  });

  await test(`${place}: what labs seldom call is as in a terminal: help, all objectives' kin, numbers at their edges`, async () => {
    const page = await open(lesson);
    const code = `lab.help("data.split") lab.help("xgb") lab.help("table:filter")
print(pcall(lab.help, "data.spilt"))
t = data.generate{rows = 300, columns = 4, kind = "number"}
for _, o in ipairs {"reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:tweedie", "count:poisson", "reg:gamma", "rank:pairwise"} do
  print(o, pcall(function() return xgb.train{data = t:with("label", "label * label + 1"), label = "label", rounds = 3, objective = o, silent = true} end))
end
for _, b in ipairs {"gblinear", "dart"} do
  print(b, table.concat(xgb.predict(xgb.train{data = t, label = "label", rounds = 3, booster = b, objective = "reg:squarederror"}, t:head(3)), " "))
end
for _, f in ipairs {"%.3f", "%g", "%.17g", "%a", "%e", "%10.4f|", "%-12g|", "%+.0e", "%5.1f"} do
  for _, v in ipairs {0, 0.1, -2.5, 1e300, 5e-324, 123456789, 2^53, 1/3, 999999.5, math.pi} do print(f, string.format(f, v)) end
end
print(string.format("%5d|%-5d|%05d|%x|%X|%o|%c|%q|%q|%s|%10s|%-10s|%.2s|%i", 42, 42, 42, 255, 255, 8, 65, 0.1, "a\\n", "s", "s", "s", "string", 3))
for _, x in ipairs {"1e308", "1.7976931348623159e308", "4.9e-324", "0x1p-3", "0x.8", "1e", "9007199254740993", "0.1e-5", " 12 ", "inf"} do print(x, tonumber(x)) end
print(math.sin(1e6), math.cos(3), math.atan(1, 2), math.asin(0.5), math.log(8, 2), math.fmod(7, 3), math.exp(1))
print(string.pack("<i4", 100):byte(1, -1)) print(utf8.char(228, 8364), utf8.len("ä€"))`;
    const steps = [{ index: 0, step: "lines", code, check: null }];
    const { lines } = await runInPage(page, steps), natively = runNatively(books.trial, "01-here", steps);
    assert.deepEqual(comparable(lines), natively.events);
    assert.ok(natively.events.at(-1).ok, JSON.stringify(natively.events.at(-2)));
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  await test(`${place}: nothing of what runs labs is loaded before Run is pressed; then a step streams, and what stands above runs first`, async () => {
    const page = await open(lesson);
    assert.match(await page.locator(".lab-here").innerText(), /run in this page.*labbook serve/);
    assert.deepEqual(page.asked.filter((url) => /wasm|lab-worker|assets\/(labs|files)/.test(url)), []);
    await part(page, "later").press("run");
    await part(page, "later").state("done");
    assert.match(await part(page, "lines").output(), /line 1\nline 2\nline 3\nline 4/);
    assert.match(await part(page, "later").output(), /4 lines before, 2 in the list/);
    await part(page, "later").role("output").locator("pre").evaluate((node) => { node.dataset.old = "1"; });
    await part(page, "later").press("run");
    await part(page, "later").role("output").locator("pre:not([data-old])").waitFor();
    await part(page, "later").state("done");
    assert.match(await part(page, "later").output(), /2 in the list/, "a step run twice finds the same");
    assert.ok(!page.asked.some((url) => /assets\/files/.test(url)), "no file that no step has asked for");
    assert.ok(!await part(page, "lines").role("target").isVisible(), "no choice of targets where there is one");
    const saved = page.waitForEvent("download");
    await part(page, "later").section.getByRole("button", { name: "Download note.txt" }).click();
    assert.equal(readFileSync(await (await saved).path(), "utf8"), "kept\n");
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  await test(`${place}: a step for the cloud shows its recorded output and how to run it`, async () => {
    const page = await open(lesson);
    const cloud = part(page, "cloud");
    assert.match(await cloud.output(), /buckets: 0, as recorded/);
    assert.ok(!await cloud.role("bar").isVisible());
    assert.match(await cloud.role("offline").innerText(), /labbook serve.*labbook run 01-here\/cloud/s);
    await page.context().close();
  });

  await test(`${place}: checks, hints, stale marks; all of it is there after a reload, with the files`, async () => {
    const page = await open(lesson);
    const task = part(page, "task");
    assert.ok(!await task.section.getByText("Show a solution").isVisible());
    await task.press("check");
    await task.role("verdict").getByText("the answer is one more than that").waitFor();
    await task.section.getByText("Hint 1").click();
    await task.section.getByText("Hint 2").waitFor();
    await task.section.getByText("Show a solution").waitFor();
    await type(page, "task", "answer = 42");
    await task.press("check");
    await task.section.locator(".verdict.passed").waitFor();
    await part(page, "later").press("run");
    await part(page, "later").state("done");
    await type(page, "lines", "count, add = 7, function() return 2 end");
    await task.state("stale");
    await part(page, "later").state("stale");
    await page.reload();
    await task.state("stale");
    assert.match(await task.role("code").innerText(), /answer = 42/);
    assert.match(await part(page, "later").output(), /4 lines before/);
    const saved = page.waitForEvent("download");
    await part(page, "later").section.getByRole("button", { name: "Download note.txt" }).click();
    assert.equal(readFileSync(await (await saved).path(), "utf8"), "kept\n");
    await part(page, "later").press("run");
    await part(page, "later").state("done");
    assert.match(await part(page, "later").output(), /7 lines before/);
    await task.state("stale");
    await part(page, "later").more("reset-all");
    await page.getByRole("dialog").getByRole("button", { name: "Reset" }).click();
    await part(page, "later").state("fresh");
    assert.match(await part(page, "lines").role("code").innerText(), /for i = 1, 4/);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  await test(`${place}: a file of the reader's own is read, and goes nowhere`, async () => {
    const page = await open(lesson);
    const own = part(page, "own");
    const asked = page.asked.length, chosen = page.waitForEvent("filechooser");
    await own.more("own-file");
    await (await chosen).setFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from("n\n3\n4\n") });
    await own.role("verdict").getByText('data.read("mine.csv")').waitFor();
    await own.press("run");
    await own.state("done");
    assert.match(await own.output(), /2 rows of my own, 7(\.0)? together/);
    for (const url of page.asked.slice(asked)) assert.ok(url.startsWith(address) || url.startsWith("blob:"), url);
    await page.context().close();
  });

  await test(`${place}: Stop stops at once, the page never freezes, and the next step runs`, async () => {
    const page = await open(`${address}02-ends/index.html`);
    await part(page, "forever").press("run");
    await part(page, "forever").state("running");
    await part(page, "forever").section.locator("[data-action=stop]").waitFor();
    await page.evaluate(() => {
      window.ticks = [];
      setInterval(() => window.ticks.push(performance.now()), 20);
    });
    await page.waitForTimeout(600);
    const pressed = Date.now();
    await part(page, "forever").press("stop");
    await part(page, "forever").state("fresh");
    assert.ok(Date.now() - pressed < 1500, `${Date.now() - pressed} ms`);
    assert.match(await part(page, "forever").output(), /Stopped/);
    assert.ok(await page.evaluate(() => window.ticks.length) > 8, "timers went on");
    await type(page, "forever", "print('mended')");
    await part(page, "forever").press("run");
    await part(page, "forever").state("done");
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

await test("work done in the page goes to labbook serve and back, and onto paper", async () => {
  const page = await open(`${books.trial.places.http}01-here/index.html`);
  await type(page, "task", "answer = 42 -- mine");
  await part(page, "task").press("check");
  await part(page, "task").section.locator(".verdict.passed").waitFor();
  const save = async (from) => {
    await from.getByRole("button", { name: "My progress" }).click();
    const saved = from.waitForEvent("download");
    await from.getByRole("button", { name: "Save to a file" }).click();
    return { name: "record.json", mimeType: "application/json", buffer: readFileSync(await (await saved).path()) };
  };
  const take = async (into, file) => {
    await into.getByRole("button", { name: "My progress" }).click();
    await Promise.all([into.waitForEvent("load"), into.locator(".progress-dialog input[type=file]").setInputFiles(file)]);
  };
  const file = await save(page);
  const printed = await page.context().newPage();
  await printed.goto(`${books.trial.places.http}print/index.html`);
  await printed.locator("html[data-filled]").waitFor();
  assert.match(await printed.locator("[data-lab=task] [data-role=code]").innerText(), /answer = 42 -- mine/);
  assert.match(await printed.locator("[data-lab=lines] [data-role=output]").innerText(), /line 4/);
  await page.context().close();

  const server = new BookServer(trial);
  await server.start();
  const served = await open(`${server.url}01-here/index.html`);
  await take(served, file);
  await until(async () => (await part(served, "task").role("code").innerText()).includes("42 -- mine"), "the server has it");
  assert.ok(await served.locator("#lab-task.is-passed").count());
  assert.equal(await served.locator(".lab-here").count(), 0);
  await part(served, "later").press("run");
  await part(served, "later").state("done");
  const back = await save(served);
  await served.context().close();
  await server.stop();

  const again = await open(`${books.trial.places.file}01-here/index.html`);
  await take(again, back);
  await until(async () => (await part(again, "task").role("code").innerText()).includes("42 -- mine"), "the page has it");
  assert.ok(await again.locator("#lab-task.is-passed").count());
  assert.deepEqual(again.problems, []);
  await again.context().close();
});

await test("what does not end by itself is ended: by the clock, by its memory; endless output is cut and folded", async () => {
  const page = await open(`${books.trial.places.http}02-ends/index.html`);
  for (const [id, words] of [["caught", /longer than the 2 s it may/], ["endless", /The output was cut here: a step may show 2 MB/], ["writes", /longer than the 3 s it may/], ["large", /more memory than a lab in a page may use \(512 MB\)|not enough memory|needs about/]]) {
    // Each alone: what stands above it does not end.
    await page.evaluate(async (step) => {
      for (const other of ["forever", "caught", "endless", "writes", "large"]) if (other !== step) await window.labbook.backend.edit(other, "skipped = true");
      await window.labbook.backend.edit(step, document.querySelector(`#lab-${step} [data-role=source]`).value);
    }, id);
    await part(page, id).press("run");
    await part(page, id).state(id === "endless" ? "done" : "failed", 60000);
    const said = await part(page, id).output();
    assert.match(said, words);
    if (id !== "endless") continue;
    assert.ok(said.length < 300_000, `${said.length} characters shown`);
    assert.ok(await part(page, id).section.getByRole("button", { name: /Show all lines/ }).isVisible());
  }
  await page.context().close();
});

await test("a browser without what it takes is told so, and shown how to run the steps", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => { delete window.WebAssembly; });
  const page = await open(`${books.trial.places.http}01-here/index.html`, context);
  assert.match(await page.locator(".lab-here").innerText(), /this browser has no WebAssembly.*labbook serve/);
  assert.ok(!await part(page, "lines").role("bar").isVisible());
  assert.match(await part(page, "lines").role("offline").innerText(), /labbook run 01-here\/lines/);
  assert.deepEqual(page.problems, []);
  await context.close();
});

await test("a page at work is accessible", async () => {
  const page = await open(`${books.trial.places.http}01-here/index.html`);
  await part(page, "task").press("check");
  await part(page, "task").role("verdict").getByText("one more than that").waitFor();
  await part(page, "task").section.locator(".lab-more summary").click();
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document, { preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`), []);
  await page.context().close();
});

await test("a lab reaches neither the network nor the page nor what the browser keeps", async () => {
  const imports = async (name) => WebAssembly.Module.imports(await WebAssembly.compile(readFileSync(join(site, `assets/wasm/${name}.wasm`))));
  const may = ["emit", "size", "read", "put", "written", "list", "clock", "complain", "exit", "tick", "throw", "try"];
  assert.deepEqual((await imports("lab")).filter((i) => !(i.module === "lab" && may.includes(i.name)) && i.module !== "more"), []);
  assert.deepEqual((await imports("more")).filter((i) => !(i.module === "lab" && may.includes(i.name)) && i.module !== "first"), []);
  const page = await open(`${places.http}01-what-you-will-build/index.html`);
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
  assert.doesNotMatch(policy, /'unsafe-eval'|'unsafe-inline'|https?:/);
  await part(page, "look").press("run");
  await part(page, "look").state("done");
  const left = await page.workers()[0].evaluate(() => ["fetch", "XMLHttpRequest", "WebSocket", "importScripts", "indexedDB", "caches", "Worker", "document", "localStorage"].filter((name) => globalThis[name] !== undefined));
  assert.deepEqual(left, []);
  await page.context().close();
});

await test("sizes: the module, and what is around it", async () => {
  const bytes = (name) => readFileSync(join(site, "assets", name));
  const module = bytes("wasm/lab.wasm"), host = gzipSync(Buffer.concat([bytes("js/lab-desk.js"), bytes("js/lab-worker.js")])).length;
  const packed = brotliCompressSync(module).length, more = brotliCompressSync(bytes("wasm/more.wasm")).length;
  assert.ok(module.length <= 250_000, `${module.length} bytes are loaded when Run is first pressed`);
  assert.ok(packed <= 120_000, `${packed} bytes packed`);
  assert.ok(more <= 120_000, `${more} bytes packed come behind them`);
  assert.ok(host < 10_240, `${host} bytes of host code`);
});

await browser.close();
for (const book of Object.values(books)) book.web.close();
done();
process.exit();
