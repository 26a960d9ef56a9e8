// The practice console's SageMaker: jobs really train while the page looks on, labels are
// given by keyboard, pipelines are drawn. Made and checked with labkit's own client.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cloud } from "./cloud.mjs";
import { consoles } from "./console.mjs";
import { done, launch, test } from "./site.mjs";

const cloud = new Cloud();
await cloud.start();
const browser = await launch();
const { open, close, until, turnPages, axe } = consoles(cloud, browser);
const IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1";
const statement = (more) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });

cloud.aws("s3", "mb", "s3://jobs-here");
const rows = readFileSync("lessons/data/breast-cancer.csv", "utf8").trim().split("\n").slice(1);
cloud.put("s3://jobs-here/data/train/a.csv", `${rows.filter((_, i) => i % 4).join("\n")}\n`);
cloud.put("s3://jobs-here/data/validation/v.csv", `${rows.filter((_, i) => i % 4 === 0).join("\n")}\n`);
const role = cloud.call("iam", "CreateRole", { RoleName: "jobs", AssumeRolePolicyDocument: statement({ Principal: { Service: "sagemaker.amazonaws.com" }, Action: "sts:AssumeRole" }) }).Role.Arn;
cloud.call("iam", "PutRolePolicy", { RoleName: "jobs", PolicyName: "may", PolicyDocument: statement({ Action: ["s3:*", "logs:*", "sagemaker:*", "iam:PassRole"], Resource: "*" }) });

