// Service Quotas: how many machines of a type may run at once, and asking for more.
import { all, json } from "./api.js";
import { ago, button, code, empty, form, h, head, link, listing, note, say, status, whole } from "./ui.js";

const quotas = (operation, body, options) => json("servicequotas", operation, { ServiceCode: "sagemaker", ...body }, options);

const ask = (quota) => form(`Ask for more: ${quota.QuotaName}`, [{ name: "wanted", label: "How many do you need?", kind: "number", value: quota.Value + 1, min: quota.Value + 1, step: 1, required: true, check: (text) => (Number(text) > quota.Value ? "" : `You have ${quota.Value} already.`), hint: "Ask for what the next weeks need. Small requests are granted within the hour; large ones are looked at by people, and may be refused." }],
  async ({ wanted }) => { await quotas("RequestServiceQuotaIncrease", { QuotaCode: quota.QuotaCode, DesiredValue: Number(wanted) }); return wanted; }, { verb: "Send request", intro: `You may run ${quota.Value} at once in this region now.` })
  .then((wanted) => { if (wanted) say("The request is sent. It stands under Requests."); });

const USES = ["training job", "spot training job", "endpoint", "notebook instance", "transform job", "processing job"];

const list = (ctx) => [
  head("SageMaker\u2019s quotas", { summary: `How many machines of each type you may run at once in ${ctx.region}. A new account has few, so that a stolen key cannot buy a thousand. ResourceLimitExceeded in an error means: look here.` }),
  note("", "How to ask for more", h("p", {}, "Find the quota with the use in its name (", USES.map((use, i) => [i ? ", " : "", use]), "), press Ask, say how many. Each use and each region has a quota of its own.")),
  listing({
    title: "Quotas", services: ["servicequotas"], memory: ctx.memory, filter: "A machine or a use, such as m5.large for training",
    load: whole((signal) => all("servicequotas", "ListServiceQuotas", "Quotas", { ServiceCode: "sagemaker", MaxResults: 100 }, { signal }), (row) => row.QuotaName),
    key: (row) => row.QuotaCode,
    columns: [
      { title: "Quota", cell: (row) => row.QuotaName },
      { title: "At once", right: true, cell: (row) => String(row.Value) },
      { title: "Code", cell: (row) => code(row.QuotaCode) },
      { title: "", right: true, cell: (row) => row.Adjustable && button("Ask", () => ask(row), { class: "quiet", "aria-label": `Ask for more ${row.QuotaName}`, "data-key": row.QuotaCode }) },
    ],
  }),
];

const requests = (ctx) => [
  head("Requests", { summary: "What you have asked for in this region, and what became of it." }),
  listing({
    title: "Requests", services: ["servicequotas"], memory: ctx.memory,
    load: whole((signal) => all("servicequotas", "ListRequestedServiceQuotaChangeHistory", "RequestedQuotas", { ServiceCode: "sagemaker", MaxResults: 100 }, { signal }), (row) => row.QuotaName),
    poll: (got) => (got.rows.some((row) => ["PENDING", "CASE_OPENED"].includes(row.Status)) ? 2000 : 0),
    key: (row) => row.Id,
    columns: [
      { title: "Quota", cell: (row) => row.QuotaName },
      { title: "Asked for", right: true, cell: (row) => String(row.DesiredValue) },
      { title: "Status", cell: (row) => status(row.Status) },
      { title: "Asked", cell: (row) => ago(row.Created) },
    ],
    nothing: () => empty("Nothing asked for", h("p", {}, link("SageMaker\u2019s quotas", "quotas", "sagemaker"))),
  }),
];

export const view = (ctx) => (ctx.path[0] === "requests" ? requests(ctx) : list(ctx));
