// A labelling job: how far it is, the worker's page (one item after another, by
// keyboard), what the model labelled and how sure it was, and the threshold with
// its effect on cost and accuracy drawn at once.
import { pictureAddress } from "./api.js";
import { attempt, button, card, clock, code, copyable, count, empty, failure, facts, h, head, keyed, link, live, listing, money, note, status, tabs, to, unique } from "./ui.js";
import { KINDS, buttons, gone, isOpen, raw, roleLink, s3Link, sm } from "./sagemaker.js";
import { plot } from "./plot.js";

const PERSON = 0.08, MACHINE = 0.001; // dollars a label; lesson 09's
const k = KINDS["labeling-jobs"];
const percent = (share) => `${(share * 100).toFixed(share > 0.995 && share < 1 ? 2 : 1)} %`;

const progress = (counters) => {
  const total = counters.TotalLabeled + counters.Unlabeled + counters.FailedNonRetryableError || 1;
  return h("div", { class: "labelled" },
    h("div", { class: "labelled-bar", role: "img", "aria-label": `${counters.HumanLabeled} by people, ${counters.MachineLabeled} by the model, ${counters.Unlabeled} to do` },
      [["by-people", counters.HumanLabeled], ["by-model", counters.MachineLabeled]].map(([name, n]) => { const part = h("span", { class: name }); part.style.width = `${n / total * 100}%`; return part; })),
    h("p", { class: "quiet-text" }, h("span", { class: "key by-people" }), `${counters.HumanLabeled} by people`, h("span", { class: "key by-model" }), `${counters.MachineLabeled} by the model`, h("span", { class: "key" }), `${counters.Unlabeled} to do`));
};

// ---- the worker's page

const BATCH = 20, KEYS = "1234567890";

// A picture is shown from S3 itself, by an address that is signed for it.
const picture = (uri) => {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+\.(?:png|jpe?g|gif|webp))$/i.exec(uri || "") || [];
  if (!bucket) return null;
  const image = h("img", { class: "item-picture", alt: `The picture ${key}` });
  pictureAddress(bucket, key).then((address) => { image.src = address; });
  return image;
};

// What the worker sees of an item: its picture, its text, or the members of the manifest's line.
const itemView = (task) => {
  const line = (() => { try { return JSON.parse(task.Item); } catch { return { source: task.Item }; } })();
  const members = Object.entries(line).filter(([name]) => !["source", "source-ref"].includes(name));
  const shown = picture(line["source-ref"]);
  return [
    shown || h("p", { class: "item-text" }, task.Text || line.source || line["source-ref"]),
    members.length > 0 && !(task.Text || line.source || "").includes(String(members[0][1])) && facts(Object.fromEntries(members.slice(0, 12).map(([name, value]) => [name.replaceAll("_", " "), typeof value === "object" ? JSON.stringify(value) : String(value)]))),
  ];
};

