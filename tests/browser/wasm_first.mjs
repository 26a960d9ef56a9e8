// Writes src/wasm/first.list: the functions that the book's steps, and a few of a test's book, call
// up to where each lesson begins to train. `make wasm` puts them into the part of the module that a reader's first press loads:
//
//     BUILD=build node tests/browser/wasm_first.mjs     after make wasm
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSite, launch } from "./site.mjs";

const build = process.env.BUILD || "build", scratch = mkdtempSync(join(tmpdir(), "labbook-first-"));
process.on("exit", () => rmSync(scratch, { recursive: true }));

// ---- a module that notes which functions were called
const has = ["simd", "bulk-memory", "sign-ext", "nontrapping-float-to-int", "mutable-globals"].map((name) => `--enable-${name}`);
const noting = join(scratch, "noting.wasm"), map = join(scratch, "names");
execFileSync("wasm-split", [...has, "--instrument", join(build, "wasm/whole.wasm"), "-g", "-o", noting]);
execFileSync("wasm-opt", [...has, join(build, "wasm/whole.wasm"), `--symbolmap=${map}`, "-o", join(scratch, "same.wasm")]);
const names = new Map(readFileSync(map, "utf8").trim().split("\n").map((line) => [Number(line.split(":")[0]), line.slice(line.indexOf(":") + 1)]));
const module = await WebAssembly.compile(readFileSync(noting));
const imported = WebAssembly.Module.imports(module).filter((one) => one.kind === "function").length;

// ---- the worker of a page, in here
const worker = readFileSync("templates/js/lab-worker.js", "utf8");
async function run(steps, given) {
  let wake, instance;
  const self = { postMessage: (m) => { if ("end" in m || m.ready || m.died || "need" in m) wake(m); } }, labbook = {};
  const instantiate = async (...all) => { instance = await WebAssembly.instantiate(...all); return instance; };
  new Function("self", "labbook", "WebAssembly", worker)(self, labbook, { Module: WebAssembly.Module, instantiate });
  labbook.labWorker();
  const send = (data) => new Promise((done) => { wake = done; self.onmessage({ data }); });
  await send({ module, given, files: [] });
  for (const step of steps) {
    const answer = await send(step);
    if (!answer.end) throw new Error(`${step.step}: ${JSON.stringify(answer)}`);
  }
  const { room, memory, __write_profile: write } = instance.exports;
  const size = 1 << 20, at = room(size), profile = new DataView(memory.buffer, at, write(at, size));
  const called = [];
  for (let i = 8; i < profile.byteLength; i += 4)
    if (profile.getUint32(i, true)) called.push(names.get(imported + (i - 8) / 4));
  return called;
}

const browser = await launch(), page = await browser.newPage();
const called = new Set();

// `until`: the first step that is left out, and all behind it.
async function note(book, until) {
  const site = buildSite(book);
  for (const slug of readdirSync(site).filter((name) => existsSync(join(site, "assets/labs", `${name}.js`)))) {
    await page.goto(`file://${site}/${slug}/index.html`);
    const about = JSON.parse(/^labbook\.part\("[^"]*", (.*)\);\n$/s.exec(readFileSync(join(site, "assets/labs", `${slug}.js`), "utf8"))[1]);
    const steps = await page.evaluate(() => [...document.querySelectorAll("section.lab")].map((section, index) => ({
      index, step: section.dataset.lab, here: section.dataset.targets.split(",").includes("local"),
      code: section.querySelector(".solution code")?.textContent ?? section.querySelector("[data-role=source]").value,
    })));
    const end = steps.findIndex(until);
    const first = steps.slice(0, end < 0 ? steps.length : end).filter((step) => step.here);
    const given = about.files.map(({ name }) => {
      const path = [`lessons/${slug}/${name}`, `lessons/data/${name}`].map((one) => join(book, one)).find((one) => existsSync(one));
      return [name, new Uint8Array(readFileSync(path)), true];
    });
    for (const name of await run(first.map((step) => ({ ...step, check: about.checks[step.step] ?? null })), given)) called.add(name);
  }
}
await note(".", (step) => /\bxgb\./.test(step.code));
await note("tests/data/book-page", (step) => ["files", "forever"].includes(step.step));
writeFileSync("src/wasm/first.list", `${[...called].sort().join("\n")}\n`);
console.log(`src/wasm/first.list: ${called.size} functions`);
await browser.close();
