// From an edit to the page that shows it, in a real browser beside `labbook serve`:
// node tests/bench/book_edit.mjs BUILD BOOK; prints four numbers, milliseconds: the median and the
// least of 21 edits of text, which is changed in the page, and of 21 edits of a lab, for which
// the page is loaded anew. The clock starts when the author's file is written and stops
// when the browser has painted what was written.
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../browser/site.mjs";

const EDITS = 21;
const [, , build, book] = process.argv;
const home = mkdtempSync(join(tmpdir(), "labbook-edit-"));
const server = spawn(join(build, "labbook"), ["serve", "--port", "0", book], { env: { ...process.env, HOME: home, XDG_DATA_HOME: home }, stdio: ["ignore", "pipe", "inherit"] });

// In the page: tell when a text that has come was painted.
const watch = () => {
  const look = () => {
    const words = /Edit number \d+ of a (?:text|lab)\./.exec([...document.querySelectorAll(".prose > :last-child")].map((node) => node.textContent).join());
    if (!words || words[0] === window.seenLast) return;
    window.seenLast = words[0];
    requestAnimationFrame(() => setTimeout(() => window.shown(words[0], performance.timeOrigin + performance.now())));
  };
  document.addEventListener("DOMContentLoaded", () => {
    look();
    new MutationObserver(look).observe(document.querySelector(".prose") || document.body, { childList: true });
  });
};

const measure = async (browser, url, slug, kind, write) => {
  const page = await browser.newPage();
  let tell = () => {};
  await page.exposeFunction("shown", (text, ms) => tell(text, ms));
  await page.addInitScript(watch);
  await page.goto(`${url}${slug}/index.html`);
  await page.waitForTimeout(1500);
  const times = [];
  for (let i = 0; i < EDITS; i++) {
    const words = `Edit number ${i} of a ${kind}.`;
    const seen = new Promise((done, failed) => {
      tell = (text, ms) => { if (text === words) done(ms); };
      setTimeout(() => failed(new Error(`the edit never came: ${words}`)), 20000);
    });
    const start = performance.timeOrigin + performance.now();
    write(join(book, "lessons", slug, "lesson.md"), words);
    times.push(await seen - start);
    await page.waitForTimeout(200);
  }
  await page.close();
  times.sort((a, b) => a - b);
  return [times[(EDITS - 1) / 2], times[0]];
};

try {
  const url = await new Promise((done, failed) => {
    server.stdout.once("data", (text) => done(String(text).trim()));
    server.once("exit", (code) => failed(new Error(`labbook serve ended with ${code}`)));
  });
  // The page is there once the whole book was rendered.
  while ((await fetch(`${url}00007-page-7/index.html`)).status !== 200) await new Promise((next) => setTimeout(next, 200));
  const lab = join(book, "lessons/00008-page-8/lesson.md");
  const before = readFileSync(lab, "utf8");
  const browser = await launch();
  const text = await measure(browser, url, "00007-page-7", "text", (file, words) => appendFileSync(file, `\n${words}\n`));
  const labs = await measure(browser, url, "00008-page-8", "lab", (file, words) => writeFileSync(file, `${before}\n\`\`\`lua lab id=last\nprint("${words}")\n\`\`\`\n`));
  await browser.close();
  writeFileSync(lab, before);
  console.log([...text, ...labs].map(Math.round).join(" "));
} finally {
  server.kill("SIGTERM");
  await new Promise((done) => server.once("exit", done));
  rmSync(home, { recursive: true, force: true });
}