const channel = (name) => ({ ChannelName: name, ContentType: "text/csv", DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://jobs-here/data/${name}/`, S3DataDistributionType: "FullyReplicated" } } });
const job = (hyperparameters = {}) => ({
  AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: "File" }, RoleArn: role, InputDataConfig: [channel("train"), channel("validation")], OutputDataConfig: { S3OutputPath: "s3://jobs-here/out/" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 }, StoppingCondition: { MaxRuntimeInSeconds: 600 }, HyperParameters: { objective: "binary:logistic", num_round: "40", eval_metric: "logloss,auc", ...hyperparameters },
});
const train = (name, hyperparameters) => cloud.call("sagemaker", "CreateTrainingJob", { TrainingJobName: name, ...job(hyperparameters) });

await test("a training job appears by itself, and is seen through: stages, metrics, log, result", async () => {
  const page = await open("us-east-1/sagemaker/training-jobs");
  await page.main.getByText("No training jobs in N. Virginia").waitFor();
  train("birds-01");
  await page.main.getByRole("link", { name: "birds-01" }).click();
  await page.locator(".stages").getByText("Training job completed").waitFor();
  assert.deepEqual(await page.locator(".stages strong").allInnerTexts(), ["Starting", "Downloading", "Training", "Uploading", "Completed"]);
  const told = cloud.call("sagemaker", "DescribeTrainingJob", { TrainingJobName: "birds-01" });
  await page.locator(".finals").getByText("validation:auc").waitFor();
  const auc = told.FinalMetricDataList.find((metric) => metric.MetricName === "validation:auc").Value;
  assert.match(await page.locator(".finals").innerText(), new RegExp(String(Number(auc.toPrecision(5)))));
  const plot = page.locator(".plot").filter({ hasText: "logloss in each round" });
  await plot.waitFor();
  assert.equal(await plot.locator("polyline").count(), 2);
  await until(async () => (await plot.locator("polyline").first().getAttribute("points")).split(" ").length === 40, "all rounds are drawn");
  await plot.getByText("As a table").click();
  await until(async () => await plot.locator("tbody tr").count() === 40, "the table has every round");
  // Pointed at, the plot says what the lines are there: as the table does.
  const box = await plot.locator("svg").boundingBox();
  await page.mouse.move(box.x + box.width * 0.45, box.y + box.height / 2);
  const [round, first] = await plot.locator(".plot-at text").allTextContents();
  const row = await plot.locator("tbody tr").nth(Number(/round (\d+)/.exec(round)[1])).locator("td").first().innerText();
  assert.equal(first, `train ${row}`);
  await page.locator(".log").getByText("[39]").waitFor();
  await page.getByLabel("Only lines with").fill("[39]");
  assert.equal(await page.locator(".log-line:visible").count(), 1);
  await page.getByRole("button", { name: "Make a model" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make model" }).click();
  await page.locator("#service-nav a[aria-current]").getByText("Models").waitFor();
  await page.main.getByText(told.ModelArtifacts.S3ModelArtifacts).first().waitFor();
  assert.equal(cloud.call("sagemaker", "DescribeModel", { ModelName: "birds-01" }).PrimaryContainer.ModelDataUrl, told.ModelArtifacts.S3ModelArtifacts);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByText("Its file in S3 stays").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete model" }).click();
  await page.main.getByText("No models in N. Virginia").waitFor();
  assert.deepEqual(cloud.call("sagemaker", "ListModels").Models, []);
  await close(page);
});

await test("a job that fails says why, in the page and in its log", async () => {
  train("birds-bad", { objective: "binary:nonsense" });
  const page = await open("us-east-1/sagemaker/training-jobs/birds-bad");
  await page.getByText("It failed").waitFor();
  assert.match(await page.locator(".alert-warning").innerText(), /binary:nonsense/);
  await page.locator(".log-line.bad").first().waitFor();
  await close(page);
});

await test("a job of very many rounds does not stop the page: seen while it runs, and stopped", async () => {
  train("birds-long", { num_round: "900000", eta: "0.001", max_depth: "2" });
  const page = await open("us-east-1/sagemaker/training-jobs/birds-long");
  const plot = page.locator(".plot").filter({ hasText: "logloss in each round" });
  await plot.waitFor();
  await page.locator(".log .hint").getByText("the last 2,000 shown").waitFor({ timeout: 30000 });
  const lines = async () => Number((await page.locator(".log .hint").innerText()).replaceAll(",", "").match(/^\d+/)[0]);
  const before = await lines();
  await until(async () => await lines() > before + 3000, "the log goes on");
  assert.ok((await plot.locator("polyline").first().getAttribute("points")).split(" ").length <= 1300);
  assert.ok(await page.locator(".log-line").count() <= 2000);
  // Of ten looks at the page, how long the quickest takes: it is not busy with the log alone.
  const waits = await page.evaluate(async () => { const list = []; for (let i = 0; i < 10; i++) { const before = performance.now(); await new Promise((go) => { setTimeout(go, 100); }); list.push(Math.round(performance.now() - before - 100)); } return list; });
  assert.ok(Math.min(...waits) < 100, `the page answers after ${waits.join(" ")} ms`);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("dialog").getByText("to save what it has").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await page.locator(".stages").getByText("Stopped", { exact: true }).waitFor();
  assert.equal(cloud.call("sagemaker", "DescribeTrainingJob", { TrainingJobName: "birds-long" }).TrainingJobStatus, "Stopped");
  await close(page);
});

await test("a tuning job: the search is drawn as it goes, the best is marked", async () => {
  cloud.call("sagemaker", "CreateHyperParameterTuningJob", {
    HyperParameterTuningJobName: "search", TrainingJobDefinition: { ...Object.fromEntries(Object.entries(job()).filter(([name]) => name !== "HyperParameters")), StaticHyperParameters: { objective: "binary:logistic", eval_metric: "auc", num_round: "10" } },
    HyperParameterTuningJobConfig: { Strategy: "Random", HyperParameterTuningJobObjective: { Type: "Maximize", MetricName: "validation:auc" }, ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 }, ParameterRanges: { ContinuousParameterRanges: [{ Name: "eta", MinValue: "0.05", MaxValue: "0.5", ScalingType: "Logarithmic" }] } },
  });
  const page = await open("us-east-1/sagemaker/tuning-jobs/search");
  await page.getByText("4 done, 0 running, of 4").waitFor({ timeout: 30000 });
  const best = cloud.call("sagemaker", "DescribeHyperParameterTuningJob", { HyperParameterTuningJobName: "search" }).BestTrainingJob;
  await page.locator(".sheet").filter({ hasText: "The best so far" }).getByRole("link", { name: best.TrainingJobName }).waitFor();
  const plot = page.locator(".plot").filter({ hasText: "of each try" });
  assert.equal(await plot.locator("circle").count(), 4);
  assert.equal(await plot.locator("circle.best title").textContent(), `${best.TrainingJobName}: ${Number(best.FinalHyperParameterTuningJobObjectiveMetric.Value.toPrecision(5))}`);
  assert.equal(await page.locator(".plot").filter({ hasText: "by eta" }).locator("circle").count(), 4);
  assert.equal(await page.locator("#main tbody tr").filter({ hasText: "search-" }).count(), 4);
  await close(page);
});

await test("an endpoint: what it costs, a question answered as another client is answered, deleted", async () => {
  const { S3ModelArtifacts } = cloud.call("sagemaker", "DescribeTrainingJob", { TrainingJobName: "birds-01" }).ModelArtifacts;
  cloud.call("sagemaker", "CreateModel", { ModelName: "live", ExecutionRoleArn: role, PrimaryContainer: { Image: IMAGE, ModelDataUrl: S3ModelArtifacts } });
  cloud.call("sagemaker", "CreateEndpointConfig", { EndpointConfigName: "live", ProductionVariants: [{ VariantName: "all", ModelName: "live", InitialInstanceCount: 1, InstanceType: "ml.m5.large" }] });
  cloud.call("sagemaker", "CreateEndpoint", { EndpointName: "live", EndpointConfigName: "live" });
  const page = await open("us-east-1/sagemaker/endpoints/live");
  await page.getByText("$0.115 an hour").waitFor();
  const row = rows[0].split(",").slice(1).join(",");
  await page.getByLabel("Rows as CSV, without the label").fill(row);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  const answer = await page.getByLabel("Answer", { exact: true }).innerText();
  const file = join(cloud.folder, "row.csv");
  writeFileSync(file, `${row}\n`);
  assert.equal(answer.trim(), cloud.aws("invoke", "live", "--data", file).trim());
  await page.getByLabel("Rows as CSV, without the label").fill(`${row},1,2`);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.locator(".state.bad").getByText("ModelError").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByText("costs no more").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: /^Delete/ }).click();
  await page.main.getByText("No endpoints in N. Virginia").waitFor();
  assert.deepEqual(cloud.call("sagemaker", "ListEndpoints").Endpoints, []);
  await close(page);
});

