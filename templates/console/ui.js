// What every view is made of: elements (text is only ever text), states (loading,
// empty, failed, refused), lists by pages, dialogs and forms, and views that
// look again when the cloud says that something has changed.
import { ApiError, onChange } from "./api.js";

// ---- elements

const SVG = "http://www.w3.org/2000/svg";
const fill = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes || {}))
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "indeterminate") node[name] = value;
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
};
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
export const button = (text, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, text);
export const icon = (...paths) => s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, paths.map((d) => s("path", { d })));
export const code = (text) => h("code", {}, text);

let serial = 0;
export const unique = (name) => `${name}-${++serial}`;

// ---- places

let region = "us-east-1";
export const setRegion = (name) => { region = name; };
export const to = (...parts) => {
  const query = parts.length && typeof parts.at(-1) === "object" ? parts.pop() : null;
  const path = `#/${[region, ...parts].map(encodeURIComponent).join("/")}`;
  const pairs = query ? Object.entries(query).filter(([, value]) => value !== undefined && value !== "") : [];
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
};
export const link = (text, ...parts) => h("a", { href: to(...parts) }, text);

// ---- words for values

const PARTS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STAMP = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }); // making one is slow
const asDate = (value) => (value instanceof Date ? value : typeof value === "number" ? new Date(value < 1e11 ? value * 1000 : value) : new Date(value));
export const ago = (value) => {
  const date = asDate(value);
  if (!value || Number.isNaN(date.getTime())) return "";
  const seconds = Math.max(0, (Date.now() - date.getTime()) / 1000);
  const part = PARTS.find(([, size]) => seconds >= size);
  const words = part ? relative.format(-Math.floor(seconds / part[1]), part[0]) : "just now";
  return h("time", { datetime: date.toISOString(), title: STAMP.format(date) }, words);
};
export const clock = (value) => {
  const date = asDate(value);
  return value ? h("time", { datetime: date.toISOString() }, STAMP.format(date)) : "";
};
export const bytes = (n) => {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = Number(n) || 0, unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
  return `${unit ? value.toFixed(value < 10 ? 1 : 0) : value} ${unit === 0 && value === 1 ? "byte" : units[unit]}`;
};
export const duration = (seconds) => {
  if (seconds === undefined || seconds === null || Number.isNaN(seconds)) return "";
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
};
export const money = (dollars) => {
  const n = Number(dollars) || 0;
  const digits = n !== 0 && Math.abs(n) < 0.01 ? 4 : 2;
  return n !== 0 && Math.abs(n) < 0.00005 ? "under $0.0001" : `$${n.toFixed(digits)}`;
};
export const count = (n, one, many = `${one}s`) => `${Number(n).toLocaleString("en")} ${n === 1 ? one : many}`;

const GOOD = /^(Completed|InService|Succeeded|Active|Available|Success|Approved|Executed|CASE_CLOSED|APPROVED)$/i;
const BAD = /^(Failed|OutOfService|Denied|Rejected)$/i;
const BUSY = /^(InProgress|Creating|Updating|Pending|Starting|Downloading|Training|Uploading|Executing|Initializing|SystemUpdating|RollingBack)$/i;
const LEAVING = /^(Stopping|Deleting|Stopped)$/i;
const spaced = (word) => word.replace(/_/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().replace(/^./, (c) => c.toUpperCase());
export const status = (word) => (word ? h("span", { class: `status ${GOOD.test(word) ? "good" : BAD.test(word) ? "bad" : BUSY.test(word) ? "busy" : LEAVING.test(word) ? "quiet" : ""}`, title: word }, spaced(word)) : "");

export const copyable = (text) => {
  const press = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      press.textContent = "Copied";
    } catch { press.textContent = "Could not copy"; }
    setTimeout(() => { press.textContent = "Copy"; }, 1500);
  }, { class: "quiet", "aria-label": `Copy ${text}` });
  return h("span", { class: "copyable" }, code(text), press);
};

