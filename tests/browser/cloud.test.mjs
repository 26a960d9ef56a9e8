// Steps in the cloud, run in the page: `labbook serve` starts a practice cloud by itself
// and takes it along when it ends; on AWS (the practice cloud posing as it) the person
// is asked first, and a no means that nothing was done.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BookServer } from "./server.mjs";
import { done, launch, test } from "./site.mjs";

const build = process.env.BUILD || "build";
const server = new BookServer("tests/data/book-cloud");
const endpointFile = join(server.folder, "data/labbook/cloud/endpoint.json");
const endpoint = () => JSON.parse(readFileSync(endpointFile, "utf8"));
const browser = await launch();

async function open() {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(15000);
  page.problems = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) page.problems.push(message.text()); });
  page.on("pageerror", (error) => page.problems.push(error.message));
  await page.goto(`${server.url}01-cloud/index.html`);
  page.lab = (id) => {
    const section = page.locator(`#lab-${id}`);
    return {
      section,
      output: section.locator("[data-role=output]"),
      run: async (target) => {
        await section.locator("[data-role=target]").selectOption(target);
        await section.locator("[data-action=run]").click();
      },
      state: (state) => page.locator(`#lab-${id}[data-state=${state}]`).waitFor(),
    };
  };
  return page;
}

await server.start();

