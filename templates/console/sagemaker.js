// SageMaker: its kinds of things, told by one table: how each is listed, described,
// stopped and deleted, and what follows from that. Jobs, pipelines and labelling
// have views of their own, loaded when they are opened.
import { json } from "./api.js";
import { ago, attempt, button, card, clock, code, confirm, copyable, duration, empty, facts, h, head, keyed, link, listing, money, note, section, status, to } from "./ui.js";
import { elsewhere, inRegions } from "./lost.js";
import { regionTitle } from "./services.js";

export const sm = (operation, body, options) => json("sagemaker", operation, body, options);
export const s3Link = (uri) => {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri || "") || [];
  return bucket ? h("a", { href: to("s3", "buckets", bucket, { prefix: key.replace(/[^/]*$/, "") }), class: "address" }, uri) : uri;
};
export const roleLink = (arn) => (arn ? link(arn.split("/").pop(), "iam", "roles", arn.split("/").pop()) : undefined);

const OPEN = new Set(["InProgress", "Stopping", "Creating", "Updating", "Pending", "Deleting", "Executing", "Initializing"]);
export const isOpen = (word) => OPEN.has(word);

// ---- the kinds

export const KINDS = {
  "training-jobs": {
    one: "training job", title: "Training jobs", what: "A rented machine reads data from S3, learns a model, writes it to S3, and is given back.",
    list: "ListTrainingJobs", rows: "TrainingJobSummaries", name: "TrainingJobName", status: "TrainingJobStatus",
    describe: "DescribeTrainingJob", stop: "StopTrainingJob", stopFollows: ["The machine gets two minutes to save what it has", "It is paid up to then"],
    columns: [{ title: "Took", right: true, cell: (row) => (row.TrainingEndTime ? duration(row.TrainingEndTime - row.CreationTime) : "") }],
    view: () => import("./training.js"),
    begin: "Start one from a lesson, with labkit aws train, or with any AWS client.",
  },
  "tuning-jobs": {
    one: "tuning job", title: "Tuning jobs", what: "Many training jobs that search for the best hyperparameters.",
    list: "ListHyperParameterTuningJobs", rows: "HyperParameterTuningJobSummaries", name: "HyperParameterTuningJobName", status: "HyperParameterTuningJobStatus",
    describe: "DescribeHyperParameterTuningJob", stop: "StopHyperParameterTuningJob", stopFollows: ["Training jobs that run for it are stopped", "What was found so far stays"],
    columns: [{ title: "Jobs", right: true, cell: (row) => { const n = row.TrainingJobStatusCounters; return n ? `${n.Completed} of ${row.ResourceLimits?.MaxNumberOfTrainingJobs ?? "?"}` : ""; } }],
    view: () => import("./tuning.js"),
    begin: "labkit aws tune starts one.",
  },
  models: {
    one: "model", title: "Models", what: "A name for a container and the file that a training job left: what endpoints and transforms work with. It costs nothing.",
    list: "ListModels", rows: "Models", name: "ModelName", describe: "DescribeModel", remove: "DeleteModel",
    removeFollows: ["Endpoints that run it go on", "No new endpoint or transform can use it", "Its file in S3 stays"],
    about: (m) => ({ ARN: copyable(m.ModelArn), Created: clock(m.CreationTime), Role: roleLink(m.ExecutionRoleArn), Container: code(m.PrimaryContainer?.Image || ""), "Model file": s3Link(m.PrimaryContainer?.ModelDataUrl) }),
    begin: "A model is made of what a training job left.",
  },
  endpoints: {
    one: "endpoint", title: "Endpoints", what: "Machines that answer single questions at once, day and night, until you delete them. They cost by the second, asked or not.",
    list: "ListEndpoints", rows: "Endpoints", name: "EndpointName", status: "EndpointStatus", describe: "DescribeEndpoint", remove: "DeleteEndpoint",
    removeFollows: ["It answers no more, and costs no more", "Its configuration and model stay: it can be made again"],
    view: () => import("./endpoint.js"),
    begin: "labkit aws endpoint makes one.",
  },
  "transform-jobs": {
    one: "transform job", title: "Batch transforms", what: "A model scores a whole prefix of S3, and the machine is given back.",
    list: "ListTransformJobs", rows: "TransformJobSummaries", name: "TransformJobName", status: "TransformJobStatus", describe: "DescribeTransformJob", stop: "StopTransformJob",
    stopFollows: ["Files that are finished stay in S3", "It is paid up to now"],
    columns: [{ title: "Took", right: true, cell: (row) => (row.TransformEndTime ? duration(row.TransformEndTime - row.CreationTime) : "") }],
    about: (t) => ({ ARN: copyable(t.TransformJobArn), Status: status(t.TransformJobStatus), Reason: t.FailureReason, Model: link(t.ModelName, "sagemaker", "models", t.ModelName), Reads: s3Link(t.TransformInput?.DataSource?.S3DataSource?.S3Uri), Writes: s3Link(t.TransformOutput?.S3OutputPath), Machines: `${t.TransformResources?.InstanceCount} \u00d7 ${t.TransformResources?.InstanceType}`, Created: clock(t.CreationTime), Ended: clock(t.TransformEndTime) }),
    logs: "/aws/sagemaker/TransformJobs", begin: "labkit aws transform starts one.",
  },
  "notebook-instances": {
    one: "notebook instance", title: "Notebook instances", what: "A rented machine with Jupyter on it. It costs while it runs, also when nobody looks: stop it in the evening.",
    list: "ListNotebookInstances", rows: "NotebookInstances", name: "NotebookInstanceName", status: "NotebookInstanceStatus", describe: "DescribeNotebookInstance",
    use: "Notebk", start: "StartNotebookInstance", stop: "StopNotebookInstance", remove: "DeleteNotebookInstance",
    stopFollows: ["The machine is given back and costs no more", "Files in /home/ec2-user/SageMaker stay, all else is gone", "Its disk goes on costing a little"], removeFollows: ["Its disk goes, with every notebook on it, for good", "It must be stopped first"],
    canStop: (word) => word === "InService", canStart: (word) => ["Stopped", "Failed"].includes(word), canRemove: (word) => ["Stopped", "Failed"].includes(word),
    columns: [{ title: "Machine", cell: (row) => row.InstanceType }],
    about: (n) => ({ ARN: copyable(n.NotebookInstanceArn), Status: status(n.NotebookInstanceStatus), Reason: n.FailureReason, Machine: n.InstanceType, Disk: n.VolumeSizeInGB && `${n.VolumeSizeInGB} GB`, Role: roleLink(n.RoleArn), Address: n.Url && code(n.Url), "Root access": n.RootAccess, Created: clock(n.CreationTime), Changed: clock(n.LastModifiedTime) }),
    begin: "Lesson 10 makes one, with everything that is dangerous about it.",
  },
  "labeling-jobs": {
    one: "labelling job", title: "Labelling jobs", what: "Ground Truth: people say what things are, and a model takes over what is easy.",
    list: "ListLabelingJobs", rows: "LabelingJobSummaryList", name: "LabelingJobName", status: "LabelingJobStatus", describe: "DescribeLabelingJob", stop: "StopLabelingJob",
    stopFollows: ["What is labelled is written to S3", "It cannot be gone on with"],
    columns: [{ title: "Labelled", right: true, cell: (row) => { const n = row.LabelCounters; return n ? `${n.TotalLabeled} of ${n.TotalLabeled + n.Unlabeled + n.FailedNonRetryableError}` : ""; } }],
    view: () => import("./labeling.js"),
    begin: "Lesson 09 starts one.",
  },
  pipelines: {
    one: "pipeline", title: "Pipelines", what: "Steps that need each other, written down once and started as a whole.",
    list: "ListPipelines", rows: "PipelineSummaries", name: "PipelineName", describe: "DescribePipeline", remove: "DeletePipeline", filter: "PipelineNamePrefix", filterWords: "Names that begin with",
    removeFollows: ["Executions that run are not stopped by it", "Its history goes"],
    columns: [{ title: "Last started", cell: (row) => ago(row.LastExecutionTime) }],
    view: () => import("./pipeline.js"), extra: { ClientRequestToken: () => crypto.randomUUID() },
    begin: "Lesson 16 writes one.",
  },
};

