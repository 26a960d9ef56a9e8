// What browser tests share: TAP, a rendered book, Chromium.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

let count = 0;

// One test: a failing check or thrown error is "not ok" and the run goes on.
export async function test(name, body) {
  count++;
  try {
    await body();
    console.log(`ok ${count} - ${name}`);
  } catch (error) {
    console.log(`not ok ${count} - ${name}`);
    for (const line of String(error.stack || error).split("\n").slice(0, 12)) console.log(`# ${line}`);
    process.exitCode = 1;
  }
}

export function done() {
  console.log(`1..${count}`);
}

export function buildSite(book, ...options) {
  const folder = mkdtempSync(join(tmpdir(), "labbook-site-"));
  execFileSync(join(process.env.BUILD || "build", "labbook"), ["build", "--quiet", "--out", folder, ...options, book], { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// A static host of the plainest kind; it does not even know what .wasm is.
export async function serveFolder(folder) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    try {
      const body = readFileSync(join(folder, path));
      response.setHeader("Content-Type", types[extname(path)] || "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((ready) => { server.listen(0, "127.0.0.1", ready); });
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