// A list of names and values; what is absent is left out.
export const facts = (pairs) => h("dl", { class: "facts-list" }, Object.entries(pairs).filter(([, value]) => value !== undefined && value !== null && value !== "")
  .map(([name, value]) => h("div", { class: value.classList?.contains("copyable") || value.tagName === "CODE" && value.textContent.length > 30 ? "long" : null }, h("dt", {}, name), h("dd", {}, value))));

export const card = (title, ...children) => {
  const id = unique("card");
  return h("section", { class: "sheet", "aria-labelledby": title ? id : null }, title && h("h2", { id, class: "sheet-title" }, title), children);
};
export const note = (kind, title, ...children) => h("div", { class: `alert ${kind ? `alert-${kind}` : ""}` }, title && h("p", { class: "alert-title" }, title), children);

// ---- states

const SLOWER = "Too many calls in a short while: AWS asks callers to slow down. This page has tried again, each time after a longer pause.";
const FAULT = "The service failed by itself; nothing that you did. This page has tried several times.";
const WORDS = { NoAnswer: "It may have been stopped. Start it with `labkit cloud`; this page goes on by itself.", Throttling: SLOWER, ThrottlingException: SLOWER, SlowDown: SLOWER, InternalFailure: FAULT, InternalError: FAULT, ServiceUnavailable: FAULT };

export const failure = (error, again) => {
  const asApi = error instanceof ApiError;
  if (!asApi) console.warn(error);
  if (asApi && error.refused) return refusal(error, again);
  if (asApi && error.missing) return h("div", { class: "state", role: "alert" }, h("h2", {}, "It is not here"), h("p", {}, error.message), h("p", {}, "It was deleted, or is in another region, or never was."), again && h("p", {}, button("Look again", again)));
  return h("div", { class: "state bad", role: "alert" },
    h("h2", {}, asApi && error.code === "NoAnswer" ? "The practice cloud does not answer" : asApi ? error.code : "Something went wrong in this page"),
    h("p", {}, WORDS[error.code] || error.message || String(error)),
    WORDS[error.code] && error.code !== "NoAnswer" && h("p", { class: "quiet-text" }, "In its own words: ", error.message),
    again && h("p", {}, button("Try again", again)));
};

// Who wanted what, on which; and where to look what would allow it.
const refusal = (error, again) => {
  const resource = error.resource && error.resource !== "*" ? error.resource : "*";
  const retry = again && button("Try again", again);
  return h("div", { class: "state refused", role: "alert" },
    h("h2", {}, "You may not do this"),
    error.action
      ? [h("p", {}, "The missing permission is ", h("strong", {}, code(error.action)), resource === "*" ? " on all resources." : [" on ", code(resource), "."]),
        facts({ "Who asked": code(error.who), "Why": error.because?.replace(/^with/, "There is").replace(/^because n/, "N").replace(/$/, ".") }),
        h("p", { class: "row" }, h("a", { class: "button", href: to("iam", "simulator", { who: principalOf(error.who), action: error.action, resource }) }, "Ask the simulator"), retry)]
      : [h("p", {}, error.message), h("p", {}, retry || "")]);
};

// The principal behind a session, which policies are attached to.
export const principalOf = (arn = "") => arn.replace(/^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.*$/, "arn:aws:iam::$1:role/$2");

export const skeleton = () => h("div", { class: "state waiting", role: "status" }, h("span", { class: "sr" }, "Loading"), h("span", { class: "bar" }), h("span", { class: "bar" }), h("span", { class: "bar" }));
export const empty = (title, ...children) => h("div", { class: "state" }, h("h2", {}, title), children);

// ---- views that look again

