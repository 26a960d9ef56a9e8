// The rendered pages in Chromium, opened from file:// as a reader without a server would:
// no console error, accessible in every dress, usable by keyboard, light enough.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSite, done, launch, test } from "./site.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const site = buildSite("tests/data/book");
const browser = await launch();
const desk = { width: 1300, height: 900 };
const phone = { width: 320, height: 640 };

async function open(path, { theme = "light", viewport = desk, script = true, media } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, javaScriptEnabled: script, bypassCSP: false });
  const page = await context.newPage();
  page.problems = [];
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") page.problems.push(message.text()); });
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("requestfailed", (request) => page.problems.push(`not loaded: ${request.url()}`));
  page.on("request", (request) => { if (!/^(file|data):|^https:\/\/example\.org\/book\//.test(request.url())) page.problems.push(`left the site: ${request.url()}`); });
  if (media) await page.emulateMedia({ media });
  if (path === "404.html") {
    // This page is shown at any address, so it names the published one: stand in for that host.
    await context.route("https://example.org/book/**", (route) => route.fulfill({ path: join(site, new URL(route.request().url()).pathname.replace("/book/", "")) }));
    await page.goto(`https://example.org/book/${path}`);
  } else {
    await page.goto(`file://${join(site, path)}`);
  }
  return page;
}

// Wait for a condition; the page's policy forbids what waitForFunction does.
async function until(page, condition, argument) {
  for (let i = 0; i < 100; i++) {
    if (await page.evaluate(condition, argument)) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`never true: ${condition}`);
}

const pages = ["index.html", "01-everything/index.html", "02-second/index.html", "glossary/index.html", "print/index.html", "404.html"];

for (const path of pages)
  for (const theme of ["light", "dark"])
    for (const [where, viewport] of [["desk", desk], ["phone", phone]])
      await test(`${path} is accessible, ${theme}, ${where}`, async () => {
        // axe is put in by the debugger, which the page's own policy does not bind.
        const page = await open(path, { theme, viewport });
        for (const summary of await page.$$("main details > summary"))
          if (await summary.isVisible()) await summary.click();
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate(() => window.axe.run(document, {
          preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }));
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`), []);
        assert.deepEqual(page.problems, []);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `wider than the window by ${over} px`);
        await page.context().close();
      });

await test("every link and address in the site leads somewhere", async () => {
  const page = await open("index.html");
  const bad = [];
  for (const path of pages.filter((p) => p !== "404.html")) {
    await page.goto(`file://${join(site, path)}`);
    const links = await page.$$eval("[href], [src]", (all) => all.map((one) => one.href?.baseVal ?? one.href ?? one.src));
    for (const link of links) {
      if (!link || !link.startsWith("file:")) continue;
      const url = new URL(link);
      const file = decodeURIComponent(url.pathname);
      try {
        statSync(file);
        if (url.hash && file.endsWith(".html") && !readFileSync(file, "utf8").includes(`id="${decodeURIComponent(url.hash.slice(1))}"`))
          bad.push(`${path}: no place ${link}`);
      } catch {
        bad.push(`${path}: ${link}`);
      }
    }
  }
  assert.deepEqual(bad, []);
  await page.context().close();
});

await test("no page holds an inline script, style or handler, and each has the policy", async () => {
  for (const path of pages) {
    const text = readFileSync(join(site, path), "utf8");
    assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i, path);
    assert.match(text, /Content-Security-Policy" content="default-src 'none'; script-src 'self'/, path);
  }
});

await test("a lesson with all it loads stays under 150 KB gzipped", async () => {
  const page = await open("01-everything/index.html");
  const loaded = await page.$$eval("script[src], link[rel=stylesheet], link[rel=icon], img", (all) => all.map((one) => one.src || one.href));
  const bytes = [page.url(), ...loaded].map((url) => gzipSync(readFileSync(new URL(url))).length).reduce((a, b) => a + b);
  assert.ok(bytes < 150_000, `${bytes} bytes`);
  await page.context().close();
});

