// An endpoint: what runs behind it, what it costs while it runs, and a try.
import { button, card, clock, copyable, facts, failure, h, head, keyed, link, note, section, status } from "./ui.js";
import { KINDS, buttons, gone, isOpen, raw, sm, tagsCard } from "./sagemaker.js";
import { invoke } from "./api.js";
import { jobLogs } from "./logs.js";
import { hourly } from "./prices.js";

const k = KINDS.endpoints;

const tryIt = (name) => {
  const input = h("textarea", { class: "field code-field", rows: 4, id: "try-body", spellcheck: "false", "aria-describedby": "try-hint" }), out = h("div", { role: "status" });
  const ask = async () => {
    out.replaceChildren();
    const before = performance.now();
    try {
      const answer = await invoke(name, input.value.trim() + "\n", "text/csv");
      out.replaceChildren(h("p", { class: "quiet-text" }, `Answered in ${Math.round(performance.now() - before)} ms`), h("pre", { class: "code-block", tabindex: "0", "aria-label": "Answer" }, answer));
    } catch (error) { out.replaceChildren(failure(error)); }
  };
  return card("Ask it", h("div", { class: "form-row" }, h("label", { for: "try-body" }, "Rows as CSV, without the label"), input, h("p", { class: "hint", id: "try-hint" }, "One row a line, columns in the order of the training data.")), h("p", {}, button("Ask", ask, { class: "primary" })), out);
};

export const view = (ctx, name) => {
  const actions = h("div", { class: "row" }), below = h("div", {});
  let ready = "";
  return [
    head(name, { over: [link(k.title, "sagemaker", "endpoints")], actions: [actions] }),
    section({
      services: ["sagemaker"], missing: gone(ctx, "endpoints", name),
      load: async (signal) => {
        const about = await sm(k.describe, { EndpointName: name }, { signal });
        const config = await sm("DescribeEndpointConfig", { EndpointConfigName: about.EndpointConfigName }, { signal }).catch(() => ({ ProductionVariants: [] }));
        const prices = await Promise.all(config.ProductionVariants.map((variant) => hourly(ctx.region, variant.InstanceType, "Host").catch(() => null)));
        return { about, config, prices };
      },
      poll: (got) => (isOpen(got.about.EndpointStatus) ? 800 : 0),
      draw: ({ about, config, prices }) => {
        keyed(actions, about.EndpointStatus, () => buttons("endpoints", name, about.EndpointStatus));
        if (ready !== about.EndpointStatus) { ready = about.EndpointStatus; below.replaceChildren(...(ready === "InService" ? [tryIt(name)] : []), card("Log", jobLogs({ group: `/aws/sagemaker/Endpoints/${name}`, live: () => ready !== "Failed" })), tagsCard(about.EndpointArn)); }
        const rate = config.ProductionVariants.reduce((sum, variant, i) => sum + (prices[i] || 0) * (variant.InitialInstanceCount || 1), 0);
        return [
          h("p", {}, status(about.EndpointStatus)), about.FailureReason && note("warning", "It failed", h("p", {}, about.FailureReason)),
          about.EndpointStatus === "InService" && rate > 0 && note("cost", "It costs while it is there", h("p", {}, `$${rate.toFixed(3)} an hour, $${(rate * 24 * 30).toFixed(2)} a month, asked or not: practice prices. Delete it when you are done.`)),
          card("", facts({ ARN: copyable(about.EndpointArn), Configuration: about.EndpointConfigName, Created: clock(about.CreationTime), Changed: clock(about.LastModifiedTime) })),
          config.ProductionVariants.length > 0 && card("What runs behind it", h("ul", { class: "plain" }, config.ProductionVariants.map((variant) => h("li", {}, h("strong", {}, variant.VariantName), ": ", variant.ServerlessConfig ? "serverless" : `${variant.InitialInstanceCount} \u00d7 ${variant.InstanceType}`, ", model ", link(variant.ModelName, "sagemaker", "models", variant.ModelName))))),
          raw(about),
        ];
      },
    }),
    below,
  ];
};

