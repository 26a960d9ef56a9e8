// Debian's Firefox, headless, driven over WebDriver BiDi: enough to open a page and ask it things.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";

export async function launchFirefox() {
  const profile = mkdtempSync(join(tmpdir(), "labbook-firefox-"));
  const child = spawn(process.env.FIREFOX || "/usr/bin/firefox-esr",
    ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"],
    { env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" }, stdio: ["ignore", "ignore", "pipe"] });
  process.on("exit", () => {
    child.kill("SIGKILL");
    rmSync(profile, { recursive: true, force: true });
  });
  const address = await new Promise((found, failed) => {
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
      const url = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
      if (url) found(url);
    });
    child.once("exit", (code) => failed(new Error(`firefox ended with ${code}: ${said.slice(-500)}`)));
  });
  const socket = new WebSocket(`${address}/session`);
  await new Promise((ready, failed) => {
    socket.once("open", ready);
    socket.once("error", failed);
  });

  const waiting = new Map();
  let number = 0;
  socket.on("message", (data) => {
    const answer = JSON.parse(data);
    const { done, failed } = waiting.get(answer.id) || {};
    waiting.delete(answer.id);
    if (answer.type === "error") failed?.(new Error(`${answer.error}: ${answer.message}`));
    else done?.(answer.result);
  });
  const ask = (method, params) => new Promise((done, failed) => {
    waiting.set(++number, { done, failed });
    socket.send(JSON.stringify({ id: number, method, params }));
  });

  await ask("session.new", { capabilities: {} });
  const { contexts } = await ask("browsingContext.getTree", {});
  const { context } = contexts[0];
  return {
    open: (url) => ask("browsingContext.navigate", { context, url, wait: "complete" }),
    // The value of an expression, or of what its promise becomes, by way of JSON.
    async evaluate(expression) {
      const { result, exceptionDetails } = await ask("script.evaluate", {
        expression: `Promise.resolve(${expression}).then(JSON.stringify)`, target: { context }, awaitPromise: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return result.type === "undefined" ? undefined : JSON.parse(result.value);
    },
    close: () => { child.kill("SIGKILL"); },
  };
}
