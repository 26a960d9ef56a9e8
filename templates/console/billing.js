// The bill: what was used, at practice prices; what still costs, with a button that
// ends it; budgets; and the prices themselves. All from Cost Explorer, Budgets and the
// price list, as any client reads them.
import { identity, json } from "./api.js";
import { attempt, button, card, code, confirm, count, empty, form, h, head, link, listing, money, note, rowsTable, say, section, status, to, whole } from "./ui.js";
import { dollarsOf, hourly, products } from "./prices.js";
import { REGIONS, regionTitle } from "./services.js";
import { bars } from "./plot.js";

const PRACTICE = "Practice prices: like AWS\u2019s list prices, but not AWS\u2019s, and nobody is charged.";
const day = (date) => date.toISOString().slice(0, 10);
const plus = (date, days) => new Date(date.getTime() + days * 86400000);

const cost = (from, until, granularity, by, options) => json("ce", by?.includes("RESOURCE_ID") ? "GetCostAndUsageWithResources" : "GetCostAndUsage", {
  TimePeriod: { Start: from, End: until }, Granularity: granularity, Metrics: ["UnblendedCost", "UsageQuantity"], ...(by?.includes("RESOURCE_ID") ? { Filter: { Dimensions: { Key: "SERVICE", Values: ["Amazon SageMaker", "Amazon Simple Storage Service"] } } } : {}), ...(by ? { GroupBy: by.map((Key) => ({ Type: "DIMENSION", Key })) } : {}),
}, options);
const amount = (metrics) => Number(metrics.UnblendedCost.Amount);
const rowsOf = (answer) => answer.ResultsByTime.flatMap((period) => period.Groups.map((group) => ({ keys: group.Keys, dollars: amount(group.Metrics), quantity: Number(group.Metrics.UsageQuantity.Amount) })));

const thisMonth = () => { const now = new Date(); return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)); };
const months = () => Array.from({ length: 6 }, (_, i) => { const now = thisMonth(); return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - i, 1)); });
const next = (month) => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1));
const monthName = (month) => month.toLocaleDateString("en", { month: "long", year: "numeric", timeZone: "UTC" });

// ---- what a resource is

const KIND_PLACES = { "training-job": "training-jobs", "transform-job": "transform-jobs", endpoint: "endpoints", "notebook-instance": "notebook-instances", "labeling-job": "labeling-jobs", "hyper-parameter-tuning-job": "tuning-jobs" };
export const parseArn = (arn) => {
  const [, , service, region, , rest = ""] = arn.split(":");
  if (service === "s3") return { service, region: "", kind: "bucket", name: rest };
  const [kind, ...name] = rest.split("/");
  return { service, region, kind, name: name.join("/") };
};
const hrefOf = ({ service, region, kind, name }, where) => (service === "s3" ? `#/${where}/s3/buckets/${encodeURIComponent(name)}` : KIND_PLACES[kind] ? `#/${region}/sagemaker/${KIND_PLACES[kind]}/${encodeURIComponent(name)}` : null);
const resourceLink = (arn, where) => { const it = parseArn(arn), href = hrefOf(it, where); return href ? h("a", { href }, it.name) : code(arn); };
const KIND_WORDS = { bucket: "bucket", "training-job": "training job", "transform-job": "transform job", endpoint: "endpoint", "notebook-instance": "notebook instance", "labeling-job": "labelling job" };

// "USE1-Train:ml.m5.large" in words.
const USES = { Train: "training", SpotTrain: "training on spot", Tsform: "batch transform", Host: "endpoint", Notebk: "notebook", Process: "processing" };
const usageWords = (usage) => {
  const type = usage.replace(/^[A-Z0-9]+-/, ""), [use, machine] = type.split(":");
  if (USES[use]) return `${machine}, ${USES[use]}`;
  return { "TimedStorage-ByteHrs": "storage", LabeledObject: "labels by people", AutoLabeledObject: "labels by the model" }[type] || type;
};
const quantityWords = (usage, n) => (/:ml\./.test(usage) ? (n < 1 ? `${Math.max(1, Math.round(n * 3600)).toLocaleString("en")} s` : `${n.toFixed(2)} h`) : /TimedStorage/.test(usage) ? `${n < 0.001 ? "under 0.001" : n.toFixed(3)} GB-months` : count(n, "object"));