await test("the lost project: a job in another region is told of, and found", async () => {
  const page = await open("eu-central-1/sagemaker/training-jobs");
  await page.main.getByText("Lost something?").waitFor();
  await page.main.getByRole("link", { name: "N. Virginia (us-east-1)" }).click();
  await page.main.getByRole("link", { name: "birds-01" }).waitFor();
  await close(page);
});

await test("a notebook: stopped with what follows, then deleted", async () => {
  cloud.call("sagemaker", "CreateNotebookInstance", { NotebookInstanceName: "explore", RoleArn: role, InstanceType: "ml.t3.medium" });
  const page = await open("us-east-1/sagemaker/notebook-instances/explore");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("dialog").getByText("costs no more").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  assert.equal(cloud.call("sagemaker", "DescribeNotebookInstance", { NotebookInstanceName: "explore" }).NotebookInstanceStatus, "Stopped");
  await page.getByRole("dialog").getByRole("button", { name: /^Delete/ }).click();
  await page.main.getByText("No notebook instances in N. Virginia").waitFor();
  await close(page);
});

await test("a pipeline is a graph, and an execution's states stand in it", async () => {
  const step = (name, more) => ({ Name: name, Type: "Training", Arguments: { ...job(), HyperParameters: { objective: "binary:logistic", eval_metric: "auc", num_round: { Get: "Parameters.Rounds" } } }, ...more });
  const definition = {
    Version: "2020-12-01", Metadata: {}, Parameters: [{ Name: "Rounds", Type: "Integer", DefaultValue: 20 }, { Name: "AtLeast", Type: "Float", DefaultValue: 0.5 }],
    Steps: [step("Train"), { Name: "Good<b>", Type: "Condition", Arguments: { Conditions: [{ Type: "GreaterThanOrEqualTo", LeftValue: { Get: "Steps.Train.FinalMetricDataList['validation:auc'].Value" }, RightValue: { Get: "Parameters.AtLeast" } }],
      IfSteps: [{ Name: "Keep", Type: "Model", Arguments: { ExecutionRoleArn: role, PrimaryContainer: { Image: IMAGE, ModelDataUrl: { Get: "Steps.Train.ModelArtifacts.S3ModelArtifacts" } } } }], ElseSteps: [{ Name: "Bad", Type: "Fail", Arguments: { ErrorMessage: "not good" } }] } }],
  };
  definition.Steps[1].Name = "Good";
  cloud.call("sagemaker", "CreatePipeline", { PipelineName: "birds", PipelineDefinition: JSON.stringify(definition), RoleArn: role, ClientRequestToken: "t".repeat(32) });
  const page = await open("us-east-1/sagemaker/pipelines/birds");
  assert.deepEqual((await page.locator(".graph .step-name").allTextContents()).sort(), ["Bad", "Good", "Keep", "Train"]);
  assert.deepEqual((await page.locator(".edge-word").allTextContents()).sort(), ["else", "if so"]);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByLabel("Rounds (Integer)").fill("5");
  await page.getByLabel("AtLeast (Float)").fill("0.99999");
  await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
  await page.locator(".step.failed .step-name").getByText("Bad").waitFor();
  assert.equal(await page.locator(".step.succeeded").count(), 2);
  assert.match(await page.main.innerText(), /not good/);
  const arn = cloud.call("sagemaker", "ListPipelineExecutions", { PipelineName: "birds" }).PipelineExecutionSummaries[0].PipelineExecutionArn;
  assert.ok(page.url().endsWith(arn.split("/").pop()));
  await page.locator("a.step").first().click();
  await page.locator(".stages").getByText("Training job completed").waitFor();
  await close(page);
});