await test("without JavaScript text, labs, tabs, quizzes and recorded output are there", async () => {
  const page = await open("01-everything/index.html", { script: false });
  assert.ok(await page.getByRole("heading", { level: 1 }).isVisible());
  for (const text of ["Press the button.", "aws s3 ls", "labbook run 01-everything/first", "and <so> on", "Which one is right?"])
    assert.ok(await page.getByText(text).first().isVisible(), text);
  assert.equal(await page.locator("[data-role=bar]:visible, [data-action]:visible").count(), 0);
  await page.locator(".quiz-answer summary").first().click();
  assert.ok(await page.getByText("Yes, this.").last().isVisible());
  await page.context().close();
});

await test("the theme button switches, says what it will do, and is remembered", async () => {
  const page = await open("02-second/index.html");
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await colour();
  await page.getByRole("button", { name: "Switch to dark" }).click();
  assert.notEqual(await colour(), light);
  await page.goto(`file://${join(site, "A-appendix/index.html")}`);
  assert.notEqual(await colour(), light);
  await page.getByRole("button", { name: "Switch to light" }).click();
  assert.equal(await colour(), light);
  await page.context().close();
});

await test("keyboard: the skip link is first and leads to the text", async () => {
  const page = await open("01-everything/index.html");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.context().close();
});

await test("keyboard: search opens with Ctrl-K, arrows choose, Enter goes there", async () => {
  const page = await open("02-second/index.html");
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox");
  await box.waitFor();
  await box.fill("circle");
  await box.fill("quotes");
  await page.locator(".search-results a").first().waitFor();
  assert.match(await page.locator(".search-results a[aria-selected=true]").textContent(), /Quotes/);
  assert.ok(await page.locator(".search-results mark").count() > 0);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForURL(/01-everything\/index\.html#quotes/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("search finds lab code and glossary terms, and closes with Escape", async () => {
  const page = await open("A-appendix/index.html");
  await page.getByRole("button", { name: /Search/ }).click();
  const box = page.getByRole("combobox");
  await box.waitFor();
  for (const [query, address] of [["no check here", /01-everything/], ["whole file", /glossary/], ["appen", /A-appendix/]]) {
    await box.fill(query);
    await until(page, () => document.querySelector(".search-results a") !== null);
    assert.match(await page.locator(".search-results a").first().getAttribute("href"), address, query);
  }
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document.querySelector("dialog"), { preload: false }));
  assert.deepEqual(violations.map((v) => v.id), []);
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator("dialog").isVisible()));
  await page.context().close();
});

await test("keyboard: tabs move with arrows and the choice is remembered", async () => {
  const page = await open("01-everything/index.html");
  const tab = (name) => page.getByRole("tab", { name, exact: true });
  await tab("Console").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await tab("Command line").getAttribute("aria-selected"), "true");
  assert.ok(await page.getByText("aws s3 ls").isVisible());
  assert.ok(!(await page.getByText("Press the button.").isVisible()));
  await page.reload();
  assert.equal(await tab("Command line").getAttribute("aria-selected"), "true");
  await page.context().close();
});