// ---- the bill

const table = (title, columns, rows) => rowsTable({ title, columns, rows, bare: true, kind: (row) => row.kind });

const byService = (rows, total) => {
  const services = new Map();
  for (const { keys: [service, usage], dollars, quantity } of rows) {
    if (!services.has(service)) services.set(service, { dollars: 0, usages: [] });
    services.get(service).dollars += dollars;
    services.get(service).usages.push({ usage, dollars, quantity });
  }
  return [...services].sort((a, b) => b[1].dollars - a[1].dollars).flatMap(([service, { dollars, usages }]) => [
    { kind: "sum", name: service, dollars },
    ...usages.sort((a, b) => b.dollars - a.dollars).map((row) => ({ kind: "under", name: usageWords(row.usage).replaceAll("-", "\u2011"), used: quantityWords(row.usage, row.quantity), dollars: row.dollars })),
  ]).concat({ kind: "sum", name: "Together", dollars: total });
};

const bill = (ctx) => {
  const month = months().find((one) => day(one) === ctx.query.month) || thisMonth(), current = day(month) === day(thisMonth());
  const until = next(month), today = plus(new Date(), 1);
  const pick = h("select", { "aria-label": "Month", onchange: (event) => { location.hash = to("billing", "bill", { month: event.target.value }); } }, months().map((one) => h("option", { value: day(one), selected: day(one) === day(month) || null }, monthName(one))));
  return [
    head("Bill", { summary: "All regions together, as AWS bills. " + PRACTICE, actions: [pick] }),
    section({
      services: ["*"],
      load: async (signal) => {
        const [services, resources, days] = await Promise.all([
          cost(day(month), day(until), "MONTHLY", ["SERVICE", "USAGE_TYPE"], { signal }), cost(day(month), day(until), "MONTHLY", ["RESOURCE_ID", "REGION"], { signal }), cost(day(month), day(until < today ? until : today), "DAILY", null, { signal })]);
        return { services: rowsOf(services), resources: rowsOf(resources), days: days.ResultsByTime.map((one) => [one.TimePeriod.Start, amount(one.Total)]) };
      },
      poll: () => (current ? 4000 : 0),
      draw: ({ services, resources, days }) => {
        const total = services.reduce((sum, row) => sum + row.dollars, 0);
        if (!services.length) return empty(`Nothing in ${monthName(month)}`, h("p", {}, "Nothing that costs has run. A training job for a minute is a fraction of a cent; an endpoint for a month is the price of a good dinner, or of a holiday."));
        const gone = days.length, length = Math.round((until - month) / 86400000);
        return [
          h("dl", { class: "sums" }, h("div", {}, h("dt", {}, current ? "So far this month" : monthName(month)), h("dd", {}, money(total))), current && h("div", {}, h("dt", {}, "At this pace, by the end of it"), h("dd", {}, money(total / gone * length))), h("div", {}, h("dt", {}, "Things that cost"), h("dd", {}, String(resources.length)))),
          bars({ title: `What each day of ${monthName(month)} has cost`, x: "day", y: "dollars", places: length, rows: days.map(([date, dollars]) => ({ name: String(Number(date.slice(8))), value: dollars, title: `${date}: ${money(dollars)}` })) }),
          h("div", { class: "grid" },
            card("By service", table("By service", [{ title: "Service", cell: (row) => row.name }, { title: "Used", right: true, cell: (row) => row.used }, { title: "Dollars", right: true, cell: (row) => money(row.dollars) }], byService(services, total))),
            card("By resource", table("By resource", [
              { title: "Resource", cell: ({ keys: [arn, region] }) => [resourceLink(arn, region), " ", h("span", { class: "quiet-text" }, KIND_WORDS[parseArn(arn).kind] || "")] },
              { title: "Region", cell: ({ keys }) => keys[1] },
              { title: "Dollars", right: true, cell: (row) => money(row.dollars) },
            ], resources.sort((a, b) => b.dollars - a.dollars).slice(0, 100)), resources.length > 100 && h("p", { class: "hint" }, `The dearest 100 of ${count(resources.length, "resource")}.`))),
          h("p", { class: "quiet-text" }, "Machines are counted by the second while they are held, storage by the minute, labels one by one. Requests to S3 and lines of logs are not counted here; on AWS they cost a little too."),
        ];
      },
    }),
  ];
};