await test("labels by keyboard: one item after another, skip, progress, and the model takes over", async () => {
  const penguins = readFileSync("lessons/data/penguins.csv", "utf8").trim().split("\n");
  const names = penguins[0].split(","), at = (name) => names.indexOf(name);
  const items = penguins.slice(1).map((line) => line.split(",")).filter((row) => row[at("beak_length_mm")]).map((row) => ({ source: `<i>A beak</i> of ${row[at("beak_length_mm")]} mm, flippers of ${row[at("flipper_length_mm")]} mm`, beak: Number(row[at("beak_length_mm")]), flipper: Number(row[at("flipper_length_mm")]) }));
  cloud.put("s3://jobs-here/penguins.manifest", items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  cloud.put("s3://jobs-here/labels.json", JSON.stringify({ "document-version": "2018-11-28", labels: [{ label: "Adelie" }, { label: "Gentoo" }, { label: "Chinstrap" }] }));
  const team = cloud.call("sagemaker", "ListWorkteams").Workteams[0].WorkteamArn, lambda = "arn:aws:lambda:us-east-1:432418664414:function:";
  cloud.call("sagemaker", "CreateLabelingJob", {
    LabelingJobName: "penguins", LabelAttributeName: "species", RoleArn: role, InputConfig: { DataSource: { S3DataSource: { ManifestS3Uri: "s3://jobs-here/penguins.manifest" } } }, OutputConfig: { S3OutputPath: "s3://jobs-here/labelled/" }, LabelCategoryConfigS3Uri: "s3://jobs-here/labels.json",
    LabelingJobAlgorithmsConfig: { LabelingJobAlgorithmSpecificationArn: "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification/text-classification" },
    HumanTaskConfig: { WorkteamArn: team, UiConfig: { UiTemplateS3Uri: "s3://jobs-here/page.html" }, PreHumanTaskLambdaArn: `${lambda}PRE-TextMultiClass`, TaskTitle: "Which penguin?", TaskDescription: "Adelies have short beaks.", TaskTimeLimitInSeconds: 300, NumberOfHumanWorkersPerDataObject: 1, AnnotationConsolidationConfig: { AnnotationConsolidationLambdaArn: `${lambda}ACS-TextMultiClass` } },
  });
  const page = await open("us-east-1/sagemaker/labeling-jobs/penguins/work");
  const item = page.locator(".item-text");
  await item.waitFor();
  await page.getByText("Adelies have short beaks.").waitFor();
  assert.equal(await page.locator(".item i").count(), 0);
  const counters = () => cloud.call("sagemaker", "DescribeLabelingJob", { LabelingJobName: "penguins" }).LabelCounters;
  const first = await item.innerText();
  await page.keyboard.press("s");
  await until(async () => await item.innerText() !== first, "skipped");
  assert.equal(counters().HumanLabeled, 0);
  const byModel = async () => Number(/(\d+) by the model/.exec(await page.locator(".labelled").innerText())?.[1] || 0);
  for (let i = 0; i < 120 && await item.count() && !await byModel(); i++) {
    const text = await item.innerText(), [, beak, flipper] = /of ([\d.]+) mm, flippers of ([\d.]+)/.exec(text);
    await page.keyboard.press(Number(beak) < 43.5 ? "1" : Number(flipper) > 205 ? "2" : "3");
    await until(async () => !await item.count() || await item.innerText() !== text, "the next item");
  }
  assert.ok(counters().HumanLabeled >= 20, JSON.stringify(counters()));
  await until(() => counters().MachineLabeled > 0, "the model labels the easy ones");
  await page.goto(`${cloud.console}#/us-east-1/sagemaker/labeling-jobs/penguins`);
  await page.locator(".by-badge").first().waitFor();
  assert.match(await page.locator("tr").filter({ has: page.locator(".by-badge") }).first().innerText(), /\d %/);
  await page.getByRole("tab", { name: "Threshold" }).click();
  const words = page.locator(".threshold-words");
  await words.getByText("all labels cost").waitFor();
  await page.getByRole("slider", { name: "Threshold" }).fill("0.5");
  const cheap = Number(/cost \$(\d+\.\d+)/.exec(await words.innerText())[1]);
  await page.getByRole("slider", { name: "Threshold" }).fill("1");
  const dear = Number(/cost \$(\d+\.\d+)/.exec(await words.innerText())[1]);
  assert.ok(Math.abs(cheap - items.length * 0.001) < 0.011 && dear > cheap * 20, `${cheap} ${dear}`);
  assert.deepEqual(await page.locator(".plot figcaption").allInnerTexts(), ["What all labels cost, in dollars", "How many labels are right, in percent"]);
  assert.match(await words.innerText(), /believes that 100.0 % of them are right/);
  await close(page);
});

await test("pictures are shown to who labels them", async () => {
  const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==", "base64");
  for (const name of ["a", "b"]) cloud.put(`s3://jobs-here/img/${name}.png`, dot);
  cloud.put("s3://jobs-here/pictures.manifest", ["a", "b"].map((name) => `{"source-ref": "s3://jobs-here/img/${name}.png"}\n`).join(""));
  cloud.put("s3://jobs-here/two.json", JSON.stringify({ "document-version": "2018-11-28", labels: [{ label: "bird" }, { label: "fish" }] }));
  const told = cloud.call("sagemaker", "DescribeLabelingJob", { LabelingJobName: "penguins" });
  cloud.call("sagemaker", "CreateLabelingJob", {
    LabelingJobName: "pictures", LabelAttributeName: "kind", RoleArn: role, InputConfig: { DataSource: { S3DataSource: { ManifestS3Uri: "s3://jobs-here/pictures.manifest" } } }, OutputConfig: { S3OutputPath: "s3://jobs-here/labelled/" }, LabelCategoryConfigS3Uri: "s3://jobs-here/two.json",
    HumanTaskConfig: { ...told.HumanTaskConfig, PreHumanTaskLambdaArn: told.HumanTaskConfig.PreHumanTaskLambdaArn.replace("Text", "Image"), AnnotationConsolidationConfig: { AnnotationConsolidationLambdaArn: told.HumanTaskConfig.AnnotationConsolidationConfig.AnnotationConsolidationLambdaArn.replace("Text", "Image") } },
  });
  const page = await open("us-east-1/sagemaker/labeling-jobs/pictures/work");
  await until(() => page.evaluate(() => document.querySelector(".item-picture")?.naturalWidth === 2), "the picture is there");
  await page.getByRole("button", { name: "bird" }).click();
  await page.getByText("1 by you").waitFor();
  await page.keyboard.press("2");
  await page.getByText("All done").waitFor();
  const output = cloud.aws("s3", "ls", "s3://jobs-here/labelled/pictures/manifests/output/");
  assert.match(output, /output\.manifest/);
  await close(page);
});

// One job trained, a thousand written beside it into the state of a cloud that stands still.
const COPIES = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
names = [f"m-{i:04}" for i in range(1000)]
for table, column in ("training_jobs", "name"), ("training_steps", "job"):
    for row in db.execute(f"select * from {table} where region = 'us-east-1' and {column} = 'birds-01'").fetchall():
        for i, name in enumerate(names):
            values = [name if v == "birds-01" else v + i * 1000 if type(v) is int and v > 1e12 else v.replace("birds-01", name) if type(v) is str else v for v in row]
            db.execute(f"insert into {table} values ({', '.join('?' * len(row))})", ["us-west-2", *values[1:]])
db.commit()
`;

await test("1,000 jobs stay smooth: a page at a time, found by name", async () => {
  await cloud.stop();
  execFileSync("python3", ["-c", COPIES, join(cloud.folder, "labbook", "cloud", "state.db")]);
  await cloud.start();
  const page = await open("us-west-2/sagemaker/training-jobs");
  await page.getByText("Page 1").waitFor();
  assert.equal(await page.locator("#main tbody tr").count(), 50);
  assert.equal(await page.locator("#main tbody th").first().innerText(), "m-0999");
  await turnPages(page, 50);
  await page.getByLabel("Names that contain").fill("m-0777");
  await until(async () => await page.locator("#main tbody tr").count() === 1, "found by its name");
  await page.main.getByRole("link", { name: "m-0777" }).click();
  await page.locator(".stages").getByText("Training job completed").waitFor();
  await close(page);
});

await test("an address that names what is in another region says where it is", async () => {
  const page = await open("eu-central-1/sagemaker/training-jobs/birds-01");
  await page.main.getByText("There is no training job birds-01 in Frankfurt").waitFor();
  await page.main.getByRole("link", { name: "N. Virginia (us-east-1)" }).click();
  await page.locator(".stages").getByText("Training job completed").waitFor();
  await page.goto(`${cloud.console}#/eu-central-1/sagemaker/pipelines/never-was`);
  await page.main.getByText("There is no pipeline never-was in Frankfurt").waitFor();
  await close(page);
});

