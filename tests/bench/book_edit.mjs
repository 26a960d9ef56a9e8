// From an edit to the page that shows it, in a real browser beside `labbook serve`:
// node tests/bench/book_edit.mjs BUILD BOOK; prints milliseconds, the median of 11. The clock starts
// when the author's file is written and stops when the reloaded page has been painted.
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../browser/site.mjs";

const [, , build, book] = process.argv;
const home = mkdtempSync(join(tmpdir(), "labbook-edit-"));
const server = spawn(join(build, "labbook"), ["serve", "--port", "0", book], { env: { ...process.env, HOME: home, XDG_DATA_HOME: home }, stdio: ["ignore", "pipe", "inherit"] });
try {
  const url = await new Promise((done, failed) => {
    server.stdout.once("data", (text) => done(String(text).trim()));
    server.once("exit", (code) => failed(new Error(`labbook serve ended with ${code}`)));
  });
  // The page is there once the whole book was rendered.
  while ((await fetch(`${url}00007-page-7/index.html`)).status !== 200) await new Promise((next) => setTimeout(next, 200));
  const browser = await launch();
  const page = await browser.newPage();
  let tell = () => {};
  await page.exposeFunction("shown", (text, ms) => tell(text, ms));
  await page.addInitScript(() => {
    document.addEventListener("DOMContentLoaded", () => {
      requestAnimationFrame(() => setTimeout(() => window.shown(document.querySelector(".prose")?.lastElementChild?.textContent || "", performance.timeOrigin + performance.now())));
    });
  });
  await page.goto(`${url}00007-page-7/index.html`);
  await page.waitForTimeout(1500);
  const times = [];
  for (let i = 0; i < 11; i++) {
    const words = `Edit number ${i}.`;
    const seen = new Promise((done, failed) => {
      tell = (text, ms) => { if (text === words) done(ms); };
      setTimeout(() => failed(new Error("the edit never came")), 10000);
    });
    const start = Date.now();
    appendFileSync(join(book, "lessons/00007-page-7/lesson.md"), `\n${words}\n`);
    times.push(await seen - start);
    await page.waitForTimeout(300);
  }
  await browser.close();
  console.log(Math.round(times.sort((a, b) => a - b)[5]));
} finally {
  server.kill("SIGTERM");
  await new Promise((done) => server.once("exit", done));
  rmSync(home, { recursive: true, force: true });
}