// ---- what still costs

const ENDS = {
  endpoint: { describe: "DescribeEndpoint", name: "EndpointName", status: "EndpointStatus", runs: (word) => !["Deleting"].includes(word), end: (region, name) => json("sagemaker", "DeleteEndpoint", { EndpointName: name }, { region }), verb: "deleted", use: "Host" },
  "notebook-instance": { describe: "DescribeNotebookInstance", name: "NotebookInstanceName", status: "NotebookInstanceStatus", runs: (word) => ["InService", "Pending", "Updating"].includes(word), end: (region, name) => json("sagemaker", "StopNotebookInstance", { NotebookInstanceName: name }, { region }), verb: "stopped; its disk and files stay", use: "Notebk" },
  "training-job": { describe: "DescribeTrainingJob", name: "TrainingJobName", status: "TrainingJobStatus", runs: (word) => word === "InProgress", end: (region, name) => json("sagemaker", "StopTrainingJob", { TrainingJobName: name }, { region }), verb: "stopped", use: "Train" },
  "transform-job": { describe: "DescribeTransformJob", name: "TransformJobName", status: "TransformJobStatus", runs: (word) => word === "InProgress", end: (region, name) => json("sagemaker", "StopTransformJob", { TransformJobName: name }, { region }), verb: "stopped", use: "Tsform" },
};

// A training job that a search has begun: who ends it alone gets the next one.
const TUNER = { end: (region, name) => json("sagemaker", "StopHyperParameterTuningJob", { HyperParameterTuningJobName: name }, { region }), verb: "stopped, and its search with it" };
const tunerOf = (got) => (got.TuningJobArn ? parseArn(got.TuningJobArn).name : null);
const endOf = (row) => (row.tuner ? { ...TUNER, name: row.tuner } : { ...ENDS[row.kind], name: row.name });

// What has cost yesterday or today and still runs; each is asked how it is.
export const stillRunning = async (signal) => {
  const now = new Date(), rows = rowsOf(await cost(day(plus(now, -1)), day(plus(now, 1)), "MONTHLY", ["RESOURCE_ID", "USAGE_TYPE"], { signal }));
  const found = new Map();
  for (const { keys: [arn, usage], dollars } of rows) {
    const it = parseArn(arn), machine = /:(ml\..+)$/.exec(usage)?.[1];
    if (!ENDS[it.kind] || !machine) continue;
    const known = found.get(arn) || { arn, ...it, machine, dollars: 0 };
    known.dollars += dollars;
    found.set(arn, known);
  }
  const asked = await Promise.all([...found.values()].map(async (it) => {
    const kind = ENDS[it.kind];
    const got = await json("sagemaker", kind.describe, { [kind.name]: it.name }, { region: it.region, signal }).catch((error) => { if (error.missing || error.status === 400) return null; throw error; });
    if (!got || !kind.runs(got[kind.status])) return null;
    const price = await hourly(it.region, it.machine, kind.use).catch(() => null);
    return { ...it, status: got[kind.status], since: got.CreationTime, hour: price, tuner: tunerOf(got) };
  }));
  return asked.filter(Boolean);
};

const cleanUp = async (rows) => {
  if (!await confirm(`End ${count(rows.length, "thing")} that still cost${rows.length === 1 ? "s" : ""}?`, { follows: rows.map((row) => `${row.name} (${KIND_WORDS[row.kind]}, ${row.region}) is ${endOf(row).verb}`), verb: "End them" })) return;
  const ends = [...new Map(rows.map((row) => [JSON.stringify([row.region, row.tuner || row.name, row.kind]), row])).values()];
  const results = await Promise.allSettled(ends.map((row) => { const { end, name } = endOf(row); return end(row.region, name); }));
  const failed = results.filter((result) => result.status === "rejected");
  if (failed.length) say(`${failed.length} of ${ends.length} could not be ended: ${failed[0].reason.message}`, "bad");
  else say(`${count(rows.length, "thing")} ended.`);
};