await test("quizzes: one, several, number, order and text are judged", async () => {
  const page = await open("01-everything/index.html");
  const quiz = (id) => page.locator(`[data-quiz=${id}]`);
  const judge = async (id) => {
    await quiz(id).getByRole("button", { name: "Check my answer" }).click();
    return quiz(id).locator("[data-role=verdict]").textContent();
  };
  assert.equal(await judge("one"), "Choose an answer first.");
  await quiz("one").getByLabel("That").check();
  assert.equal(await judge("one"), "Not quite.");
  assert.ok(await page.getByText("is not.").isVisible());
  await quiz("one").getByRole("button", { name: "Try again" }).click();
  await quiz("one").getByLabel("This").check();
  assert.equal(await judge("one"), "Right.");
  assert.ok(await page.getByText("Explained.").isVisible());
  assert.ok(await page.getByText("is not.").isVisible(), "after a right answer the other choices say why they are wrong");
  assert.ok(!await quiz("one").locator("[data-role=answer] ul").isVisible(), "and the right one is not explained twice");
  await quiz("several").getByLabel("A").check();
  assert.equal(await judge("several"), "Not quite. What you chose is right, but not all of it yet.");
  await quiz("several").getByLabel("B").check();
  assert.equal(await judge("several"), "Right.");
  await quiz("number").getByRole("textbox").fill("0,6");
  assert.equal(await judge("number"), "Not quite. The right number is smaller.");
  await quiz("number").getByRole("textbox").fill("2");
  assert.equal(await judge("number"), "Not quite.");
  assert.ok(await page.getByText("way round").isVisible(), "a wrong number that was foreseen is explained");
  await quiz("number").getByRole("textbox").fill("0.505");
  assert.equal(await judge("number"), "Right.");
  assert.ok(!await page.getByText("way round").isVisible());
  assert.equal(await judge("order"), "Not quite. In the right place, from the top: 0.");
  assert.deepEqual(await quiz("order").locator("[data-role=why]:visible").allInnerTexts(), ["It comes last."]);
  for (const [name, times] of [["First", 3], ["Second", 3], ["Third", 3]])
    for (let i = 0; i < times; i++) await quiz("order").getByRole("button", { name: `Move down: ${name}` }).click();
  assert.equal(await judge("order"), "Right.");
  assert.equal(await quiz("order").locator("[data-role=why]:visible").count(), 0);
  await quiz("text").getByRole("textbox").fill("EU-west-1");
  assert.equal(await judge("text"), "Not quite.");
  assert.ok(await page.getByText("That is Ireland.").isVisible(), "a wrong word that was foreseen is explained");
  await quiz("text").getByRole("textbox").fill(" US-East-1 ");
  assert.equal(await judge("text"), "Right.");
  await page.context().close();
});

await test("a term is explained on hover and focus, and Escape closes it", async () => {
  const page = await open("01-everything/index.html");
  const link = page.locator(".term a").first();
  const tip = page.locator(".term .tip").first();
  assert.ok(!(await tip.isVisible()));
  await link.focus();
  assert.ok(await tip.isVisible());
  await page.keyboard.press("Escape");
  assert.ok(!(await tip.isVisible()));
  await page.locator(".term a").nth(1).hover();
  assert.ok(await page.locator(".term .tip").nth(1).isVisible());
  await page.context().close();
});

await test("contents follow the scroll; a lesson read to its end is marked; the first page resumes", async () => {
  const page = await open("01-everything/index.html");
  await page.evaluate(() => document.getElementById("quizzes").scrollIntoView({ behavior: "instant" }));
  await until(page, () => document.querySelector(".contents a[aria-current]")?.textContent === "Quizzes");
  await page.evaluate(() => document.querySelector(".turn").scrollIntoView({ behavior: "instant" }));
  await until(page, () => document.querySelector(".side a[data-slug='01-everything']").dataset.read !== undefined);
  await page.evaluate(() => document.getElementById("quizzes").scrollIntoView({ behavior: "instant" }));
  await until(page, () => document.querySelector(".contents a[aria-current]")?.textContent === "Quizzes");
  await page.goto(`file://${join(site, "index.html")}`);
  // To the place in the lesson, too.
  assert.match(await page.locator("[data-role=start]").getAttribute("href"), /01-everything\/index\.html#quizzes$/);
  await page.getByRole("link", { name: "Go on where you were" }).click();
  await until(page, () => Math.abs(document.getElementById("quizzes")?.getBoundingClientRect().top) < 200);
  await page.context().close();
});

await test("copy buttons copy the code and say so", async () => {
  const page = await open("01-everything/index.html");
  await page.evaluate(() => { window.copied = ""; Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } }); });
  const block = page.locator(".code[data-language=json]");
  await block.hover();
  await block.getByRole("button", { name: "Copy" }).click();
  assert.equal(await page.evaluate("window.copied"), "{\"key\": [1, 2.5e3, true, null, \"text\"]}\n");
  assert.equal(await block.getByRole("button").textContent(), "Copied");
  await page.context().close();
});

await test("the phone's menu opens, lists the lessons and closes with Escape", async () => {
  const page = await open("02-second/index.html", { viewport: phone });
  assert.ok(!(await page.locator(".side").isVisible()));
  await page.locator(".menu summary").click();
  assert.ok(await page.locator(".menu-panel").getByText("Everything once").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator(".menu-panel").isVisible()));
  await page.context().close();
});

