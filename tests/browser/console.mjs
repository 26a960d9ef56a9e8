// The practice console's pages for tests: opened and waited for, closed without a complaint
// of the browser, and looked at by axe in four forms.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "./site.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const desk = { width: 1300, height: 850 };
const phone = { width: 340, height: 700 };

export function consoles(cloud, browser) {
  async function open(path = "", { theme = "light", viewport = desk, context } = {}) {
    context ||= await browser.newContext({ viewport, colorScheme: theme, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(10000);
    page.problems = [];
    // A refusal is an answer; that the browser also writes it into its console is not the page's doing.
    page.on("console", (message) => { if (["error", "warning"].includes(message.type()) && !/^Failed to load resource: the server responded/.test(message.text())) page.problems.push(message.text()); });
    page.on("pageerror", (error) => page.problems.push(error.message));
    await page.goto(`${cloud.console}#/${path}`);
    await settled(page);
    page.main = page.locator("#main");
    return page;
  }

  async function settled(page) {
    await page.locator("#main h1").first().waitFor();
    await until(async () => !await page.locator("#main [aria-busy]").count(), "all of the view has come");
  }

  async function close(page) {
    assert.deepEqual(page.problems, []);
    await page.context().close();
  }

  async function until(condition, what) {
    for (let i = 0; i < 200; i++) {
      if (await condition()) return;
      await new Promise((after) => { setTimeout(after, 50); });
    }
    throw new Error(`never true: ${what || condition}`);
  }

  // Turns ten pages of a list. What the page computes for one is told of its own thread, as
  // other work on the machine is not the page's doing; there are never many rows at once.
  async function turnPages(page, most) {
    const inside = await page.context().newCDPSession(page);
    await inside.send("Performance.enable", { timeDomain: "threadTicks" });
    const spent = async () => (await inside.send("Performance.getMetrics")).metrics.filter(({ name }) => ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"].includes(name)).reduce((sum, { value }) => sum + value * 1000, 0);
    const clock = [], work = [];
    for (let i = 2; i <= 11; i++) {
      const before = await spent();
      clock.push(await page.evaluate(async (words) => {
        const began = performance.now();
        [...document.querySelectorAll(".turn-pages button")].find((b) => b.textContent === "Next").click();
        for (let k = 0; k < 2000 && !document.querySelector(".turn-pages span").textContent.startsWith(words); k++) await new Promise((go) => { setTimeout(go, 4); });
        await new Promise(requestAnimationFrame);
        return performance.now() - began;
      }, `Page ${i}`));
      work.push(await spent() - before);
      assert.ok(await page.locator("#main tbody tr").count() <= most);
    }
    assert.match(await page.locator(".turn-pages").innerText(), /Page 11/);
    const middle = (list) => [...list].sort((a, b) => a - b)[list.length / 2];
    assert.ok(middle(work) < 50, `a page takes ${work.map(Math.round).join(" ")} ms of the page's thread`);
    assert.ok(Math.min(...clock) < 250, `a page stands after ${clock.map(Math.round).join(" ")} ms`);
  }

  // Each place: nothing for axe to complain about, nothing wider than the window.
  async function axe(places) {
    for (const [name, options] of [["desk, light", {}], ["desk, dark", { theme: "dark" }], ["phone, light", { viewport: phone }], ["phone, dark", { viewport: phone, theme: "dark" }]])
      await test(`nothing for axe to complain about, and nothing sticks out: ${name}`, async () => {
        const page = await open("", options);
        await page.evaluate(axeSource);
        for (const place of places) {
          await page.evaluate((hash) => { location.hash = hash; }, `#/${place}`);
          await until(() => page.evaluate((hash) => document.documentElement.dataset.at === hash, `#/${place}`), place);
          await settled(page);
          const found = await page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`));
          assert.deepEqual(found, [], place);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${place} is wider than the window`);
          assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("#main table.rows")].filter((table) => table.scrollWidth > table.parentNode.clientWidth + 1).map((table) => table.parentNode.getAttribute("aria-label"))), [], `tables of ${place} are wider than their place`);
        }
        await page.context().close();
      });
  }

  return { open, close, until, turnPages, axe };
}
