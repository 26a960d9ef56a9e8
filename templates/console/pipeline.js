// A pipeline: its steps drawn as the graph they are, with the states of an execution
// in it, and its executions.
import { ago, attempt, button, card, clock, confirm, copyable, duration, empty, facts, form, h, head, keyed, link, listing, note, rowsTable, s, section, status, to, unique } from "./ui.js";
import { KINDS, gone, isOpen, raw, remove, roleLink, sm, tagsCard } from "./sagemaker.js";

// ---- from a definition to a graph

// Names of steps that a value refers to: {"Get": "Steps.Train.ModelArtifacts..."}.
const refers = (value, found = new Set()) => {
  if (Array.isArray(value)) value.forEach((item) => refers(item, found));
  else if (value && typeof value === "object") {
    const [, name] = /^Steps\.([^.[]+)/.exec(value.Get || "") || [];
    if (name) found.add(name);
    Object.values(value).forEach((item) => refers(item, found));
  }
  return found;
};

// [{name, type, needs: [name], branch: {of, yes}}], those within conditions included.
export const stepsOf = (definition) => {
  const steps = [];
  const add = (list, branch) => {
    for (const step of list || []) {
      const { IfSteps, ElseSteps, ...own } = step.Type === "Condition" ? step.Arguments || {} : {};
      const needs = refers(step.Type === "Condition" ? own : step.Arguments);
      for (const name of step.DependsOn || []) needs.add(name);
      needs.delete(step.Name);
      steps.push({ name: step.Name, type: step.Type, needs: [...needs], branch });
      add(IfSteps, { of: step.Name, yes: true });
      add(ElseSteps, { of: step.Name, yes: false });
    }
  };
  add(definition.Steps);
  return steps;
};

// Columns by the longest way to a step; in each, near what it needs.
const layout = (steps) => {
  const byName = new Map(steps.map((step) => [step.name, step]));
  // Within a branch only what begins it hangs on the condition.
  const begins = ({ needs, branch }) => branch && !needs.some((name) => { const other = byName.get(name)?.branch; return other && other.of === branch.of && other.yes === branch.yes; });
  const before = (step) => [...new Set([...step.needs, ...(begins(step) ? [step.branch.of] : [])])].filter((name) => byName.has(name));
  const column = new Map();
  const place = (step, seen = new Set()) => {
    if (column.has(step.name)) return column.get(step.name);
    if (seen.has(step.name)) return 0;
    seen.add(step.name);
    const at = Math.max(-1, ...before(step).map((name) => place(byName.get(name), seen))) + 1;
    column.set(step.name, at);
    return at;
  };
  steps.forEach((step) => place(step));
  // What a step waits for through another one is not drawn a second time.
  const waits = (step) => before(step).filter((name) => column.get(name) < column.get(step.name));
  const above = new Map();
  for (const step of [...steps].sort((a, b) => column.get(a.name) - column.get(b.name))) above.set(step.name, new Set(waits(step).flatMap((name) => [name, ...above.get(name)])));
  const edges = (step) => waits(step).filter((name) => !waits(step).some((other) => above.get(other).has(name)));
  const columns = [];
  for (const step of steps) (columns[column.get(step.name)] ||= []).push(step);
  const row = new Map();
  for (const list of columns) {
    const wish = (step) => { const rows = before(step).map((name) => row.get(name)).filter((n) => n !== undefined); return rows.length ? rows.reduce((a, b) => a + b, 0) / rows.length : 0; };
    list.sort((a, b) => wish(a) - wish(b) || (b.branch?.yes ? 1 : 0) - (a.branch?.yes ? 1 : 0));
    list.forEach((step, i) => row.set(step.name, i - (list.length - 1) / 2));
  }
  return { columns, row, column, edges };
};

const BW = 168, BH = 62, GX = 62, GY = 26;
const WORDS = { Succeeded: "\u2713", Failed: "\u2715", Executing: "\u2026", Stopped: "\u25A0" };
const cut = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}\u2026` : text);

// states: {step name: {status, href, outcome}}
export const graph = (steps, states = {}) => {
  const { columns, row, column, edges: before } = layout(steps);
  const widest = Math.max(...columns.map((list) => list.length)), down = innerWidth < 560; // on a phone from top to bottom
  const width = down ? widest * (BW + GY) - GY + 8 : columns.length * BW + (columns.length - 1) * GX + 8, height = down ? columns.length * BH + (columns.length - 1) * GX + 8 : widest * (BH + GY) - GY + 16;
  const at = (step) => (down ? { x: width / 2 - BW / 2 + row.get(step.name) * (BW + GY), y: 4 + column.get(step.name) * (BH + GX) } : { x: 4 + column.get(step.name) * (BW + GX), y: height / 2 - BH / 2 + row.get(step.name) * (BH + GY) });
  const byName = new Map(steps.map((step) => [step.name, step]));
  const edges = steps.flatMap((step) => before(step).map((name) => {
    const from = at(byName.get(name)), until = at(step), branch = step.branch?.of === name ? (step.branch.yes ? "if so" : "else") : "";
    const taken = branch && states[name]?.outcome !== undefined && states[name].outcome !== step.branch.yes ? "not-taken" : "";
    if (down) {
      const x1 = from.x + BW / 2, y1 = from.y + BH, x2 = until.x + BW / 2, y2 = until.y - 8, mid = (y1 + y2) / 2;
      return [s("path", { class: `edge ${taken}`, d: `M${x1} ${y1}C${x1} ${mid} ${x2} ${mid} ${x2} ${y2}`, "marker-end": "url(#arrow)" }), branch && s("text", { class: "edge-word", x: x2 + 8, y: y2 - 4 }, branch)];
    }
    const x1 = from.x + BW, y1 = from.y + BH / 2, x2 = until.x - 8, y2 = until.y + BH / 2, mid = (x1 + x2) / 2;
    return [s("path", { class: `edge ${taken}`, d: `M${x1} ${y1}C${mid} ${y1} ${mid} ${y2} ${x2} ${y2}`, "marker-end": "url(#arrow)" }), branch && s("text", { class: "edge-word", x: x2 - 2, y: y2 + (y2 < y1 ? -8 : 16), "text-anchor": "end" }, branch)];
  }));
  const boxes = steps.map((step) => {
    const { x, y } = at(step), state = states[step.name] || {};
    const words = `${step.name}, ${step.type}${state.status ? `, ${state.status}` : ""}`;
    const inside = [
      s("title", {}, words), s("rect", { class: "step-box", x, y, width: BW, height: BH, rx: step.type === "Condition" ? 31 : 10 }),
      s("text", { class: "step-name", x: x + BW / 2, y: y + 27, "text-anchor": "middle" }, cut(step.name, 18)),
      s("text", { class: "step-type", x: x + BW / 2, y: y + 46, "text-anchor": "middle" }, `${state.status && WORDS[state.status] ? `${WORDS[state.status]} ` : ""}${step.type}${state.outcome === undefined ? "" : state.outcome ? ": yes" : ": no"}`),
    ];
    const kind = `step ${(state.status || "waiting").toLowerCase()}`;
    return state.href ? s("a", { href: state.href, class: kind, "aria-label": words }, inside) : s("g", { class: kind }, inside);
  });
  const id = unique("graph");
  return h("div", { class: down ? "graph down" : "graph", tabindex: "0", role: "region", "aria-label": "The pipeline as a graph" },
    s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-labelledby": id }, s("title", { id }, `${steps.length} steps: ${steps.map((step) => step.name).join(", ")}`),
      s("defs", {}, s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 1, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, s("path", { class: "arrow", d: "M0 0L8 4L0 8z" }))), edges, boxes));
};

// ---- an execution

const PLACES = { TrainingJob: "training-jobs", Model: "models", TransformJob: "transform-jobs", TuningJob: "tuning-jobs" };
const hrefOf = (metadata = {}) => {
  for (const [kind, value] of Object.entries(metadata)) if (PLACES[kind] && value?.Arn) return to("sagemaker", PLACES[kind], value.Arn.split("/").pop());
  return null;
};

const stateOf = (steps) => Object.fromEntries(steps.map((step) => [step.StepName, { status: step.StepStatus, href: hrefOf(step.Metadata), outcome: step.Metadata?.Condition?.Outcome === undefined ? undefined : step.Metadata.Condition.Outcome === "True" }]));

// As they began; at the same moment, as the definition has them.
const inOrder = (steps, defined) => { const place = (step) => defined.findIndex((one) => one.name === step.StepName); return [...steps].sort((a, b) => (a.StartTime || Infinity) - (b.StartTime || Infinity) || place(a) - place(b)); };

const execution = (ctx, name, id) => {
  const arnOf = (pipeline) => `${pipeline.PipelineArn}/execution/${id}`;
  const actions = h("div", { class: "row" });
  return [
    head(id, { over: [link("Pipelines", "sagemaker", "pipelines"), link(name, "sagemaker", "pipelines", name)], actions: [actions] }),
    section({
      services: ["sagemaker"],
      load: async (signal) => {
        const arn = arnOf(await sm("DescribePipeline", { PipelineName: name }, { signal }));
        const [about, definition, steps, parameters] = await Promise.all([sm("DescribePipelineExecution", { PipelineExecutionArn: arn }, { signal }), sm("DescribePipelineDefinitionForExecution", { PipelineExecutionArn: arn }, { signal }), sm("ListPipelineExecutionSteps", { PipelineExecutionArn: arn, MaxResults: 100 }, { signal }), sm("ListPipelineParametersForExecution", { PipelineExecutionArn: arn }, { signal })]);
        return { about, definition: definition.PipelineDefinition, steps: steps.PipelineExecutionSteps, parameters: parameters.PipelineParameters || [] };
      },
      poll: (got) => (isOpen(got.about.PipelineExecutionStatus) ? 700 : 0),
      draw: ({ about, definition, steps, parameters }) => {
        keyed(actions, about.PipelineExecutionStatus, () => (about.PipelineExecutionStatus === "Executing" ? [button("Stop", async () => { if (await confirm("Stop this execution?", { follows: ["Steps that run are stopped with it", "What they finished stays"], verb: "Stop" })) await attempt(() => sm("StopPipelineExecution", { PipelineExecutionArn: about.PipelineExecutionArn, ClientRequestToken: crypto.randomUUID() }), "It is asked to stop."); }, { class: "danger" })] : []));
        return [
          h("p", {}, status(about.PipelineExecutionStatus)), about.FailureReason && note("warning", "It failed", h("p", {}, about.FailureReason)),
          graph(stepsOf(JSON.parse(definition)), stateOf(steps)),
          card("Steps", rowsTable({ title: "Steps", bare: true, rows: inOrder(steps, stepsOf(JSON.parse(definition))), columns: [
            { title: "Step", cell: (step) => (hrefOf(step.Metadata) ? h("a", { href: hrefOf(step.Metadata) }, step.StepName) : step.StepName) },
            { title: "Status", cell: (step) => status(step.StepStatus) },
            { title: "Took", cell: (step) => (step.EndTime ? duration(step.EndTime - step.StartTime) : "") },
            { title: "Said", cell: (step) => step.FailureReason || (step.Metadata?.Condition ? `outcome: ${step.Metadata.Condition.Outcome}` : "") },
          ] })),
          card("", facts({ ARN: copyable(about.PipelineExecutionArn), Began: clock(about.CreationTime), Changed: clock(about.LastModifiedTime), ...Object.fromEntries(parameters.map((parameter) => [`Parameter ${parameter.Name}`, parameter.Value])) })), raw(about),
        ];
      },
    }),
  ];
};

// ---- the pipeline

const start = (name, definition) => {
  const parameters = definition.Parameters || [];
  const fields = parameters.map((parameter) => ({ name: parameter.Name, label: `${parameter.Name} (${parameter.Type})`, kind: parameter.EnumValues ? "select" : "text-line", options: parameter.EnumValues, value: String(parameter.DefaultValue ?? ""), required: parameter.DefaultValue === undefined, check: (text) => (["Integer", "Float"].includes(parameter.Type) && text !== "" && Number.isNaN(Number(text)) ? "A number." : "") }));
  for (const field of fields) if (field.kind === "text-line") field.kind = undefined;
  return form(`Start ${name}`, fields, async (values) => (await sm("StartPipelineExecution", { PipelineName: name, ClientRequestToken: crypto.randomUUID(), PipelineParameters: Object.entries(values).filter(([key, value]) => value !== String(parameters.find((parameter) => parameter.Name === key).DefaultValue ?? "")).map(([Name, Value]) => ({ Name, Value })) })).PipelineExecutionArn, { verb: "Start", intro: fields.length ? "Parameters for this one execution; what is left as it is takes its default." : "It has no parameters." })
    .then((arn) => { if (arn) location.hash = to("sagemaker", "pipelines", name, arn.split("/").pop()); });
};

const executions = (ctx, name) => listing({
  title: "Executions", services: ["sagemaker"], memory: ctx.memory,
  load: async ({ token, signal }) => { const got = await sm("ListPipelineExecutions", { PipelineName: name, MaxResults: 50, SortBy: "CreationTime", SortOrder: "Descending", ...(token ? { NextToken: token } : {}) }, { signal }); return { rows: got.PipelineExecutionSummaries, next: got.NextToken }; },
  poll: (got) => (got.rows.some((row) => isOpen(row.PipelineExecutionStatus)) ? 1000 : 0),
  key: (row) => row.PipelineExecutionArn,
  columns: [
    { title: "Execution", cell: (row) => link(row.PipelineExecutionDisplayName || row.PipelineExecutionArn.split("/").pop(), "sagemaker", "pipelines", name, row.PipelineExecutionArn.split("/").pop()) },
    { title: "Status", cell: (row) => status(row.PipelineExecutionStatus) },
    { title: "Began", cell: (row) => ago(row.StartTime) },
    { title: "Said", cell: (row) => row.PipelineExecutionFailureReason || "" },
  ],
  nothing: () => empty("Not started yet", h("p", {}, "Press Start. Its steps begin as soon as what they need is there.")),
});

export const view = (ctx, name, [id]) => {
  if (id) return execution(ctx, name, id);
  const actions = h("div", { class: "row" });
  return [
    head(name, { over: [link("Pipelines", "sagemaker", "pipelines")], actions: [actions] }),
    section({
      services: ["sagemaker"], missing: gone(ctx, "pipelines", name),
      load: (signal) => sm("DescribePipeline", { PipelineName: name }, { signal }),
      draw: (got) => {
        const definition = JSON.parse(got.PipelineDefinition);
        actions.replaceChildren(button("Start", () => start(name, definition), { class: "primary" }), button("Delete", () => remove(KINDS.pipelines, name, "pipelines"), { class: "danger" }));
        return [got.PipelineDescription && h("p", { class: "quiet-text" }, got.PipelineDescription), graph(stepsOf(definition)), h("h2", { class: "sub" }, "Executions"), executions(ctx, name),
          card("", facts({ ARN: copyable(got.PipelineArn), Role: roleLink(got.RoleArn), Created: clock(got.CreationTime), Changed: clock(got.LastModifiedTime) })), tagsCard(got.PipelineArn),
          h("details", { class: "raw" }, h("summary", {}, "The definition"), h("pre", { class: "code-block", tabindex: "0", "aria-label": "Definition" }, JSON.stringify(definition, null, 2)))];
      },
    }),
  ];
};