// ---- stop, start, delete

const extraOf = (k) => Object.fromEntries(Object.entries(k.extra || {}).map(([name, make]) => [name, make()]));

export const stop = async (k, name) => {
  if (await confirm(`Stop ${name}?`, { follows: k.stopFollows, verb: "Stop" })) await attempt(() => sm(k.stop, { [k.name]: name }), `${name} is asked to stop.`);
};
export const remove = async (k, name, kind) => {
  if (!await confirm(`Delete ${name}?`, { follows: k.removeFollows, verb: `Delete ${k.one}` })) return;
  if (await attempt(async () => { await sm(k.remove, { [k.name]: name, ...extraOf(k) }); return true; }, `${name} is deleted.`) && kind) location.hash = to("sagemaker", kind);
};
export const buttons = (kind, name, word) => {
  const k = KINDS[kind];
  const may = (rule, otherwise) => (rule ? rule(word) : otherwise);
  return [
    k.start && may(k.canStart, false) && button("Start", () => attempt(() => sm(k.start, { [k.name]: name }), `${name} starts.`), { class: "primary" }),
    k.stop && may(k.canStop, ["InProgress", "Initializing"].includes(word)) && button("Stop", () => stop(k, name), { class: "danger" }),
    k.remove && may(k.canRemove, word !== "Deleting") && button("Delete", () => remove(k, name, kind), { class: "danger" }),
  ].filter(Boolean);
};

// ---- lists

const firstNames = (k) => inRegions(async (region) => (await sm(k.list, { MaxResults: 5 }, { region }))[k.rows].map((row) => row[k.name]));

