// A real `labbook serve` for browser tests: a book of its own, state of its own.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class BookServer {
  constructor(book) {
    this.folder = mkdtempSync(join(tmpdir(), "labbook-serve-"));
    this.book = join(this.folder, "book");
    cpSync(join(book, "lessons"), join(this.book, "lessons"), { recursive: true });
    process.on("exit", () => {
      this.child?.kill("SIGKILL");
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  // The same port again after a stop, as a reader would start it.
  async start() {
    const env = { ...process.env, XDG_DATA_HOME: join(this.folder, "data"), HOME: this.folder };
    const port = this.url ? new URL(this.url).port : "0";
    this.child = spawn(join(process.env.BUILD || "build", "labbook"), ["serve", "--port", port, this.book], { env, stdio: ["ignore", "pipe", "inherit"] });
    this.url = await new Promise((done, failed) => {
      this.child.stdout.once("data", (text) => done(String(text).trim()));
      this.child.once("exit", (code) => failed(new Error(`labbook serve ended with ${code}`)));
    });
  }

  async stop(signal = "SIGTERM") {
    const ended = new Promise((done) => { this.child.once("exit", (code, by) => done(by || code)); });
    this.child.kill(signal);
    return ended;
  }
}