// load() -> data, draw(data) -> nodes. Looks again after changes of `services`,
// and every poll(data) milliseconds while that is not 0; what moves by itself also
// now and then. Draws only what is new; missing() -> nodes where there is no such thing.
const MOVES = ["sagemaker", "logs"], NOW_AND_THEN = 5000;
export const live = (place, { services = [], load, draw, poll, missing, refusals = false }) => {
  let before, timer, ticking, running = false, wanted = false, drawn = false, refused = false;
  const controller = new AbortController();

  const keepFocus = (change) => {
    const at = document.activeElement;
    const key = place.contains(at) && (at.id || at.dataset.key || at.getAttribute("href") || at.textContent);
    const typed = key && at.matches("input, textarea") ? { start: at.selectionStart, end: at.selectionEnd } : null;
    change();
    if (!key) return;
    const again = [...place.querySelectorAll("a, button, input, select, textarea, [tabindex]")].find((node) => (node.id || node.dataset.key || node.getAttribute("href") || node.textContent) === key);
    again?.focus({ preventScroll: true });
    if (typed && again?.setSelectionRange && typed.start !== null) again.setSelectionRange(typed.start, typed.end);
  };

  const show = (nodes) => keepFocus(() => place.replaceChildren(...[nodes].flat(Infinity).filter(Boolean)));

  const run = async (force) => {
    if (running) { wanted = true; return; }
    running = true;
    clearTimeout(ticking);
    const waiting = drawn ? 0 : setTimeout(() => show(skeleton()), 150);
    try {
      const data = await load(controller.signal);
      clearTimeout(waiting);
      if (controller.signal.aborted) return;
      const text = JSON.stringify(data);
      if (force || text !== before) show(draw(data, refresh));
      before = text;
      drawn = true;
      refused = false;
      const every = document.hidden ? 0 : poll?.(data) || (services.some((name) => MOVES.includes(name)) ? NOW_AND_THEN : 0);
      if (every) ticking = setTimeout(() => run(), every);
    } catch (error) {
      clearTimeout(waiting);
      if (error.name !== "AbortError" && !controller.signal.aborted) {
        before = undefined;
        drawn = true;
        refused = Boolean(error.refused);
        show(missing && error.missing ? missing() : failure(error, () => { drawn = false; run(true); }));
      }
    } finally {
      running = false;
      place.removeAttribute("aria-busy");
      if (wanted) { wanted = false; run(); }
    }
  };

  const refresh = (force = true) => run(force);
  const stop = onChange((change) => {
    if (!place.isConnected) { end(); return; }
    if (change.link === undefined && !services.includes(change.service) && !services.includes("*")) return;
    // A refusal changes nothing but the list of refusals, which must not answer to its own;
    // and what was refused is not asked for again and again.
    if (change.link === false || (change.blind && refused) || (change.code && (!refusals || change.operation === "LookupEvents"))) return;
    clearTimeout(timer);
    timer = setTimeout(() => run(), 120);
  });
  const end = () => { stop(); controller.abort(); clearTimeout(timer); clearTimeout(ticking); };
  place.setAttribute("aria-busy", "true");
  run();
  return { refresh, end };
};

// New nodes only where the state is another one: a button that is being pressed stays.
export const keyed = (place, state, make) => {
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  place.replaceChildren(...[make()].flat(Infinity).filter(Boolean));
};

export const section = (options) => {
  const place = h("div", { class: "live" });
  place.view = live(place, options);
  return place;
};

// ---- tables and lists by pages

// columns: {title, cell(row), right}. On a narrow screen a row is a small sheet, its
// cells one below the other; the roles keep it a table for who hears it.
export const rowsTable = ({ title, columns, rows, pick, bare, kind }) => {
  const heads = columns.map((column) => h(column.title ? "th" : "td", { scope: column.title ? "col" : null, role: column.title ? "columnheader" : "cell", class: column.right ? "right" : null }, column.title));
  const cells = (row) => columns.map((column, i) => (i === 0 ? h("th", { scope: "row", role: "rowheader" }, column.cell(row)) : h("td", { role: "cell", class: column.right ? "right" : null, "data-label": column.title || null }, column.cell(row))));
  return h("div", { class: bare ? "table bare" : "table", tabindex: "0", role: "region", "aria-label": bare ? `${title}, as a table` : title }, h("table", { class: "rows", role: "table" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, pick && h("td", { class: "pick", role: "cell" }, h("span", { class: "sr" }, "Choose")), heads)),
    h("tbody", { role: "rowgroup" }, rows.map((row) => h("tr", { role: "row", class: kind?.(row) }, pick?.(row), cells(row))))));
};