const running = () => [
  head("What still costs", { summary: "Machines that run now, in all regions. Read it before you leave for the day." }),
  section({
    services: ["*"], load: stillRunning, poll: () => 4000,
    draw: (rows) => (rows.length ? [
      h("dl", { class: "sums" }, h("div", {}, h("dt", {}, "An hour"), h("dd", {}, money(rows.reduce((sum, row) => sum + (row.hour || 0), 0)))), h("div", {}, h("dt", {}, "A month like this"), h("dd", {}, money(rows.reduce((sum, row) => sum + (row.hour || 0), 0) * 720)))),
      card("", table("What still costs", [
        { title: "What", cell: (row) => [resourceLink(row.arn), " ", h("span", { class: "quiet-text" }, `${KIND_WORDS[row.kind]}, ${row.machine}`)] },
        { title: "Where", cell: (row) => row.region },
        { title: "Status", cell: (row) => status(row.status) },
        { title: "An hour", right: true, cell: (row) => (row.hour ? `$${row.hour.toFixed(3)}` : "") },
        { title: "Since yesterday", right: true, cell: (row) => money(row.dollars) },
      ], rows)),
      h("p", { class: "row" }, button(`Clean up: end ${rows.length === 1 ? "it" : "them all"}`, () => cleanUp(rows), { class: "primary" }), h("span", { class: "quiet-text" }, "Your data, models and notebooks\u2019 files stay.")),
    ] : empty("Nothing runs", h("p", {}, "No machine is held in any region. What lies in S3 costs a little each month; see the ", link("bill", "billing", "bill"), "."))),
  }),
];

// ---- budgets

const budgets = (operation, body = {}, options) => json("budgets", operation, { AccountId: identity.account, ...body }, options);

// [{name, limit, spent, warnAt, over}]
export const budgetStates = async (signal) => Promise.all(((await budgets("DescribeBudgets", {}, { signal })).Budgets || []).map(async (budget) => {
  const limit = Number(budget.BudgetLimit.Amount), spent = Number(budget.CalculatedSpend.ActualSpend.Amount);
  const notes = (await budgets("DescribeNotificationsForBudget", { BudgetName: budget.BudgetName }, { signal })).Notifications || [];
  const warnAt = Math.min(100, ...notes.filter((one) => one.NotificationType === "ACTUAL").map((one) => one.Threshold));
  return { name: budget.BudgetName, limit, spent, warnAt, unit: budget.TimeUnit, over: spent >= limit * warnAt / 100 };
}));

const UNITS = { DAILY: "a day", MONTHLY: "a month", QUARTERLY: "a quarter", ANNUALLY: "a year" };
const edit = (old) => form(old ? `Change ${old.name}` : "Set a budget", [
  ...(old ? [] : [{ name: "name", label: "Name", value: "learning", required: true, check: (text) => (/^[^:\\]{1,100}$/.test(text) ? "" : "Up to 100 characters, without : and \\.") }]),
  { name: "limit", label: "How many dollars may it be?", kind: "number", min: 0, step: "any", value: old?.limit ?? 20, required: true, check: (text) => (Number(text) > 0 ? "" : "More than 0.") },
  { name: "unit", label: "In which time?", kind: "select", value: old?.unit || "MONTHLY", options: Object.entries(UNITS).map(([value, label]) => ({ value, label })) },
  ...(old ? [] : [{ name: "warn", label: "Warn at which percent of it?", kind: "number", min: 1, max: 100, step: 1, value: 80, check: (text) => (Number(text) >= 1 && Number(text) <= 100 ? "" : "1 to 100.") }]),
], async ({ name, limit, unit, warn }) => {
  const budget = { BudgetName: old?.name || name, BudgetLimit: { Amount: String(Number(limit)), Unit: "USD" }, TimeUnit: unit, BudgetType: "COST" };
  await (old ? budgets("UpdateBudget", { NewBudget: budget }) : budgets("CreateBudget", { Budget: budget, NotificationsWithSubscribers: [{ Notification: { NotificationType: "ACTUAL", ComparisonOperator: "GREATER_THAN", Threshold: Number(warn), ThresholdType: "PERCENTAGE" }, Subscribers: [{ SubscriptionType: "EMAIL", Address: "learner@example.com" }] }] }));
  return true;
}, { verb: old ? "Save" : "Set budget", intro: "A budget does not stop anything: it warns. Here the warning is a line below the bar; on AWS it is an e-mail." }).then((done) => { if (done) say("The budget is set."); });