const rows = (ctx, kind) => {
  const k = KINDS[kind];
  return [
    head(k.title, { summary: k.what, actions: k.actions?.(ctx) || [] }),
    listing({
      title: k.title, services: ["sagemaker"], memory: ctx.memory, filter: k.filterWords || "Names that contain",
      load: async ({ token, filter, signal }) => {
        const body = { MaxResults: 50, SortBy: "CreationTime", SortOrder: "Descending", ...(filter ? { [k.filter || "NameContains"]: filter } : {}), ...(token ? { NextToken: token } : {}) };
        const got = await sm(k.list, body, { signal });
        return { rows: got[k.rows], next: got.NextToken };
      },
      poll: (got) => (got.rows.some((row) => isOpen(row[k.status])) ? 1500 : 0),
      key: (row) => row[k.name],
      columns: [
        { title: "Name", cell: (row) => link(row[k.name], "sagemaker", kind, row[k.name]) },
        ...(k.status ? [{ title: "Status", cell: (row) => status(row[k.status]) }] : []),
        ...(k.columns || []),
        { title: "Created", cell: (row) => ago(row.CreationTime) },
      ],
      nothing: () => empty(`No ${k.title.toLowerCase()} in ${regionTitle(ctx.region)}`, h("p", {}, k.what), h("p", {}, k.begin || ""), elsewhere(ctx, k.one, firstNames(k), "sagemaker", kind)),
    }),
  ];
};

// ---- one thing

export const raw = (value) => h("details", { class: "raw" }, h("summary", {}, "As the API says it"), h("pre", { class: "code-block", tabindex: "0", "aria-label": "The answer as JSON" }, JSON.stringify(value, null, 2)));

export const tagsCard = (arn) => section({
  services: ["sagemaker"],
  load: async (signal) => (await sm("ListTags", { ResourceArn: arn }, { signal })).Tags,
  draw: (tags) => (tags.length ? card("Tags", h("ul", { class: "tags" }, tags.map((tag) => h("li", {}, code(`${tag.Key}${tag.Value ? ` = ${tag.Value}` : ""}`))))) : null),
});

// Where the address names what is not in this region.
export const gone = (ctx, kind, name) => () => {
  const k = KINDS[kind];
  return empty(`There is no ${k.one} ${name} in ${regionTitle(ctx.region)}`, h("p", {}, "It was deleted, or never was."), h("p", {}, link(`All ${k.title.toLowerCase()}`, "sagemaker", kind)),
    elsewhere(ctx, k.one, inRegions(async (region) => { await sm(k.describe, { [k.name]: name }, { region }); return [name]; }), "sagemaker", kind, name));
};

const thing = (ctx, kind, name) => {
  const k = KINDS[kind];
  const actions = h("div", { class: "row" }), logs = h("div", {});
  let word = "InProgress";
  if (k.logs) import("./logs.js").then(({ jobLogs }) => logs.append(card("Log", jobLogs({ group: k.logs, prefix: `${name}/`, live: () => isOpen(word) }))));
  return [
    head(name, { over: [link(k.title, "sagemaker", kind)], actions: [actions] }),
    section({
      services: ["sagemaker"], missing: gone(ctx, kind, name),
      load: async (signal) => { const got = await sm(k.describe, { [k.name]: name }, { signal }); return k.use ? { ...got, hour: await import("./prices.js").then((prices) => prices.hourly(ctx.region, got.InstanceType, k.use)).catch(() => null) } : got; },
      poll: (got) => (isOpen(got[k.status]) ? 1000 : 0),
      draw: ({ hour, ...got }) => {
        word = got[k.status];
        keyed(actions, word || "", () => buttons(kind, name, word));
        return [hour && word === "InService" && note("cost", "It costs while it runs", h("p", {}, `$${hour.toFixed(3)} an hour, ${money(hour * 720)} a month, used or not: practice prices. Stop it when you are done.`)), got.FailureReason && note("warning", "It failed", h("p", {}, got.FailureReason)), card("", facts(k.about(got))), raw(got)];
      },
    }),
    logs,
  ];
};

const missing = (kind) => empty("There is no such page", h("p", {}, "SageMaker has no ", code(kind), " here."));

// ---- the first page

const overview = (ctx) => [
  head("Amazon SageMaker AI", { summary: "From data to answers: label, explore, train, serve. Each part rents machines when it needs them; only endpoints and notebooks go on costing by themselves." }),
  h("ol", { class: "path" }, [["labeling-jobs", "Label"], ["notebook-instances", "Explore"], ["training-jobs", "Train"], ["tuning-jobs", "Tune"], ["models", "Keep"], ["transform-jobs", "Score many"], ["endpoints", "Answer one"], ["pipelines", "Repeat"]].map(([kind, word]) => h("li", {}, h("a", { href: to("sagemaker", kind) }, h("span", { class: "path-word" }, word), h("strong", {}, KINDS[kind].title), h("span", {}, KINDS[kind].what))))),
];

export const view = async (ctx) => {
  const [kind = "overview", name, ...more] = ctx.path;
  if (kind === "overview") return overview(ctx);
  if (!KINDS[kind]) return missing(kind);
  if (!name) return rows(ctx, kind);
  const k = KINDS[kind];
  return k.view ? (await k.view()).view(ctx, name, more) : thing(ctx, kind, name);
};