// load({token, filter, signal}) -> {rows, next, total}; columns: {title, cell, right};
// key(row); select: bulk actions (rows, refresh) -> buttons. memory keeps where one was.
export const listing = ({ title, services, load, columns, key, filter, actions, select, nothing, poll, memory = {}, every }) => {
  Object.assign(memory, { tokens: [undefined], at: 0, filter: "", chosen: new Map(), ...memory });
  const place = h("div", { class: "live" });
  const bar = h("div", { class: "list-bar" });
  const view = live(place, {
    services, poll: poll || (every && (() => every)),
    load: async (signal) => {
      const got = await load({ token: memory.tokens[memory.at], filter: memory.filter, signal });
      if (!got.rows.length && memory.at > 0) { memory.at = 0; return load({ filter: memory.filter, signal }); }
      if (got.next) memory.tokens[memory.at + 1] = got.next;
      return got;
    },
    draw: (got) => { bare = !got.rows.length && !memory.filter; drawBar(); return [drawRows(got), drawTurn(got)]; },
  });
  const refresh = () => view.refresh();
  let bare = false; // nothing to look among

  const chooser = (row) => {
    const id = key(row);
    return h("td", { class: "pick", role: "cell" }, h("input", {
      type: "checkbox", checked: memory.chosen.has(id), "aria-label": `Choose ${id}`, "data-key": `pick ${id}`,
      onchange: (event) => { if (event.target.checked) memory.chosen.set(id, row); else memory.chosen.delete(id); drawBar(); },
    }));
  };
  const drawRows = (got) => {
    if (!got.rows.length) {
      if (memory.filter) return empty("Nothing of that name", h("p", {}, "No entry matches ", code(memory.filter), "."));
      return nothing ? nothing() : empty("Nothing here yet");
    }
    for (const id of memory.chosen.keys()) if (!got.rows.some((row) => key(row) === id)) memory.chosen.delete(id);
    if (select) drawBar();
    return rowsTable({ title, columns, rows: got.rows, pick: select && chooser });
  };
  const drawTurn = (got) => ((got.next || memory.at > 0) && h("nav", { class: "turn-pages", "aria-label": "Pages" },
    button("Previous", () => { memory.at--; view.refresh(); }, { disabled: memory.at === 0 }),
    h("span", {}, `Page ${memory.at + 1}`, got.total ? ` of ${Math.ceil(got.total / (got.size || 100))}` : ""),
    button("Next", () => { memory.at++; view.refresh(); }, { disabled: !got.next })));

  let typing;
  const search = filter && h("input", {
    type: "search", class: "filter", id: unique("filter"), placeholder: filter, "aria-label": filter, value: memory.filter,
    oninput: (event) => {
      clearTimeout(typing);
      typing = setTimeout(() => { Object.assign(memory, { filter: event.target.value.trim(), tokens: [undefined], at: 0 }); view.refresh(); }, 200);
    },
  });
  // The field stays where it is: somebody may be typing in it.
  const rest = h("div", { class: "list-rest" });
  if (search) bar.append(search);
  bar.append(rest);
  const drawBar = () => {
    const chosen = [...memory.chosen.values()];
    rest.replaceChildren(...[...(select && chosen.length ? [h("span", { class: "quiet-text" }, `${chosen.length} chosen`), ...select(chosen, () => { memory.chosen.clear(); drawBar(); refresh(); })] : []), ...(actions?.(refresh) || [])].filter(Boolean));
    if (search) search.hidden = bare && document.activeElement !== search;
    bar.hidden = (!search || bare) && !rest.children.length;
  };
  drawBar();
  return h("section", { class: "listing" }, bar, place);
};

