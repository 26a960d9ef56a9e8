// CloudWatch Logs: groups, their streams, and the lines, which follow by themselves.
import { json, onChange } from "./api.js";
import { ago, attempt, bytes, button, confirm, count, empty, failure, h, head, link, listing, section } from "./ui.js";

const BATCH = 2000; // in one answer, so that the page is not busy for long
const LINES = 2000; // kept on the page; what is older is in the log

// By hand: the browser's own way takes a hundred times as long, for each of thousands of lines.
const two = (n) => String(n).padStart(2, "0");
const time = (ms) => { const at = new Date(ms); return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`; };

// Lines of a stream as they come; onLines is told of each batch. Ends when it leaves the page.
export const logView = ({ group, stream, live = () => true, onLines, region }) => {
  const lines = h("div", { class: "log-lines", tabindex: "0", role: "log", "aria-label": `Log ${stream}`, "aria-live": "off" });
  const note = h("p", { class: "hint" }), filter = h("input", { type: "search", class: "filter", placeholder: "Only lines with", "aria-label": "Only lines with" });
  const box = h("div", { class: "log" }, h("div", { class: "list-bar" }, filter, h("span", { class: "push" }), note), lines);
  let token, stopped = false, waiting = 0, running = false, again = false, seen = false, n = 0;
  filter.addEventListener("input", () => { for (const line of lines.children) line.hidden = Boolean(filter.value) && !line.textContent.toLowerCase().includes(filter.value.toLowerCase()); });
  // What comes is shown a few times a second; of very many only those that stay are made.
  let pending = [], showing = 0;
  const lineOf = (event) => h("div", { class: /\b(error|exception|failed|traceback)\b/i.test(event.message) || /^labkit: /.test(event.message) ? "log-line bad" : "log-line", hidden: Boolean(filter.value) && !event.message.toLowerCase().includes(filter.value.toLowerCase()) },
    h("time", { datetime: new Date(event.timestamp).toISOString() }, time(event.timestamp)), h("span", {}, event.message.replace(/#011|\t/g, "  ")));
  const show = () => {
    const fresh = pending, atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 30;
    pending = [];
    showing = 0;
    for (let room = lines.childElementCount + fresh.length - LINES; room > 0 && lines.firstChild; room--) lines.firstChild.remove();
    lines.append(...fresh.map(lineOf));
    if (atEnd) lines.scrollTop = lines.scrollHeight;
    note.textContent = `${count(n, "line")}${n > LINES ? `, the last ${LINES.toLocaleString("en")} shown` : ""}`;
  };
  const add = (events) => {
    n += events.length;
    pending = pending.concat(events).slice(-LINES);
    showing ||= setTimeout(show, lines.childElementCount ? 250 : 0);
    onLines?.(events);
  };
  const read = async () => {
    if (running) { again = true; return; }
    seen ||= box.isConnected;
    if (stopped || (seen && !box.isConnected)) { stopped = true; stop(); return; }
    running = true;
    clearTimeout(waiting);
    try {
      for (;;) {
        const got = await json("logs", "GetLogEvents", { logGroupName: group, logStreamName: stream, startFromHead: true, limit: BATCH, ...(token ? { nextToken: token } : {}) }, { region });
        if (stopped) return;
        if (got.events.length) add(got.events);
        const same = got.nextForwardToken === token;
        token = got.nextForwardToken;
        if (same || !got.events.length) break;
        await new Promise((go) => { setTimeout(go); });
      }
      if (!n) note.textContent = "No lines yet";
    } catch (error) {
      if (error.missing && !n) note.textContent = live() ? "No lines yet" : "This log is gone";
      else if (error.code !== "NoAnswer") { box.replaceChildren(failure(error, () => box.replaceWith(logView({ group, stream, live, onLines, region })))); stopped = true; }
    } finally { running = false; }
    if (again) { again = false; read(); } else if (!stopped && live()) waiting = setTimeout(read, 700);
  };
  const stop = onChange((change) => {
    if (["sagemaker", "logs"].includes(change.service) || change.link) read();
  });
  setTimeout(read);
  return box;
};

// The logs of a job, one for each machine; they come when the machine has something to say.
export const jobLogs = ({ group, prefix = "", live = () => true, machines = 1, onLines }) => section({
  services: ["sagemaker"],
  load: async (signal) => (await json("logs", "DescribeLogStreams", { logGroupName: group, ...(prefix ? { logStreamNamePrefix: prefix } : {}) }, { signal }).catch((error) => { if (error.missing) return { logStreams: [] }; throw error; })).logStreams.map((stream) => stream.logStreamName),
  poll: (streams) => (streams.length < machines && live() ? 500 : 0),
  draw: (streams) => (streams.length ? streams.map((stream, i) => [streams.length > 1 && h("h3", { class: "log-title" }, stream), logView({ group, stream, live, onLines: i === 0 ? onLines : undefined })])
    : h("p", { class: "quiet-text" }, live() ? "The machine has said nothing yet." : "It has no log: the machine never spoke, or the role may not write logs.")),
});

const groups = (ctx) => [
  head("Log groups", { summary: `What jobs and endpoints printed in ${ctx.region}. SageMaker keeps one group for each kind of job, and in it one stream for each machine.` }),
  listing({
    title: "Log groups", services: ["logs", "sagemaker"], memory: ctx.memory, filter: "Names that begin with",
    load: async ({ token, filter, signal }) => { const got = await json("logs", "DescribeLogGroups", { limit: 50, ...(filter ? { logGroupNamePrefix: filter } : {}), ...(token ? { nextToken: token } : {}) }, { signal }); return { rows: got.logGroups, next: got.nextToken }; },
    key: (row) => row.logGroupName,
    columns: [
      { title: "Name", cell: (row) => link(row.logGroupName, "logs", "groups", row.logGroupName) },
      { title: "Size", right: true, cell: (row) => bytes(row.storedBytes) },
      { title: "Kept", cell: (row) => (row.retentionInDays ? `${row.retentionInDays} days` : "for ever") },
      { title: "Created", cell: (row) => ago(row.creationTime) },
      { title: "", right: true, cell: (row) => button("Delete", async () => { if (await confirm(`Delete ${row.logGroupName}?`, { follows: ["All its streams and lines are gone, for good"] })) await attempt(() => json("logs", "DeleteLogGroup", { logGroupName: row.logGroupName }), "Deleted."); }, { class: "quiet", "aria-label": `Delete ${row.logGroupName}` }) },
    ],
    nothing: () => empty("No logs in this region", h("p", {}, "The first job makes its group by itself.")),
  }),
];

const streams = (ctx, group) => [
  head(group, { over: [link("Log groups", "logs", "groups")] }),
  listing({
    title: "Streams", services: ["logs", "sagemaker"], memory: ctx.memory, filter: "Names that begin with",
    load: async ({ token, filter, signal }) => { const got = await json("logs", "DescribeLogStreams", { logGroupName: group, limit: 50, ...(filter ? { logStreamNamePrefix: filter } : { orderBy: "LastEventTime", descending: true }), ...(token ? { nextToken: token } : {}) }, { signal }); return { rows: got.logStreams, next: got.nextToken }; },
    key: (row) => row.logStreamName,
    columns: [
      { title: "Stream", cell: (row) => link(row.logStreamName, "logs", "groups", group, row.logStreamName) },
      { title: "Last line", cell: (row) => ago(row.lastEventTimestamp) },
      { title: "Created", cell: (row) => ago(row.creationTime) },
    ],
    nothing: () => empty("No streams"),
  }),
];

export const view = (ctx) => {
  const [, group, stream] = ctx.path;
  if (stream) return [head(stream, { over: [link("Log groups", "logs", "groups"), link(group, "logs", "groups", group)] }), logView({ group, stream })];
  return group ? streams(ctx, group) : groups(ctx);
};