await test("on a phone the graph goes down, and fits", async () => {
  const page = await open("us-east-1/sagemaker/pipelines/birds", { viewport: { width: 340, height: 700 } });
  const box = async (name) => page.locator(".graph .step").filter({ hasText: name }).locator("rect").boundingBox();
  const [train, good, keep, bad] = await Promise.all(["Train", "Good", "Keep", "Bad"].map(box));
  assert.ok(train.y + train.height < good.y && good.y + good.height < keep.y && keep.y === bad.y && keep.x + keep.width < bad.x, JSON.stringify([train, good, keep, bad]));
  assert.ok(await page.locator(".graph").evaluate((node) => node.scrollWidth <= node.clientWidth));
  assert.equal(await page.locator(".graph path.edge").count(), 3);
  await close(page);
});

await test("quotas: found by what they are for, asked for, and listed", async () => {
  const page = await open("us-east-1/quotas");
  await page.getByLabel("A machine or a use").fill("ml.m5.large for training");
  await until(async () => await page.locator("#main tbody tr").count() === 1, "one is left");
  const before = Number(await page.locator("#main tbody td").first().innerText());
  await page.getByRole("button", { name: /^Ask for more/ }).click();
  await page.getByLabel("How many do you need?").fill(String(before + 2));
  await page.getByRole("button", { name: "Send request" }).click();
  await page.getByText("The request is sent").waitFor();
  await page.locator("#service-nav").getByRole("link", { name: "Requests" }).click();
  await page.main.getByText("ml.m5.large for training job usage").waitFor();
  await close(page);
});

