// A real `labkit cloud` for browser tests, in a folder of its own, and an independent
// client of it: what the console shows is compared with what labkit's C client sees.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = join(process.env.BUILD || "build", "labkit");

export class Cloud {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "labkit-console-"));
    this.env = { ...process.env, HOME: this.folder, XDG_DATA_HOME: this.folder, XDG_CONFIG_HOME: this.folder };
    process.on("exit", () => {
      this.child?.kill("SIGKILL");
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  // The same port again after a stop. The state is where `labkit aws` looks for it.
  async start() {
    this.child = spawn(program, ["cloud", "--port", this.url ? new URL(this.url).port : "0"], { env: this.env, stdio: ["ignore", "pipe", process.env.CLOUD_ERRORS ? "inherit" : "ignore"] });
    this.url = await new Promise((done, failed) => {
      this.child.stdout.once("data", (text) => done(String(text).trim()));
      this.child.once("exit", (code) => failed(new Error(`labkit cloud ended with ${code}`)));
    });
    this.console = `${this.url}/console/`;
  }

  async stop() {
    const ended = new Promise((done) => { this.child.once("exit", done); });
    this.child.kill("SIGTERM");
    await ended;
  }

  aws(...args) {
    return execFileSync(program, ["aws", ...args, "--target", "practice"], { env: this.env, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"] });
  }

  call(service, operation, body = {}, region = "us-east-1") {
    return JSON.parse(this.aws("call", service, operation, JSON.stringify(body), "--region", region, "--raw", "--yes", "--json") || "{}");
  }

  // As AWS on a bad day: {kind: "slow", "throttle", "error500"..., subject: a service, value}; null: no more.
  async fault(fault) {
    const { admin_token } = JSON.parse(readFileSync(join(this.folder, "labbook", "cloud", "endpoint.json"), "utf8"));
    await fetch(`${this.url}/_cloud/faults`, { method: fault ? "POST" : "DELETE", headers: { "X-Cloud-Token": admin_token }, body: fault && JSON.stringify({ times: -1, ...fault }) });
  }

  put(uri, text, region = "us-east-1") {
    const file = join(this.folder, "upload");
    writeFileSync(file, text);
    this.aws("s3", "cp", file, uri, "--region", region);
  }
}
