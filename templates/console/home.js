// The first page, and the list of all services.
import { json, list, s3 } from "./api.js";
import { ago, card, code, h, head, link, section, to } from "./ui.js";
import { latestRefusals } from "./trail.js";
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

const refusals = (ctx) => card("Latest refusals", section({
  services: ["*"], refusals: true,
  load: () => latestRefusals(ctx.region, 3),
  draw: (rows) => (rows.length ? [h("ul", { class: "plain" }, rows.map((row) => h("li", {}, code(row.name), " ", h("span", { class: "quiet-text" }, "by ", row.user || "nobody", ", ", ago(row.at))))), h("p", {}, link("Why they were refused", "trail", "refusals"))]
    : h("p", { class: "quiet-text" }, "None. When something is refused, it is listed here, with the statement that was missing.")),
}));

const start = (ctx) => [
  head("Home", { summary: `AWS\u2019s ideas, on this computer. You see ${regionTitle(ctx.region)} (${ctx.region}); most pages show one region at a time.` }),
  h("div", { class: "grid" }, visited(ctx), counts(ctx), refusals(ctx)),
];

const all = (ctx) => {
  const wanted = (ctx.query.find || "").toLowerCase();
  const here = groups.flatMap((group) => group.services).filter((service) => service.here).length;
  const total = groups.reduce((n, group) => n + group.services.length, 0);
  return [
    head("All services", { summary: `${total} of AWS\u2019s more than 200 services, by what they are for. The practice cloud has ${here} of them; the others are here so that you have heard of them.` }),
    h("div", { class: "groups" }, groups.map((group) => h("section", {}, h("h2", {}, group.title), h("ul", { class: "service-list" }, group.services.map((service) => h("li", { class: service.here ? "is-here" : null, "data-found": service.name.toLowerCase() === wanted ? "true" : null },
      service.page ? h("a", { href: to(...service.page.split("/")) }, service.name) : h("strong", {}, service.name), !service.here && h("span", { class: "not-here" }, "not here"), h("span", { class: "what" }, service.what))))))),
  ];
};

export const view = (ctx) => (ctx.service === "services" ? all(ctx) : start(ctx));