await test("the logs: groups, streams, lines", async () => {
  const page = await open("us-east-1/logs");
  await page.getByRole("link", { name: "/aws/sagemaker/TrainingJobs" }).click();
  await page.getByRole("link", { name: /^birds-01\/algo-1/ }).click();
  await page.locator(".log").getByText("[39]").waitFor();
  cloud.call("logs", "CreateLogGroup", { logGroupName: "/test" });
  cloud.call("logs", "CreateLogStream", { logGroupName: "/test", logStreamName: "s" });
  const say = (message) => cloud.call("logs", "PutLogEvents", { logGroupName: "/test", logStreamName: "s", logEvents: [{ timestamp: Date.now(), message }] });
  say("<img src=x onerror=alert(1)><b>bold</b>");
  await page.goto(`${cloud.console}#/us-east-1/logs/groups/${encodeURIComponent("/test")}/s`);
  await page.locator(".log-line").getByText("<b>bold</b>").waitFor();
  assert.equal(await page.locator(".log-line img, .log-line b").count(), 0);
  say("and one more");
  await page.locator(".log-line").getByText("and one more").waitFor();
  await close(page);
});

await test("the bill: by service and resource; what still costs is ended by one button", async () => {
  cloud.call("sagemaker", "CreateNotebookInstance", { NotebookInstanceName: "forgotten", RoleArn: role, InstanceType: "ml.t3.medium" }, "eu-west-1");
  const page = await open("us-east-1/billing");
  await page.main.getByText("Practice prices: like AWS").waitFor();
  const service = page.locator("table").filter({ hasText: "labels by people" });
  // The model may still be at work: the page follows.
  await until(async () => {
    const dollars = ["penguins", "pictures"].map((name) => cloud.call("sagemaker", "DescribeLabelingJob", { LabelingJobName: name }).LabelCounters).reduce((all, n) => all + n.HumanLabeled * 0.08 + n.MachineLabeled * 0.001, 0);
    const [, sum] = /Together\s+\$(\d+\.\d+)/.exec(await service.innerText());
    return Math.abs(Number(sum) - dollars) < 0.05;
  }, "the sum is that of the labels");
  await page.main.getByRole("link", { name: "forgotten" }).waitFor();
  await page.locator("#service-nav").getByRole("link", { name: "What still costs" }).click();
  const row = page.locator("tbody tr").filter({ hasText: "forgotten" });
  await row.waitFor();
  assert.match(await row.innerText(), /ml\.t3\.medium[\s\S]*eu-west-1[\s\S]*\$0\.05/);
  await page.getByRole("button", { name: /^Clean up/ }).click();
  await page.getByRole("dialog").getByText("forgotten (notebook instance, eu-west-1) is stopped; its disk and files stay").waitFor();
  await page.getByRole("button", { name: "End them", exact: true }).click();
  await page.main.getByText("Nothing runs").waitFor();
  assert.match(cloud.call("sagemaker", "DescribeNotebookInstance", { NotebookInstanceName: "forgotten" }, "eu-west-1").NotebookInstanceStatus, /^Stopp/);
  await close(page);
});

