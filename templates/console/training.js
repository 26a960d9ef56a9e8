// A training job: what it does now, its metrics as they come, its log, and what it was asked.
import { button, card, clock, code, copyable, duration, facts, form, h, head, keyed, link, live, note, status, to } from "./ui.js";
import { KINDS, buttons, gone, isOpen, raw, roleLink, s3Link, sm, tagsCard } from "./sagemaker.js";
import { jobLogs } from "./logs.js";
import { plot } from "./plot.js";

const GROUP = "/aws/sagemaker/TrainingJobs";

// The stages as a line of steps; the one that goes on now is marked.
const stages = (job) => h("ol", { class: "stages" }, (job.SecondaryStatusTransitions || []).map((step, i, all) => h("li", { class: i === all.length - 1 && isOpen(job.TrainingJobStatus) ? "now" : /Failed|Exceeded|Interrupted/.test(step.Status) ? "bad" : "done" },
  h("strong", {}, step.Status.replace(/([a-z])([A-Z])/g, "$1 $2")), h("span", {}, step.EndTime && step.EndTime > step.StartTime ? duration(step.EndTime - step.StartTime) : i === all.length - 1 && isOpen(job.TrainingJobStatus) ? "now" : ""), h("span", { class: "stage-what" }, step.StatusMessage || ""))));

// Rounds in the log: "[12]#011train-auc:0.9#011validation-auc:0.8". Of very many every
// second is let go, again and again; the last and the best are always there.
const MOST = 6000;
const better = (metric, a, b) => (/auc|accuracy|map|ndcg|precision|recall|f1/.test(metric) ? a > b : a < b);
const put = (metric, set, point) => {
  if (set.seen++ % set.each === 0) set.points.push(point);
  if (set.points.length > MOST) { set.points = set.points.filter((_, i) => i % 2 === 0); set.each *= 2; }
  set.last = point;
  if (!set.best || better(metric, point[1], set.best[1])) set.best = point;
};
const collect = (series, events) => {
  for (const { message } of events) {
    const round = /^\[(\d+)\](.*)$/.exec(message);
    if (!round) continue;
    for (const [, name, metric, value] of round[2].matchAll(/(train|validation)-([\w@.-]+):([-+\d.eE]+|nan|inf)/g)) {
      const n = Number(value);
      if (!series.has(metric)) series.set(metric, new Map());
      const sets = series.get(metric);
      if (!sets.has(name)) sets.set(name, { points: [], each: 1, seen: 0, best: null, last: null });
      if (Number.isFinite(n)) put(metric, sets.get(name), [Number(round[1]), n]);
    }
  }
};

const drawMetrics = (place, series) => place.replaceChildren(...[...series].map(([metric, sets]) => {
  const best = sets.get("validation")?.best;
  return plot({ title: `${metric} in each round${best ? `; best for validation: ${best[1]} in round ${best[0]}` : ""}`, x: "round", y: metric, series: [...sets].map(([name, { points, last }]) => ({ name, points: last && points.at(-1) !== last ? [...points, last] : points })), mark: best?.[0] });
}));

const makeModel = (job) => form("Make a model", [{ name: "name", label: "Name", value: `${job.TrainingJobName}`.slice(0, 63), required: true, check: (text) => (/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(text) ? "" : "Letters, digits and hyphens, up to 63.") }],
  async ({ name }) => { await sm("CreateModel", { ModelName: name, ExecutionRoleArn: job.RoleArn, PrimaryContainer: { Image: job.AlgorithmSpecification.TrainingImage, ModelDataUrl: job.ModelArtifacts.S3ModelArtifacts } }); return name; }, { verb: "Make model", intro: "A name for this job\u2019s container and file. It costs nothing until something runs it." })
  .then((name) => { if (name) location.hash = to("sagemaker", "models", name); });