await test("on paper the tools are gone, text and outputs stay", async () => {
  const page = await open("01-everything/index.html", { media: "print", theme: "dark" });
  for (const gone of [".top", ".side", ".turn", ".foot"]) assert.ok(!(await page.locator(gone).first().isVisible()), gone);
  assert.ok(await page.getByText("and <so> on").isVisible());
  for (const tab of ["Press the button.", "aws s3 ls", "Call it."]) assert.ok(await page.getByText(tab).first().isVisible(), `${tab}: all tabs`);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), "rgb(0, 0, 0)");
  await page.context().close();
});

await test("an old address leads to where the lesson is now", async () => {
  const page = await open("01-old-name/index.html");
  await page.waitForURL(/01-everything\/index\.html/);
  await page.context().close();
});

await test("the German interface is in place", async () => {
  const folder = buildSite("tests/data/book-de");
  const page = await open("index.html");
  await page.goto(`file://${join(folder, "01-eins/index.html")}`);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  assert.ok(await page.getByText("Nach dieser Lektion können Sie").isVisible());
  await page.getByRole("button", { name: /Suchen/ }).click();
  await page.getByPlaceholder("Im Buch suchen").waitFor();
  await page.context().close();
});

await test("right to left: the page is mirrored, code is not, and arrows follow", async () => {
  const folder = buildSite("tests/data/book-ar");
  for (const viewport of [desk, phone]) {
    const page = await open("index.html", { viewport });
    await page.goto(`file://${join(folder, "01-awwal/index.html")}`);
    const box = (selector) => page.locator(selector).first().boundingBox();
    const middle = viewport.width / 2;
    const brand = await box(".brand"), theme = await box("[data-action=theme]");
    assert.ok(brand.x > theme.x, "the book's name is on the right");
    if (viewport === desk) assert.ok((await box(".side")).x > middle, "the contents are on the right");
    const start = (selector) => page.$eval(selector, (node) => {
      const range = document.createRange(), text = document.createTreeWalker(node, NodeFilter.SHOW_TEXT).nextNode();
      range.setStart(text, 0);
      range.setEnd(text, 1);
      return range.getBoundingClientRect().x;
    });
    const lab = await box("section.lab");
    assert.ok(await start(".lab-code code") < lab.x + 40, "code begins on the left");
    assert.ok(await start(".lab-title") > lab.x + lab.width - 80, "its title on the right");
    const tab = (name) => page.getByRole("tab", { name, exact: true });
    await tab("وحدة التحكم").focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await tab("سطر الأوامر").getAttribute("aria-selected"), "true", "left is onward");
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => window.axe.run(document, { preload: false }));
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.deepEqual(page.problems, []);
    await page.context().close();
  }
});

await test("who asked for less motion gets none", async () => {
  const rules = (page) => page.evaluate(() => ({
    scroll: getComputedStyle(document.documentElement).scrollBehavior,
    moving: [...document.querySelectorAll("*")].filter((node) => ["", "::before", "::after"].some((pseudo) => {
      const style = getComputedStyle(node, pseudo || null);
      return style.animationName !== "none" || style.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
    })).length,
  }));
  const page = await open("01-everything/index.html");
  const running = () => page.evaluate(() => { document.querySelector("section.lab").dataset.state = "running"; document.querySelector("[data-role=state]").textContent = "running"; });
  await running();
  const usual = await rules(page);
  assert.equal(usual.scroll, "smooth");
  assert.ok(usual.moving > 0, "the sign of a running step turns");
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.deepEqual(await rules(page), { scroll: "auto", moving: 0 });
  await page.context().close();
});