await test("a search that runs is ended as a whole: no next job begins", async () => {
  const { HyperParameters, ...definition } = job();
  cloud.call("sagemaker", "CreateHyperParameterTuningJob", {
    HyperParameterTuningJobName: "endless", TrainingJobDefinition: { ...definition, StaticHyperParameters: { ...HyperParameters, num_round: "20000" } },
    HyperParameterTuningJobConfig: { Strategy: "Random", HyperParameterTuningJobObjective: { Type: "Maximize", MetricName: "validation:auc" }, ResourceLimits: { MaxNumberOfTrainingJobs: 20, MaxParallelTrainingJobs: 2 }, ParameterRanges: { ContinuousParameterRanges: [{ Name: "eta", MinValue: "0.0001", MaxValue: "0.001" }] } },
  });
  const page = await open("us-east-1/billing/running");
  await page.locator("tbody tr").filter({ hasText: "endless-" }).nth(1).waitFor();
  await page.getByRole("button", { name: /^Clean up/ }).click();
  await page.getByRole("dialog").getByText("and its search with it").first().waitFor();
  await page.getByRole("button", { name: "End them", exact: true }).click();
  await page.main.getByText("Nothing runs").waitFor();
  await until(() => cloud.call("sagemaker", "DescribeHyperParameterTuningJob", { HyperParameterTuningJobName: "endless" }).HyperParameterTuningJobStatus === "Stopped", "the search is stopped");
  const { TrainingJobStatusCounters: counters } = cloud.call("sagemaker", "DescribeHyperParameterTuningJob", { HyperParameterTuningJobName: "endless" });
  assert.equal(counters.InProgress, 0);
  assert.ok(Object.values(counters).reduce((sum, n) => sum + n) <= 4, JSON.stringify(counters));
  await close(page);
});