const budgetView = () => [
  head("Budgets", { summary: "Set one before you start anything. It is the first thing to do in a real account, too.", actions: [button("Set a budget", () => edit(), { class: "primary" })] }),
  section({
    services: ["*"], load: budgetStates, poll: () => 5000,
    draw: (rows) => (rows.length ? rows.map((row) => h("section", { class: `sheet budget ${row.over ? "over" : ""}` }, h("h2", { class: "sheet-title" }, row.name),
      h("p", {}, h("strong", {}, money(row.spent)), ` of ${money(row.limit)} ${UNITS[row.unit]}; it warns at ${row.warnAt} %`),
      h("meter", { min: 0, max: row.limit, high: row.limit * row.warnAt / 100, value: Math.min(row.spent, row.limit), "aria-label": `Spent of ${row.name}` }),
      row.over && h("p", { class: "over-words" }, row.spent >= row.limit ? "It is used up." : "It is nearly used up.", " ", link("What still costs?", "billing", "running")),
      h("p", { class: "row" }, button("Change", () => edit(row)), button("Delete", async () => { if (await confirm(`Delete the budget ${row.name}?`, { follows: ["Nothing warns you from then on"] })) await attempt(() => budgets("DeleteBudget", { BudgetName: row.name }), "Deleted."); }, { class: "danger" }))))
      : empty("No budget", h("p", {}, "Nothing would warn you."), h("p", {}, button("Set a budget", () => edit(), { class: "primary" })))),
  }),
];

// ---- prices

const prices = (ctx) => [
  head("Practice prices", { summary: `${PRACTICE} For ${regionTitle(ctx.region)}; other regions differ a little.` }),
  listing({
    title: "Prices", memory: ctx.memory, filter: "A machine or a use, such as m5.large training",
    load: whole(async () => (await Promise.all(["AmazonSageMaker", "AmazonS3", "AmazonCloudWatch"].map((service) => products(service, { regionCode: ctx.region }, 1000)))).flat().map((product) => ({ ...product.product.attributes, ...dollarsOf(product), sku: product.product.sku })),
      (row) => `${row.instanceName || ""} ${row.component || ""} ${row.what}`),
    key: (row) => row.sku,
    columns: [
      { title: "What", cell: (row) => row.instanceName || row.what.replace(/^\$[\d.]+ for /, "").replace(" (a practice price)", "") },
      { title: "For", cell: (row) => row.component || "" },
      { title: "Has", cell: (row) => (row.vCpu ? `${row.vCpu} vCPU, ${row.memory}${row.gpu && row.gpu !== "N/A" ? `, ${row.gpu} GPU` : ""}` : "") },
      { title: "Dollars", right: true, cell: (row) => `$${Number(row.dollars.toPrecision(4))}` },
      { title: "Per", cell: (row) => ({ Hrs: "hour", "GB-Mo": "GB and month", Requests: "request", objects: "object", seconds: "second" }[row.unit] || row.unit) },
    ],
    nothing: () => note("", "No prices for this region", h("p", {}, "The price list has ", REGIONS[0][0], " and some others.")),
  }),
];

const VIEWS = { bill, running, budgets: budgetView, prices };
export const view = (ctx) => (VIEWS[ctx.path[0] || "bill"] || (() => empty("There is no such page")))(ctx);