await test("a step on practice runs in the page, and starts the practice cloud", async () => {
  assert.ok(!existsSync(endpointFile));
  const page = await open(), lab = page.lab("bucket");
  await lab.run("practice");
  await lab.state("done");
  assert.match(await lab.output.innerText(), /I am arn:aws:iam::\d{12}:user\/learner/);
  assert.match(await lab.output.innerText(), /found in practice/);
  assert.deepEqual(await lab.output.locator("tbody tr").first().locator("td").allInnerTexts(), ["bucket", "book-cloud-test", "us-east-1", "0"]);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("a training job tells its price and its log, and its life", async () => {
  const page = await open(), lab = page.lab("train");
  await lab.run("practice");
  await lab.state("done");
  const asides = lab.output.locator(".out-aside");
  assert.match((await asides.allInnerTexts()).join("\n"), /training job 'labbook-train-1' on practice[\s\S]*costs +at most 0\.00\d+ dollars/);
  assert.match((await asides.allInnerTexts()).join("\n"), /\[0\].*train-auc:[\s\S]*more lines: logs\.tail shows them/);
  assert.match(await lab.output.locator(".out-text").innerText(), /^Starting Downloading Training Uploading Completed/);
  assert.equal(await lab.output.locator("progress").count(), 0);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("its bucket is there for any client of S3, and gone after the clean-up", async () => {
  const e = endpoint(), env = { ...process.env, AWS_ACCESS_KEY_ID: e.access_key_id, AWS_SECRET_ACCESS_KEY: e.secret_access_key, AWS_DEFAULT_REGION: "us-east-1" };
  const list = () => execFileSync("aws", ["--endpoint-url", e.endpoint, "s3", "ls"], { env, encoding: "utf8" });
  assert.match(list(), /book-cloud-test/);
  const page = await open(), lab = page.lab("undo");
  await lab.run("practice");
  await lab.state("done");
  assert.match(await lab.output.innerText(), /deleted bucket\s+book-cloud-test/);
  assert.match(await lab.output.innerText(), /0 left/);
  assert.doesNotMatch(list(), /book-cloud-test/);
  await page.context().close();
});

await test("the practice cloud ends with the server", async () => {
  const { endpoint: url } = endpoint();
  await fetch(url);
  assert.equal(await server.stop(), 0);
  await assert.rejects(fetch(url));
});

// ---- AWS: a practice cloud beside the server, known to it by the settings of AWS's tools alone
mkdirSync(join(server.folder, "aws"));
const cloud = spawn(join(build, "labkit"), ["cloud", "--port", "0", "--dir", join(server.folder, "posing")], { stdio: ["ignore", "pipe", "ignore"] });
process.on("exit", () => cloud.kill());
await new Promise((ready) => cloud.stdout.once("data", ready));
const posing = JSON.parse(readFileSync(join(server.folder, "posing/endpoint.json"), "utf8"));
writeFileSync(join(server.folder, "aws/credentials"), `[learner]\naws_access_key_id = ${posing.access_key_id}\naws_secret_access_key = ${posing.secret_access_key}\n`);
writeFileSync(join(server.folder, "aws/config"), "[profile learner]\nregion = eu-west-1\n");
Object.assign(process.env, { AWS_ENDPOINT_URL: posing.endpoint, AWS_PROFILE: "learner", AWS_CONFIG_FILE: join(server.folder, "aws/config"), AWS_SHARED_CREDENTIALS_FILE: join(server.folder, "aws/credentials") });
await server.start();

await test("on AWS the page asks first, and a no means that nothing was done", async () => {
  const page = await open(), lab = page.lab("bucket");
  await lab.run("aws");
  const question = lab.section.getByRole("group", { name: "Consent" });
  await question.getByText(`your AWS account ${posing.account}, region eu-west-1`).waitFor();
  await question.getByRole("button", { name: "Do not" }).click();
  await lab.state("failed");
  assert.match(await lab.output.innerText(), /Refused: nothing was done/);
  assert.match(await lab.output.innerText(), /sts\.whoami: not confirmed/);
  await page.context().close();
});

await test("a page that comes while the step waits sees the question, and its yes counts", async () => {
  const first = await open();
  await first.lab("bucket").run("aws");
  await first.lab("bucket").section.getByRole("button", { name: "Go on" }).waitFor();
  const page = await open(), lab = page.lab("bucket");
  await lab.section.getByRole("button", { name: "Go on" }).click();
  await lab.state("done");
  assert.match(await lab.output.innerText(), /Agreed\./);
  assert.match(await lab.output.innerText(), /found in aws/);
  await first.lab("bucket").section.getByText("Agreed.").waitFor();
  assert.equal(await first.getByRole("button", { name: "Go on" }).count(), 0);
  await first.context().close();
  await page.context().close();
});

await test("a job on AWS is asked about with its price", async () => {
  const page = await open(), lab = page.lab("train");
  await lab.run("aws");
  await lab.section.locator("[data-action=stop]").waitFor(); // until then it is still "done" from practice
  for (let asked = 0; asked < 6; asked++) {
    const go = lab.section.getByRole("button", { name: "Go on" });
    await Promise.race([go.waitFor(), lab.state("done")]);
    if (!await go.count()) break;
    await go.click();
    await lab.section.getByText("Agreed.").nth(asked).waitFor();
  }
  await lab.state("done");
  assert.match((await lab.output.locator(".out-ask pre").allInnerTexts()).join("\n"), /training job 'labbook-train-\d+' on aws[\s\S]*costs +at most 0\.\d+ dollars/);
  assert.match(await lab.output.innerText(), /Starting Downloading Training Uploading Completed/);
  await page.context().close();
});

await test("Stop ends a step that waits for an answer", async () => {
  const page = await open(), lab = page.lab("undo");
  await lab.run("aws");
  await lab.section.getByRole("button", { name: "Go on" }).waitFor();
  await lab.section.locator("[data-action=stop]").click();
  await lab.section.getByText("Stopped.").waitFor();
  assert.equal(await lab.section.getByRole("button", { name: "Go on" }).count(), 0);
  await lab.run("aws");
  for (let i = 0; i < 2 && await lab.section.getAttribute("data-state") !== "done"; i++) {
    await lab.section.getByRole("button", { name: "Go on" }).first().click().catch(() => {});
    await page.waitForTimeout(500);
  }
  await lab.state("done");
  assert.match(await lab.output.innerText(), /0 left/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

await test("no key has reached the page", async () => {
  const page = await open();
  const state = await page.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!state.includes(posing.secret_access_key) && !state.includes(posing.access_key_id));
  await page.context().close();
});

await server.stop();
cloud.kill();
await browser.close();
done();
process.exit();