await test("a budget warns, wherever one is", async () => {
  const page = await open("us-east-1/billing/budgets");
  await page.getByRole("button", { name: "Set a budget" }).first().click();
  await page.getByLabel("How many dollars may it be?").fill("1");
  await page.getByRole("dialog").getByRole("button", { name: "Set budget" }).click();
  await page.locator(".budget").getByText("It is used up.").waitFor();
  await page.locator("#budget-note").getByText("The budget learning is used up").waitFor();
  await page.locator("#brand").click();
  await page.main.getByRole("heading", { name: "Home" }).waitFor();
  assert.ok(await page.locator("#budget-note").isVisible());
  await page.goto(`${cloud.console}#/us-east-1/billing/budgets`);
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("How many dollars may it be?").fill("5000");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.locator("#budget-note").waitFor({ state: "hidden" });
  await close(page);
});

await axe(["us-east-1/billing", "us-east-1/billing/running", "us-east-1/billing/budgets", "us-east-1/billing/prices", "us-east-1/sagemaker", "us-east-1/sagemaker/training-jobs", "us-east-1/sagemaker/training-jobs/birds-01", "us-east-1/sagemaker/pipelines/birds", "us-east-1/sagemaker/labeling-jobs/penguins", "us-east-1/sagemaker/labeling-jobs/penguins?tab=Threshold", "us-east-1/sagemaker/labeling-jobs/penguins/work",
  "us-east-1/sagemaker/endpoints", "us-east-1/sagemaker/tuning-jobs", "us-east-1/sagemaker/transform-jobs", "us-east-1/quotas", "us-east-1/quotas/requests", "us-east-1/logs"]);

await browser.close();
await cloud.stop();
done();