// Rows that one call gives all at once, by pages of 100 all the same.
export const whole = (fetch, matches) => async ({ token = 0, filter, signal }) => {
  const rows = (await fetch(signal)).filter((row) => !filter || matches(row).toLowerCase().includes(filter.toLowerCase()));
  const at = Number(token);
  return { rows: rows.slice(at, at + 100), next: at + 100 < rows.length ? String(at + 100) : undefined, total: rows.length };
};

// ---- messages

export const say = (text, kind = "good") => {
  const box = document.getElementById("messages");
  const line = h("div", { class: `message ${kind}` }, h("span", {}, text), button("\u00d7", () => line.remove(), { class: "quiet", "aria-label": "Dismiss" }));
  box.append(line);
  while (box.children.length > 3) box.firstChild.remove();
  if (kind === "good") setTimeout(() => line.remove(), 6000);
};

// Do it; what went wrong is said.
export const attempt = async (work, done) => {
  try {
    const result = await work();
    if (done) say(done);
    return result;
  } catch (error) {
    say(error instanceof ApiError && error.refused && error.action ? `You may not: ${error.action} on ${error.resource || "*"} is missing.` : `${error.code ? `${error.code}: ` : ""}${error.message}`, "bad");
    return undefined;
  }
};

// ---- dialogs

export const dialog = (title, draw, { wide = false } = {}) => new Promise((done) => {
  const id = unique("dialog"), opener = document.activeElement;
  const box = h("dialog", { class: `box ${wide ? "wide" : ""}`, "aria-labelledby": id });
  const close = (value) => { box.close(); box.remove(); opener?.isConnected && opener.focus(); done(value); };
  box.append(h("h2", { id }, title), ...[draw(close)].flat(Infinity).filter(Boolean));
  box.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  document.body.append(box);
  box.showModal();
});

// A question with what follows from it; `word` must be typed where it cannot be undone.
export const confirm = (title, { text, follows = [], verb = "Delete", word }) => dialog(title, (close) => {
  const yes = h("button", { type: "submit", class: "danger", disabled: Boolean(word) }, verb);
  const id = unique("word");
  return h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); close(true); } },
    text && h("p", {}, text),
    follows.length > 0 && [h("p", { class: "follows-title" }, "What follows"), h("ul", { class: "follows" }, follows.map((line) => h("li", {}, line)))],
    word && h("p", {}, h("label", { for: id }, "Type ", code(word), " to go on"), h("input", { id, class: "field", autocomplete: "off", spellcheck: "false", oninput: (event) => { yes.disabled = event.target.value !== word; } })),
    h("p", { class: "ask-bar" }, button("Cancel", () => close(false)), yes));
});

