// CloudTrail: who called what, and why some of it was refused.
import { ApiError, json } from "./api.js";
import { ago, code, copyable, dialog, empty, facts, h, head, link, listing, note, principalOf, section, status, to, button } from "./ui.js";

const record = (event) => {
  const details = JSON.parse(event.CloudTrailEvent);
  return { id: event.EventId, name: event.EventName, at: event.EventTime, user: event.Username, source: event.EventSource.replace(".amazonaws.com", ""), reads: event.ReadOnly === "true", resource: event.Resources[0]?.ResourceName, error: details.errorCode, message: details.errorMessage, why: details.practiceWhy, who: details.userIdentity?.arn, key: details.userIdentity?.accessKeyId, region: details.awsRegion };
};

const lookup = (region, token, attribute) => json("cloudtrail", "LookupEvents", {
  MaxResults: 50, ...(token ? { NextToken: token } : {}), ...(attribute ? { LookupAttributes: [attribute] } : {}),
}, { region });

// AWS's CloudTrail cannot be asked for refusals; the practice cloud's can.
const refusalsOf = async (region) => (await lookup(region, null, { AttributeKey: "PracticeErrorCode", AttributeValue: "AccessDenied" })).Events.map(record).filter((event) => event.message);

// The region's and, because IAM and STS are there, those of us-east-1.
export const latestRefusals = async (region, most) => (await Promise.all([...new Set([region, "us-east-1"])].map(refusalsOf))).flat().sort((a, b) => b.at - a.at).slice(0, most);

const showOne = (event) => dialog(event.name, (close) => [
  facts({ Service: event.source, Region: event.region, When: ago(event.at), "Who called": event.who ? code(event.who) : "Nobody: it was not signed", "Access key": event.key && code(event.key), Resource: event.resource && code(event.resource), Answer: event.error || "Success" }),
  event.message && note(event.error && /Denied/.test(event.error) ? "warning" : "", "What was answered", h("p", {}, event.message)),
  h("p", { class: "ask-bar" }, button("Close", () => close())),
], { wide: true });

const events = (ctx) => {
  const everything = ctx.query.show === "all";
  return [
    head("Latest calls", { summary: `What was asked of the services in ${ctx.region}, by whom, and what they answered. IAM and STS belong to the world; their calls are listed in us-east-1.` }),
    h("p", { class: "row" }, h("a", { class: "button", href: to("trail", "events", everything ? {} : { show: "all" }) }, everything ? "Only calls that change something" : "Also calls that only look")),
    listing({
      title: "Latest calls", services: ["*"], memory: ctx.memory,
      load: async ({ token }) => { const got = await lookup(ctx.region, token, everything ? null : { AttributeKey: "ReadOnly", AttributeValue: "false" }); return { rows: got.Events.map(record), next: got.NextToken }; },
      key: (event) => event.id,
      columns: [
        { title: "Call", cell: (event) => button(event.name, () => showOne(event), { class: "link", "data-key": event.id }) },
        { title: "Service", cell: (event) => event.source },
        { title: "Who", cell: (event) => event.user || "nobody" },
        { title: "On", cell: (event) => (event.resource ? h("span", { class: "clip", title: event.resource }, event.resource) : "") },
        { title: "Answer", cell: (event) => (event.error ? h("span", { class: "status bad" }, event.error) : status("Success")) },
        { title: "When", cell: (event) => ago(event.at) },
      ],
      nothing: () => empty("No call yet", h("p", {}, "Nothing has been changed in this region yet.")),
    }),
  ];
};

// One refusal: in plain words, and the statement that would have allowed it.
const explain = (event) => {
  const error = new ApiError(event.error, event.message);
  const denied = /explicit deny/.test(error.because || "");
  const statement = JSON.stringify({ Effect: "Allow", Action: error.action, Resource: error.resource || "*" }, null, 2);
  return h("article", { class: "sheet refusal" },
    h("h2", { class: "sheet-title" }, code(error.action || event.name), " ", h("span", { class: "quiet-text" }, ago(event.at))),
    error.action ? [
      facts({ "Who asked": code(error.who), "On which": code(error.resource || "*"), "Why not": error.because ? error.because.replace(/^because n/, "N").replace(/^with/, "With") : "Nothing allows it." }),
      denied ? h("p", {}, "A statement denies it. No Allow elsewhere can help: the Deny must go, or no longer match.")
        : h("details", {}, h("summary", {}, "A statement that would allow it"), h("pre", { class: "code-block", tabindex: "0" }, statement), copyable(statement.replace(/\s+/g, " "))),
      h("p", { class: "row" }, h("a", { class: "button", href: to("iam", "simulator", { who: principalOf(error.who), action: error.action, resource: error.resource || "*" }) }, "Ask the simulator"), principalLink(error.who)),
    ] : [facts({ "Who asked": event.who ? code(event.who) : "Nobody: it was not signed", "On which": event.resource && code(event.resource) }), h("p", {}, event.why || event.message)]);
};

const principalLink = (arn) => {
  const [, kind, name] = /:(role|user)\/(?:.*\/)?([^/]+)$/.exec(principalOf(arn)) || [];
  return kind ? link(`Policies of ${name}`, "iam", `${kind}s`, name) : null;
};

const refusals = (ctx) => [
  head("Refusals", { summary: "What was refused lately, in this region and in us-east-1, where IAM and STS are: who wanted to do what, on which, and what was missing." }),
  section({
    services: ["*"], refusals: true, poll: () => 2000,
    load: () => latestRefusals(ctx.region, 20),
    draw: (rows) => (rows.length ? rows.map(explain) : empty("Nothing was refused", h("p", {}, "When IAM says no to anybody, it is explained here."), h("p", {}, link("Try the simulator", "iam", "simulator")))),
  }),
];

export const view = (ctx) => (ctx.path[0] === "refusals" ? refusals(ctx) : events(ctx));