export const workerPage = (ctx, name) => {
  const place = h("div", { class: "worker" }), over = [link(k.title, "sagemaker", "labeling-jobs"), link(name, "sagemaker", "labeling-jobs", name)];
  let tasks = [], skipped = new Set(), about = null, shownAt = 0, done = 0, busy = false, again = 0;

  const load = async () => {
    const got = await sm("PracticeNextTasks", { LabelingJobName: name, MaxResults: BATCH + skipped.size });
    about = got;
    tasks = got.Tasks.filter((task) => !skipped.has(task.TaskId));
    // All that is left was skipped: once more, from the beginning.
    if (!tasks.length && got.Tasks.length) { skipped = new Set(); tasks = got.Tasks; }
  };
  const next = async () => {
    try {
      if (!tasks.length) await load();
      draw();
    } catch (error) { place.replaceChildren(failure(error, next)); }
  };
  const answer = async (label) => {
    const task = tasks[0];
    if (!task || busy) return;
    busy = true;
    try {
      const got = await sm("PracticeSubmitAnswer", { LabelingJobName: name, TaskId: task.TaskId, Label: label, SecondsSpent: Math.round((Date.now() - shownAt) / 1000) });
      about.LabelCounters = got.LabelCounters;
      done++;
      tasks.shift();
    } catch (error) {
      // The model, or somebody else, was quicker: that one is done.
      if (error.code === "ResourceInUse") tasks.shift();
      else { busy = false; await attempt(() => Promise.reject(error)); return; }
    }
    busy = false;
    // The model learns between: its guesses are asked for afresh now and then.
    if (done % 5 === 0) tasks = [];
    await next();
  };
  const skip = () => { if (tasks[0] && !busy) { skipped.add(tasks.shift().TaskId); next(); } };
  const onKey = (event) => {
    if (!place.isConnected) { removeEventListener("keydown", onKey); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog, summary")) return;
    const i = KEYS.indexOf(event.key);
    if (i >= 0 && about?.Labels[i] !== undefined && tasks[0]) { event.preventDefault(); answer(about.Labels[i]); } else if (event.key.toLowerCase() === "s" && tasks[0]) { event.preventDefault(); skip(); }
  };
  addEventListener("keydown", onKey);

  const draw = () => {
    clearTimeout(again);
    const task = tasks[0];
    shownAt = Date.now();
    if (!task) {
      const over2 = !isOpen(about.LabelingJobStatus);
      place.replaceChildren(empty(over2 ? "All done" : about.LabelingJobStatus === "Initializing" ? "The items are being read" : "Nothing for you just now", h("p", {}, over2 ? "The job has ended. Its labels are in S3." : "Others have the rest, or the model is learning. New items come by themselves."), done > 0 && h("p", {}, `You have labelled ${count(done, "item")}.`), h("p", {}, link("Back to the job", "sagemaker", "labeling-jobs", name))));
      if (!over2) again = setTimeout(() => { if (place.isConnected) next(); }, 800);
      return;
    }
    const counters = about.LabelCounters;
    place.replaceChildren(
      h("section", { class: "sheet task", "aria-label": "The item" }, h("div", { class: "item", role: "status" }, itemView(task)),
        h("fieldset", { class: "choices" }, h("legend", {}, about.TaskTitle), about.Labels.map((label, i) => h("button", { type: "button", class: "choice", onclick: () => answer(label), "data-key": `label ${label}`, "aria-keyshortcuts": KEYS[i] || null }, KEYS[i] && h("kbd", { "aria-hidden": "true" }, KEYS[i]), h("span", {}, label)))),
        h("p", { class: "row" }, button("Skip", skip, { "aria-keyshortcuts": "s" }), h("span", { class: "quiet-text" }, "Keys: ", h("kbd", {}, "1"), "\u2013", h("kbd", {}, KEYS[Math.min(about.Labels.length, 10) - 1]), " choose, ", h("kbd", {}, "s"), " skips"), h("span", { class: "push quiet-text" }, `${done} by you`))),
      progress(counters),
      h("details", { class: "sheet instructions", open: done === 0 || null }, h("summary", {}, "Instructions"), h("p", {}, about.TaskDescription), about.AutoLabels && h("p", {}, "A model learns from your answers. It shows you first what it is least sure of, and labels the easy ones itself.")),
    );
  };
  next();
  return [head("Label", { over, summary: "One item after another. Nobody is always right: when in doubt, skip." }), place];
};

// ---- cost and accuracy at each threshold

// The model's guesses: what share would it take at a threshold, and what would all labels
// then cost? Where a person has answered what was guessed before: how many were right?
const guessOf = (row) => (row.Guess ? { guess: row.Guess, sure: row.GuessConfidence } : row.Method === "machine" ? { guess: row.Label, sure: row.Confidence } : null);
const curves = (rows, total) => {
  const guessed = rows.map((row) => ({ ...row, ...guessOf(row) })).filter((row) => row.guess);
  const judged = guessed.filter((row) => row.Method === "human");
  const at = (threshold) => {
    const share = guessed.length ? guessed.filter((row) => row.sure >= threshold).length / guessed.length : 0;
    const wrong = judged.filter((row) => row.sure >= threshold && row.guess !== row.Label).length;
    // What it believes of itself: as right as it is sure; what people label counts as right.
    const believed = guessed.length ? guessed.reduce((sum, row) => sum + (row.sure >= threshold ? row.sure : 1), 0) / guessed.length : 1;
    return { cost: total * (share * MACHINE + (1 - share) * PERSON), accuracy: judged.length ? 1 - wrong / judged.length : null, believed, share };
  };
  const points = Array.from({ length: 51 }, (_, i) => 0.5 + i / 100);
  return { at, guessed: guessed.length, judged: judged.length, cost: points.map((t) => [t, at(t).cost]), believed: points.map((t) => [t, at(t).believed * 100]), accuracy: judged.length ? points.map((t) => [t, at(t).accuracy * 100]) : [] };
};

const everyLabel = async (name, signal) => {
  const rows = [];
  for (let token; ;) {
    const got = await sm("PracticeListLabels", { LabelingJobName: name, MaxResults: 1000, ...(token ? { NextToken: token } : {}) }, { signal });
    rows.push(...got.Labels);
    token = got.NextToken;
    if (!token) return rows;
  }
};

const thresholdView = (ctx, name) => {
  const place = h("div", {}), plots = h("div", { class: "plots" }), words = h("p", { class: "threshold-words", role: "status" });
  const id = unique("threshold"), slider = h("input", { type: "range", id, min: 0.5, max: 1, step: 0.01, value: 0.9 }), shown = h("output", { for: id });
  const save = button("Use this threshold", () => attempt(() => sm("PracticeSetThreshold", { LabelingJobName: name, Threshold: Number(slider.value) }), "The next round uses it."), { class: "primary" });
  let now = null, touched = false;
  const redraw = () => {
    const t = Number(slider.value);
    shown.textContent = t.toFixed(2);
    if (!now) return;
    const { cost, accuracy, believed, share } = now.at(t);
    words.replaceChildren("At ", h("strong", {}, t.toFixed(2)), " the model takes ", h("strong", {}, percent(share)), " of the items, and all labels cost ", h("strong", {}, money(cost)), ". The model believes that ", h("strong", {}, percent(believed)), " of them are right", ...(accuracy === null ? ["."] : ["; by what people checked, it is ", h("strong", {}, percent(accuracy)), "."]));
    plots.replaceChildren(plot({ title: "What all labels cost, in dollars", x: "threshold", y: "dollars", series: [{ name: "cost", points: now.cost }], mark: t, low: 0 }), plot({ title: "How many labels are right, in percent", x: "threshold", y: "percent", series: [{ name: "believed", points: now.believed }, ...(now.judged ? [{ name: "checked", points: now.accuracy }] : [])], mark: t }));
  };
  slider.addEventListener("input", () => { touched = true; redraw(); });
  live(place, {
    services: ["sagemaker"],
    load: async (signal) => { const [rows, job] = await Promise.all([everyLabel(name, signal), sm("PracticeNextTasks", { LabelingJobName: name, MaxResults: 1 }, { signal })]); return { rows: rows.map(({ Label, Method, Confidence, Guess, GuessConfidence }) => ({ Label, Method, Confidence, Guess, GuessConfidence })), job: { Threshold: job.Threshold, AutoLabels: job.AutoLabels, open: isOpen(job.LabelingJobStatus) } }; },
    poll: (got) => (got.job.open ? 1500 : 0),
    draw: ({ rows, job }) => {
      if (!job.AutoLabels) return empty("People alone", h("p", {}, "This job was made without automatic labelling: every label is a person\u2019s, at about ", money(PERSON), " each."));
      if (!touched) slider.value = job.Threshold;
      now = curves(rows, rows.length);
      if (!now.guessed) { now = null; return empty("Not yet", h("p", {}, "The model has guessed nothing so far. It begins when a fifth of the items, or a hundred, have their labels; the curves then come by themselves."), h("p", {}, link("Label", "sagemaker", "labeling-jobs", name, "work"))); }
      redraw();
      save.disabled = !job.open;
      const held = now.judged ? `People have answered ${count(now.judged, "item")} that it had guessed before; those are what it was least sure of.` : "Nobody has checked its guesses yet; what it believes of itself need not be true.";
      return [h("p", { class: "quiet-text" }, `How sure must the model be before its label is taken? ${held} A person\u2019s label costs ${money(PERSON)}, a model\u2019s ${money(MACHINE)}: practice prices.`),
        h("div", { class: "slider" }, h("label", { for: id }, "Threshold"), slider, shown, save), words, plots];
    },
  });
  return place;
};

// ---- what is labelled

const labels = (ctx, name) => listing({
  title: "Labels", services: ["sagemaker"], memory: ctx.memory,
  load: async ({ token, signal }) => { const got = await sm("PracticeListLabels", { LabelingJobName: name, MaxResults: 100, ...(token ? { NextToken: token } : {}) }, { signal }); return { rows: got.Labels, next: got.NextToken }; },
  key: (row) => String(row.TaskId),
  columns: [
    { title: "Item", cell: (row) => { try { const line = JSON.parse(row.Item); return h("span", { class: "item-line" }, line.source || line["source-ref"] || row.Item); } catch { return row.Item; } } },
    { title: "Label", cell: (row) => row.Label || h("span", { class: "quiet-text" }, "not yet") },
    { title: "By", cell: (row) => (row.Method === "machine" ? h("span", { class: "badge by-badge" }, "the model") : row.Method === "human" ? "people" : "") },
    { title: "How sure", cell: (row) => (row.Method === "machine" ? sure(row.Confidence) : row.Method ? "" : row.Guess ? h("span", { class: "quiet-text" }, `guess: ${row.Guess}, ${percent(row.GuessConfidence)}`) : "") },
  ],
});
const sure = (confidence) => h("span", { class: "sure" }, h("meter", { min: 0, max: 1, low: 0.5, high: 0.8, optimum: 1, value: confidence, "aria-label": "Confidence" }), ` ${percent(confidence)}`);

export const view = (ctx, name, [page]) => {
  if (page === "work") return workerPage(ctx, name);
  const actions = h("div", { class: "row" }), top = h("div", {}), tabsPlace = h("div", {});
  let drawn = false;
  live(top, {
    services: ["sagemaker"], missing: gone(ctx, "labeling-jobs", name),
    load: (signal) => sm(k.describe, { LabelingJobName: name }, { signal }),
    poll: (got) => (isOpen(got.LabelingJobStatus) ? 1200 : 0),
    draw: (got) => {
      const auto = Boolean(got.LabelingJobAlgorithmsConfig), task = got.HumanTaskConfig;
      keyed(actions, got.LabelingJobStatus, () => [isOpen(got.LabelingJobStatus) && h("a", { class: "button primary", href: to("sagemaker", "labeling-jobs", name, "work") }, "Label"), buttons("labeling-jobs", name, got.LabelingJobStatus)]);
      if (!drawn) { drawn = true; tabsPlace.replaceChildren(tabs(name, [["Labels", () => labels(ctx, name)], ["Threshold", () => thresholdView(ctx, name)], ["About", () => about]], ctx.query.tab)); }
      about.replaceChildren(card("", facts({ ARN: copyable(got.LabelingJobArn), Question: task.TaskTitle, Instructions: task.TaskDescription, Team: code(task.WorkteamArn.split("/").pop()), "People for each item": task.NumberOfHumanWorkersPerDataObject, Role: roleLink(got.RoleArn), Items: s3Link(got.InputConfig.DataSource.S3DataSource?.ManifestS3Uri), Labels: s3Link(got.LabelCategoryConfigS3Uri), Result: s3Link(got.LabelingJobOutput?.OutputDatasetS3Uri || got.OutputConfig.S3OutputPath), Created: clock(got.CreationTime) })), raw(got));
      return [h("p", { class: "row" }, status(got.LabelingJobStatus), h("span", { class: "quiet-text" }, auto ? "with automatic labelling" : "people alone")), got.FailureReason && note("warning", "It failed", h("p", {}, got.FailureReason)), progress(got.LabelCounters)];
    },
  });
  const about = h("div", {});
  return [head(name, { over: [link(k.title, "sagemaker", "labeling-jobs")], actions: [actions] }), top, tabsPlace];
};