// Fields: {name, label, kind, value, hint, options, check(value) -> error text}. submit(values) may throw.
export const form = (title, fields, submit, { verb = "Save", intro, wide } = {}) => dialog(title, (close) => {
  const problem = h("div", { class: "problem", role: "alert" });
  const go = h("button", { type: "submit", class: "primary" }, verb);
  const controls = fields.map((field) => {
    const id = unique("field"), hint = field.hint && h("p", { class: "hint", id: `${id}-hint` }, field.hint);
    const wrong = h("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
    const common = { id, name: field.name, class: "field", "aria-describedby": hint ? `${id}-hint` : null, required: field.required || null, autocomplete: "off", spellcheck: "false" };
    const input = field.editor ? field.editor
      : field.kind === "select" ? h("select", common, field.options.map((o) => h("option", { value: o.value ?? o, selected: (o.value ?? o) === field.value || null }, o.label ?? o)))
        : field.kind === "check" ? h("input", { ...common, class: null, type: "checkbox", checked: Boolean(field.value) })
          : field.kind === "text" ? h("textarea", { ...common, rows: 4, value: field.value || "" })
            : h("input", { ...common, type: field.kind || "text", value: field.value ?? "", placeholder: field.placeholder || null, min: field.min, max: field.max, step: field.step, list: null });
    const read = () => (field.editor ? field.editor.text() : field.kind === "check" ? input.checked : input.value.trim());
    const judge = () => {
      const text = field.required && read() === "" ? "This is needed." : field.check?.(read()) || "";
      wrong.textContent = text;
      wrong.hidden = !text;
      if (!field.editor) { if (text) { input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-errormessage", wrong.id); } else input.removeAttribute("aria-invalid"); }
      return !text;
    };
    input.addEventListener("change", judge);
    const label = h("label", { for: field.editor ? field.editor.inputId : id }, field.label);
    return { name: field.name, read, judge, input, node: h("div", { class: `form-row ${field.kind === "check" ? "check" : ""}` }, field.kind === "check" ? [input, label] : [label, input], hint, wrong) };
  });
  const work = async (event) => {
    event.preventDefault();
    const bad = controls.filter((control) => !control.judge())[0];
    if (bad) { (bad.input.focusInside || bad.input.focus).call(bad.input); return; }
    go.disabled = true;
    problem.replaceChildren();
    try {
      const result = await submit(Object.fromEntries(controls.map((control) => [control.name, control.read()])));
      close(result ?? true);
    } catch (error) {
      problem.append(failure(error));
    }
    go.disabled = false;
  };
  return h("form", { onsubmit: work, novalidate: true }, intro && h("p", { class: "intro" }, intro), controls.map((control) => control.node), problem,
    h("p", { class: "ask-bar" }, button("Cancel", () => close()), go));
}, { wide });

// ---- tabs: one shown at a time, drawn when first opened

export const tabs = (name, panels, chosen) => {
  const list = h("div", { class: "tab-list", role: "tablist", "aria-label": name });
  const place = h("div", { class: "tab-place" });
  const entries = panels.filter(Boolean).map(([title, draw], i) => {
    const id = unique("tab");
    const press = h("button", { type: "button", role: "tab", id, "aria-selected": "false", "aria-controls": `${id}-panel`, tabindex: "-1", onclick: () => choose(i) }, title);
    const panel = h("div", { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": id, tabindex: "0", hidden: true });
    list.append(press);
    place.append(panel);
    return { press, panel, draw, title };
  });
  const choose = (i) => {
    entries.forEach((entry, k) => {
      entry.press.setAttribute("aria-selected", String(k === i));
      entry.press.tabIndex = k === i ? 0 : -1;
      entry.panel.hidden = k !== i;
    });
    if (!entries[i].drawn) { entries[i].drawn = true; entries[i].panel.append(...[entries[i].draw()].flat(Infinity).filter(Boolean)); }
  };
  list.addEventListener("keydown", (event) => {
    const at = entries.findIndex((entry) => entry.press === document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = event.key === "Home" ? 0 : event.key === "End" ? entries.length - 1 : step ? (at + step + entries.length) % entries.length : -1;
    if (at < 0 || next < 0) return;
    event.preventDefault();
    choose(next);
    entries[next].press.focus();
  });
  choose(Math.max(0, entries.findIndex((entry) => entry.title === chosen)));
  return h("div", { class: "tabs-box" }, list, place);
};

// ---- head of a view

export const head = (title, { over, summary, actions = [], badge } = {}) => h("header", { class: "view-head" },
  over && h("nav", { class: "crumbs", "aria-label": "Where you are" }, h("ol", {}, over.map((part) => h("li", {}, part)))),
  h("div", { class: "view-title" }, h("h1", { tabindex: "-1" }, title), badge, h("div", { class: "view-actions" }, actions)),
  summary && h("p", { class: "view-summary" }, summary));
