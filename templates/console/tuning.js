// A tuning job: the search drawn as it goes, the best so far, and every try.
import { ago, card, clock, copyable, facts, h, head, keyed, link, listing, note, section, status, to } from "./ui.js";
import { KINDS, buttons, gone, isOpen, raw, sm } from "./sagemaker.js";
import { plot } from "./plot.js";

const k = KINDS["tuning-jobs"];
const LIST = "ListTrainingJobsForHyperParameterTuningJob", MEMBER = "TrainingJobSummaries";
const valueOf = (row) => row.FinalHyperParameterTuningJobObjectiveMetric?.Value;
const number = (value) => (value === undefined ? "" : String(Number(value.toPrecision(5))));

const allTries = async (name, signal) => {
  const rows = [];
  for (let token; ;) {
    const got = await sm(LIST, { HyperParameterTuningJobName: name, MaxResults: 100, SortBy: "CreationTime", SortOrder: "Ascending", ...(token ? { NextToken: token } : {}) }, { signal });
    rows.push(...got[MEMBER]);
    token = got.NextToken;
    if (!token) return rows;
  }
};

const search = (objective, tries, best, logarithmic) => {
  const done = tries.filter((row) => valueOf(row) !== undefined);
  if (done.length < 1) return h("p", { class: "quiet-text" }, "No try has ended yet.");
  const up = objective.Type === "Maximize";
  let top;
  const front = done.map((row, i) => { const value = valueOf(row); top = top === undefined || (up ? value > top : value < top) ? value : top; return [i + 1, top]; });
  const open = (_, i) => { location.hash = to("sagemaker", "training-jobs", done[i].TrainingJobName); };
  const along = Object.keys(done[0].TunedHyperParameters || {}).filter((name) => done.every((row) => !Number.isNaN(Number(row.TunedHyperParameters[name]))));
  const marked = done.findIndex((row) => row.TrainingJobName === best);
  const titles = done.map((row) => `${row.TrainingJobName}: ${number(valueOf(row))}`);
  return h("div", { class: "plots" },
    plot({ title: `${objective.MetricName} of each try, and the best so far`, x: "try", y: objective.MetricName, series: [{ name: "tries", dots: true, marked, titles, points: done.map((row, i) => [i + 1, valueOf(row)]) }, { name: "best", points: front }], onpick: open }),
    along.slice(0, 4).map((name) => plot({ title: `${objective.MetricName} by ${name}`, x: name, y: objective.MetricName, log: logarithmic.includes(name), series: [{ name: "tries", dots: true, marked, titles, points: done.map((row) => [Number(row.TunedHyperParameters[name]), valueOf(row)]) }], onpick: open })));
};

const tries = (ctx, name) => listing({
  title: "Tries", services: ["sagemaker"], memory: ctx.memory,
  load: async ({ token, signal }) => { const got = await sm(LIST, { HyperParameterTuningJobName: name, MaxResults: 50, SortBy: "FinalObjectiveMetricValue", SortOrder: "Descending", ...(token ? { NextToken: token } : {}) }, { signal }); return { rows: got[MEMBER], next: got.NextToken }; },
  poll: (got) => (got.rows.some((row) => isOpen(row.TrainingJobStatus)) ? 1200 : 0),
  key: (row) => row.TrainingJobName,
  columns: [
    { title: "Training job", cell: (row) => link(row.TrainingJobName, "sagemaker", "training-jobs", row.TrainingJobName) },
    { title: "Status", cell: (row) => status(row.TrainingJobStatus) },
    { title: "Objective", right: true, cell: (row) => number(valueOf(row)) },
    { title: "With", cell: (row) => Object.entries(row.TunedHyperParameters || {}).map(([key, value]) => `${key} ${/^-?\d*\.\d{5,}/.test(value) ? Number(value).toPrecision(4) : value}`).join(", ") },
    { title: "Created", cell: (row) => ago(row.CreationTime) },
  ],
});

export const view = (ctx, name) => {
  const actions = h("div", { class: "row" });
  return [
    head(name, { over: [link(k.title, "sagemaker", "tuning-jobs")], actions: [actions] }),
    section({
      services: ["sagemaker"],
      missing: gone(ctx, "tuning-jobs", name),
      load: async (signal) => { const [about, rows] = await Promise.all([sm(k.describe, { HyperParameterTuningJobName: name }, { signal }), allTries(name, signal)]); return { about, rows }; },
      poll: (got) => (isOpen(got.about.HyperParameterTuningJobStatus) ? 1000 : 0),
      draw: ({ about, rows }) => {
        const config = about.HyperParameterTuningJobConfig, objective = config.HyperParameterTuningJobObjective || { MetricName: "objective", Type: "Minimize" }, best = about.BestTrainingJob;
        const counters = about.TrainingJobStatusCounters || {};
        keyed(actions, about.HyperParameterTuningJobStatus, () => buttons("tuning-jobs", name, about.HyperParameterTuningJobStatus));
        return [
          h("p", { class: "row" }, status(about.HyperParameterTuningJobStatus), h("span", { class: "quiet-text" }, `${counters.Completed || 0} done, ${counters.InProgress || 0} running, of ${config.ResourceLimits.MaxNumberOfTrainingJobs}`)),
          about.FailureReason && note("warning", "It failed", h("p", {}, about.FailureReason)),
          best && card("The best so far", facts({ "Training job": link(best.TrainingJobName, "sagemaker", "training-jobs", best.TrainingJobName), [objective.MetricName]: number(valueOf(best)), ...best.TunedHyperParameters })),
          search(objective, rows, best?.TrainingJobName, Object.values(config.ParameterRanges || {}).flat().filter((range) => range.ScalingType === "Logarithmic").map((range) => range.Name)),
          card("", facts({ ARN: copyable(about.HyperParameterTuningJobArn), Strategy: config.Strategy, Objective: `${objective.Type} ${objective.MetricName}`, "At once": config.ResourceLimits.MaxParallelTrainingJobs, Created: clock(about.CreationTime), Ended: clock(about.HyperParameterTuningEndTime) })), raw(about),
        ];
      },
    }),
    h("h2", { class: "sub" }, "Every try"), tries(ctx, name),
  ];
};