const about = (job) => ({
  ARN: copyable(job.TrainingJobArn), Role: roleLink(job.RoleArn), Machines: `${job.ResourceConfig.InstanceCount} \u00d7 ${job.ResourceConfig.InstanceType}, ${job.ResourceConfig.VolumeSizeInGB} GB`,
  Spot: job.EnableManagedSpotTraining ? "yes: cheaper, may be interrupted" : undefined, Created: clock(job.CreationTime), Began: clock(job.TrainingStartTime), Ended: clock(job.TrainingEndTime),
  "Paid for": job.BillableTimeInSeconds !== undefined ? duration(job.BillableTimeInSeconds) : undefined, "At most": duration(job.StoppingCondition?.MaxRuntimeInSeconds),
  Container: code(job.AlgorithmSpecification?.TrainingImage || job.AlgorithmSpecification?.AlgorithmName || ""), Model: ["Completed", "Stopped"].includes(job.TrainingJobStatus) && job.ModelArtifacts?.S3ModelArtifacts && s3Link(job.ModelArtifacts.S3ModelArtifacts),
  "Part of": job.TuningJobArn && link(job.TuningJobArn.split("/").pop(), "sagemaker", "tuning-jobs", job.TuningJobArn.split("/").pop()),
});

const asked = (job) => [
  h("div", { class: "grid" },
    card("Hyperparameters", Object.keys(job.HyperParameters || {}).length ? h("div", { class: "table bare" }, h("table", {}, h("tbody", {}, Object.entries(job.HyperParameters).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, code(name)), h("td", { class: "right" }, value)))))) : h("p", {}, "None.")),
    card("Channels", h("ul", { class: "plain" }, (job.InputDataConfig || []).map((channel) => h("li", {}, h("strong", {}, channel.ChannelName), " ", s3Link(channel.DataSource.S3DataSource?.S3Uri), " ", h("span", { class: "quiet-text" }, channel.ContentType || "", channel.DataSource.S3DataSource?.S3DataDistributionType === "ShardedByS3Key" ? ", sharded" : "")))), h("p", {}, "Writes to ", s3Link(job.OutputDataConfig?.S3OutputPath)))),
];

const finals = (job) => (job.FinalMetricDataList?.length ? h("dl", { class: "finals" }, job.FinalMetricDataList.map((metric) => h("div", {}, h("dt", {}, metric.MetricName), h("dd", {}, String(Number(metric.Value.toPrecision(5))))))) : null);

export const view = (ctx, name) => {
  const k = KINDS["training-jobs"];
  const actions = h("div", { class: "row" }), top = h("div", {}), metrics = h("div", { class: "plots" }), logs = h("div", {}), foot = h("div", {});
  const series = new Map();
  let job, drawing = 0;
  const onLines = (events) => {
    collect(series, events);
    drawing ||= setTimeout(() => { drawing = 0; drawMetrics(metrics, series); }, 150);
  };
  live(top, {
    services: ["sagemaker"], missing: gone(ctx, "training-jobs", name),
    load: (signal) => sm(k.describe, { TrainingJobName: name }, { signal }),
    poll: (got) => (isOpen(got.TrainingJobStatus) ? 700 : 0),
    draw: (got) => {
      job = got;
      keyed(actions, got.TrainingJobStatus, () => [got.TrainingJobStatus === "Completed" && button("Make a model", () => makeModel(got), { class: "primary" }), buttons("training-jobs", name, got.TrainingJobStatus)]);
      if (!logs.hasChildNodes()) logs.append(card("Log", jobLogs({ group: GROUP, prefix: `${name}/`, live: () => isOpen(job.TrainingJobStatus), machines: got.ResourceConfig.InstanceCount, onLines })));
      foot.replaceChildren(card("", facts(about(got))), ...asked(got), tagsCard(got.TrainingJobArn), raw(got));
      return [
        h("p", { class: "row" }, status(got.TrainingJobStatus), got.SecondaryStatus !== got.TrainingJobStatus && h("span", { class: "quiet-text" }, got.SecondaryStatus)),
        got.FailureReason && note("warning", "It failed", h("p", {}, got.FailureReason)),
        stages(got), finals(got),
      ];
    },
  });
  return [head(name, { over: [link(k.title, "sagemaker", "training-jobs")], actions: [actions] }), top, metrics, logs, foot];
};