await test("keyboard alone: Tab reaches all that can be used, in the order of the page, always in sight", async () => {
  for (const viewport of [desk, phone]) {
    const page = await open("01-everything/index.html", { viewport });
    await page.emulateMedia({ reducedMotion: "reduce" });
    // Where labs run in the page they have their buttons a moment after it is there.
    await page.locator("section.lab [data-action=run]").first().waitFor({ timeout: 3000 }).catch(() => { /* or never */ });
    // What a reader can use, in the page's order; of a set of tabs and of radio buttons Tab stops at one.
    const expected = await page.evaluate(() => {
      const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((node) =>
        node.tabIndex >= 0 && !node.disabled && node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length);
      const sets = new Set();
      return stops.filter((node) => {
        if (node.type !== "radio") return true;
        const first = !sets.has(node.name);
        sets.add(node.name);
        return first;
      }).map((node, i) => { node.dataset.stop = i; return i; });
    });
    const seen = [];
    for (let i = 0; i < expected.length + 5; i++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const node = document.activeElement, box = node.getBoundingClientRect(), style = getComputedStyle(node);
        if (node === document.body) return null;
        const shown = node.type === "radio" || node.type === "checkbox" || style.outlineStyle !== "none" || node.classList.contains("skip");
        const above = node.closest(".top, .skip") ? 0 : document.querySelector(".top").getBoundingClientRect().bottom;
        return { stop: node.dataset.stop, what: node.outerHTML.slice(0, 90), shown, inside: box.bottom > above && box.top < innerHeight };
      });
      if (!at) break;
      assert.ok(at.shown, `no mark of focus: ${at.what}`);
      assert.ok(at.inside, `out of sight: ${at.what}`);
      seen.push(Number(at.stop));
    }
    assert.deepEqual(seen, expected);
    await page.context().close();
  }
});

await test("keyboard alone: menu, search, tabs, a question, a hint, contents and the next page", async () => {
  const page = await open("index.html");
  await page.emulateMedia({ reducedMotion: "reduce" });
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const tabTo = async (what) => {
    for (let i = 0; i < 200; i++) {
      await press("Tab");
      if (await what.evaluate((node) => node === document.activeElement)) return;
    }
    throw new Error("Tab never comes to it");
  };
  await tabTo(page.getByRole("link", { name: "Start reading" }));
  await press("Enter");
  await page.waitForURL(/01-everything/);
  await press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("quotes");
  await page.locator(".search-results a").first().waitFor();
  await press("ArrowDown", "ArrowUp", "Enter");
  await page.waitForURL(/#/);
  await tabTo(page.getByRole("tab", { name: "Console", exact: true }));
  await press("End");
  assert.ok(await page.getByText("Call it.", { exact: true }).isVisible());
  await press("Home");
  const hint = page.locator("details.hint").first();
  await tabTo(hint.locator("summary"));
  await press("Enter");
  assert.ok(await hint.getByText("Look at").isVisible());
  const quiz = page.locator("[data-quiz=one]");
  await tabTo(quiz.getByLabel("This"));
  await press("ArrowDown", "ArrowUp");
  await tabTo(quiz.getByRole("button", { name: "Check my answer" }));
  await press("Enter");
  assert.equal(await quiz.locator("[data-role=verdict]").textContent(), "Right.");
  const order = page.locator("[data-quiz=order]");
  await tabTo(order.getByRole("button", { name: "Move down: First" }));
  const places = () => order.locator("li").evaluateAll((items) => items.map((item) => item.dataset.place).join(""));
  const before = await places();
  await press("Enter");
  assert.notEqual(await places(), before);
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /First/, "the focus goes along");
  await tabTo(page.locator(".turn-next"));
  await press("Enter");
  await page.waitForURL(/02-second/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("a wide table scrolls in its own box on a phone, and by keyboard", async () => {
  const page = await open("01-everything/index.html", { viewport: phone });
  const box = page.locator(".table").first();
  await box.evaluate((node) => { for (const cell of node.querySelectorAll("td")) cell.textContent = "one-long-word-without-end"; });
  assert.ok(await box.evaluate((node) => node.scrollWidth > node.clientWidth + 50));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await box.focus();
  await page.keyboard.press("ArrowRight");
  for (let i = 0; i < 40 && !await box.evaluate((node) => node.scrollLeft); i++) await page.waitForTimeout(50);
  assert.ok(await box.evaluate((node) => node.scrollLeft > 0));
  await page.context().close();
});

await test("ids are unique on every page", async () => {
  const lessons = readdirSync(site).filter((name) => /^[0-9A-Z]+-/.test(name)).map((name) => `${name}/index.html`);
  for (const path of [...pages, ...lessons]) {
    const ids = [...readFileSync(join(site, path), "utf8").matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
    assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), [], path);
  }
});

await browser.close();
done();
