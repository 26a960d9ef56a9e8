// Every page of the book and of the books for tests, judged by html-validate: what a browser
// forgives (a wrong nesting, a label of nothing, a second id) is found here.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { HtmlValidate } from "html-validate";
import { buildSite, done, test } from "./site.mjs";

const rules = {
  // Matters of taste, which html-validate itself calls stylistic.
  "void-style": "off", "no-trailing-whitespace": "off", "attribute-boolean-style": "off", "attr-quotes": "off",
  "long-title": "off", "no-inline-style": "off", "prefer-native-element": "off", "doctype-style": "off",
  // HTML lets an id begin with a digit.
  "valid-id": ["error", { relaxed: true }],
  // The boxes of one question share their name, as radio buttons do.
  "form-dup-name": ["error", { shared: ["radio", "checkbox", "submit", "reset", "button"] }],
};
const judge = new HtmlValidate({ extends: ["html-validate:recommended"], rules });
// On the page of the whole book two lessons may each have a lab of the same name.
const judgeWhole = new HtmlValidate({ extends: ["html-validate:recommended"], rules: { ...rules, "unique-landmark": "off" } });

for (const [book, ...options] of [["."], ["tests/data/book", "--drafts", "--edition", "instructor"], ["tests/data/book-labs"], ["tests/data/book-ar"], ["tests/data/book-de"]]) {
  const site = buildSite(book, ...options);
  const pages = readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html"));
  await test(`${book} ${options.join(" ")}: ${pages.length} pages are valid HTML`, async () => {
    assert.ok(pages.length > 4);
    const wrong = [];
    for (const name of pages) {
      const report = await (name.startsWith("print/") ? judgeWhole : judge).validateString(readFileSync(join(site, name), "utf8"), name);
      for (const { messages } of report.results)
        for (const m of messages) wrong.push(`${name}:${m.line}:${m.column}: ${m.message} [${m.ruleId}]`);
    }
    assert.deepEqual(wrong.slice(0, 40), []);
  });
  await test(`${book} ${options.join(" ")}: no page weighs more than 150 KB with all it loads, gzipped`, () => {
    const sizes = new Map();
    const size = (path) => sizes.get(path) ?? sizes.set(path, gzipSync(readFileSync(path)).length).get(path);
    const heavy = [];
    for (const name of pages.filter((name) => !name.startsWith("print/") && name !== "404.html")) {
      const file = join(site, name);
      const loads = [...readFileSync(file, "utf8").matchAll(/(?:<script[^>]* src|<img[^>]* src|<link rel="(?:icon|stylesheet)"[^>]* href)="([^"?]+)/g)].map((m) => join(dirname(file), m[1]));
      const bytes = [file, ...new Set(loads)].map(size).reduce((a, b) => a + b);
      if (bytes > 150_000) heavy.push(`${name}: ${bytes} bytes`);
    }
    assert.ok(sizes.size > 8);
    assert.deepEqual(heavy, []);
  });
}
done();
