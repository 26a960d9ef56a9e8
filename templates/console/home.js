// The first page, and the list of all services.
import { json, list, s3 } from "./api.js";
import { ago, card, code, h, head, link, money, section, to } from "./ui.js";
import { groups, PAGES, regionTitle, titleOf } from "./services.js";

const WHAT = {
  s3: "Files in buckets", iam: "Who may do what", sagemaker: "Label, train, tune, serve", logs: "What jobs print", quotas: "How much you may use", billing: "What it costs", trail: "Who called what",
};

const visited = (ctx) => {
  const rows = ctx.visited.filter(({ service }) => PAGES[service]);
  const first = ["sagemaker", "s3", "iam", "billing"].filter((service) => PAGES[service]);
  const shown = rows.length ? rows.map(({ service }) => service) : first;
  return card("Recently visited", !rows.length && h("p", { class: "quiet-text" }, "It fills itself with the services you use. Begin with one of these."),
    h("ul", { class: "tiles" }, shown.map((service) => h("li", {}, h("a", { class: "tile", href: to(service) }, h("strong", {}, titleOf(service)), h("span", {}, WHAT[service] || ""))))));
};

// One number each; a refused or unknown list says so and no more.
const COUNTS = [
  ["Buckets", ["s3", "buckets"], async (region) => list((await (await s3("GET", null, null, { query: { "bucket-region": region, "max-buckets": "1000" } })).xml()).Buckets?.Bucket).length],
  ["Training jobs", ["sagemaker", "training-jobs"], async () => (await json("sagemaker", "ListTrainingJobs", { MaxResults: 100 })).TrainingJobSummaries.length],
  ["Models", ["sagemaker", "models"], async () => (await json("sagemaker", "ListModels", { MaxResults: 100 })).Models.length],
  ["Endpoints", ["sagemaker", "endpoints"], async () => (await json("sagemaker", "ListEndpoints", { MaxResults: 100 })).Endpoints.length],
  ["Notebook instances", ["sagemaker", "notebook-instances"], async () => (await json("sagemaker", "ListNotebookInstances", { MaxResults: 100 })).NotebookInstances.length],
];

const counts = (ctx) => {
  const place = section({
    services: ["s3", "sagemaker"],
    load: async () => Promise.all(COUNTS.filter(([, [service]]) => PAGES[service]).map(async ([title, at, ask]) => ({ title, at, n: await ask(ctx.region).catch((error) => (error.refused ? "not allowed" : error.code === "NoAnswer" ? Promise.reject(error) : "")) }))),
    draw: (rows) => h("dl", { class: "counts" }, rows.filter((row) => row.n !== "").map(({ title, at, n }) => h("div", {}, h("dt", {}, link(title, ...at)), h("dd", {}, n === 100 ? "100+" : String(n))))),
  });
  return card(`In ${regionTitle(ctx.region)}`, place);
};

// In a card of the first page a refusal is one line.
const refusedHere = (error) => { if (error.refused) return { refused: error.action || error.code }; throw error; };
const notAllowed = (action) => h("p", { class: "quiet-text" }, "You may not see this: ", code(action), " is missing.");

const refusals = (ctx) => card("Latest refusals", section({
  services: ["*"], refusals: true, poll: () => 3000,
  load: () => import("./trail.js").then((trail) => trail.latestRefusals(ctx.region, 3)).catch(refusedHere),
  draw: (rows) => (rows.refused ? notAllowed(rows.refused) : rows.length ? [h("ul", { class: "plain" }, rows.map((row) => h("li", {}, code(row.name), " ", h("span", { class: "quiet-text" }, "by ", row.user || "nobody", ", ", ago(row.at))))), h("p", {}, link("Why they were refused", "trail", "refusals"))]
    : h("p", { class: "quiet-text" }, "None. When something is refused, it is listed here, with the statement that was missing.")),
}));

// What runs now, and what the month has cost so far.
const spending = () => card("Practice money", section({
  services: ["sagemaker", "budgets"],
  load: (signal) => (async () => {
    const now = new Date(), from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)).toISOString().slice(0, 10), until = new Date(now.getTime() + 86400000).toISOString().slice(0, 10);
    const [bill, running] = await Promise.all([json("ce", "GetCostAndUsage", { TimePeriod: { Start: from, End: until }, Granularity: "MONTHLY", Metrics: ["UnblendedCost"] }, { signal }), import("./billing.js").then((billing) => billing.stillRunning(signal))]);
    return { dollars: bill.ResultsByTime.reduce((sum, one) => sum + Number(one.Total.UnblendedCost.Amount), 0).toFixed(4), running: running.map((row) => row.name) };
  })().catch(refusedHere),
  draw: ({ refused, dollars, running }) => (refused ? notAllowed(refused) : h("dl", { class: "counts" }, h("div", {}, h("dt", {}, link("This month", "billing")), h("dd", {}, money(dollars))), h("div", {}, h("dt", {}, link("Still costs", "billing", "running")), h("dd", {}, running.length ? `${running.slice(0, 2).join(", ")}${running.length > 2 ? ` and ${running.length - 2} more` : ""}` : "nothing")))),
}));

const start = (ctx) => [
  head("Home", { summary: `AWS\u2019s ideas, on this computer. You see ${regionTitle(ctx.region)} (${ctx.region}); most pages show one region at a time.` }),
  visited(ctx), h("div", { class: "grid four" }, counts(ctx), spending(), refusals(ctx)),
];

const all = async (ctx) => {
  const every = await groups();
  const wanted = (ctx.query.find || "").toLowerCase();
  const here = every.flatMap((group) => group.services).filter((service) => service.here).length;
  const total = every.reduce((n, group) => n + group.services.length, 0);
  return [
    head("All services", { summary: `${total} of AWS\u2019s services, by what they are for; AWS has still more, and new ones every year. The practice cloud has ${here} of them. The others are listed so that you have heard of them.` }),
    h("div", { class: "groups" }, every.map((group) => h("section", {}, h("h2", {}, group.title), h("ul", { class: "service-list" }, group.services.map((service) => h("li", { class: service.here ? "is-here" : null, "data-found": service.name.toLowerCase() === wanted ? "true" : null },
      service.page ? h("a", { href: to(...service.page.split("/")) }, service.name) : h("strong", {}, service.name), !service.here && h("span", { class: "not-here" }, "not here"), h("span", { class: "what" }, service.what))))))),
  ];
};

export const view = (ctx) => (ctx.service === "services" ? all(ctx) : start(ctx));
