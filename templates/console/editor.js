// A JSON editor that says what is wrong where it is wrong, and what a policy needs.
import { button, h, note, section, unique } from "./ui.js";

// ---- JSON, read with the line of every value and mistake

class Mistake extends Error {
  constructor(at, message) { super(message); this.at = at; }
}

// {value, kind, at, keys: {name: {at, node}}, items}
export const readJson = (text) => {
  let at = 0;
  const fail = (message, where = at) => { throw new Mistake(where, message); };
  const space = () => { while (/\s/.test(text[at] || "")) at++; };
  const string = () => {
    const start = at++;
    while (text[at] !== '"') {
      if (at >= text.length || text[at] === "\n") fail("This text has no closing quotation mark.", start);
      at += text[at] === "\\" ? 2 : 1;
    }
    at++;
    try { return JSON.parse(text.slice(start, at)); } catch { return fail("A backslash in a text must be followed by one of \" \\ / b f n r t u.", start); }
  };
  const many = (close, item, what) => {
    at++;
    space();
    if (text[at] === close) { at++; return; }
    for (;;) {
      item();
      space();
      if (text[at] === ",") {
        const comma = at++;
        space();
        if (text[at] === close) fail(`A comma too many: the ${what} ends here.`, comma);
      } else if (text[at] === close) { at++; return; } else if (at >= text.length) fail(`The ${what} is never closed: ${close} is missing.`);
      else fail(`A comma is missing before this, or ${close} to end the ${what}.`);
    }
  };
  const value = () => {
    space();
    const start = at, c = text[at];
    if (c === "{") {
      const node = { kind: "object", at: start, keys: {}, value: {} };
      many("}", () => {
        space();
        const where = at;
        if (text[at] === "'") fail("Names stand in double quotation marks, not single ones.");
        if (text[at] !== '"') fail("The name of a member is expected here, in double quotation marks.");
        const name = string();
        if (node.keys[name]) fail(`"${name}" is there twice: only one of the two would count.`, where);
        space();
        if (text[at] !== ":") fail(`A colon is expected behind "${name}".`);
        at++;
        node.keys[name] = { at: where, node: value() };
        node.value[name] = node.keys[name].node.value;
      }, "object");
      return node;
    }
    if (c === "[") {
      const node = { kind: "array", at: start, items: [], value: [] };
      many("]", () => { const item = value(); node.items.push(item); node.value.push(item.value); }, "list");
      return node;
    }
    if (c === '"') return { kind: "string", at: start, value: string() };
    if (c === "'") fail("Texts stand in double quotation marks, not single ones.");
    const word = /^(true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?)/.exec(text.slice(at));
    if (!word) fail(at >= text.length ? "Something is missing at the end." : "A value is expected here: a text in double quotation marks, a list, an object, a number, true or false.");
    at += word[0].length;
    return { kind: typeof JSON.parse(word[0]), at: start, value: JSON.parse(word[0]) };
  };
  const root = value();
  space();
  if (at < text.length) fail("The JSON has ended before this.");
  return root;
};

const lineOf = (text, at) => text.slice(0, at).split("\n").length;

// ---- what a policy needs

const STATEMENT = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
// How many letters must be changed, up to two.
const apart = (a, b) => {
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) row = row.reduce((next, up, k) => [...next, k ? Math.min(up + 1, next[k - 1] + 1, row[k - 1] + (a[i - 1] === b[k - 1] ? 0 : 1)) : i], []);
  return row[b.length];
};
const near = (word, known) => known.find((name) => apart(name.toLowerCase(), word.toLowerCase()) <= (name.length > 4 ? 2 : 1));
const texts = (node) => (node.kind === "string" ? [node] : node.kind === "array" ? node.items : []);

const checkActions = (node, tell) => {
  if (!["string", "array"].includes(node.kind)) tell(node.at, "An action is a text, or a list of texts.");
  for (const item of texts(node)) {
    if (item.kind !== "string") tell(item.at, "An action is a text.");
    else if (item.value !== "*" && !/^[a-z0-9-]+:[A-Za-z0-9*?]+$/.test(item.value)) tell(item.at, item.value.includes(":") ? `"${item.value}" is no action: service, colon, name, as in s3:GetObject.` : `"${item.value}" lacks its service: as in s3:GetObject, with a colon.`);
  }
};

const checkResources = (node, tell) => {
  if (!["string", "array"].includes(node.kind)) tell(node.at, "A resource is an ARN or *, or a list of them.");
  for (const item of texts(node)) {
    if (item.kind !== "string") tell(item.at, "A resource is a text.");
    else if (item.value !== "*" && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+/.test(item.value)) tell(item.at, /^s3:\/\//.test(item.value) ? `Not an address but an ARN: arn:aws:s3:::${item.value.slice(5)}` : `"${item.value}" is no ARN: arn:aws:service:region:account:name, or *.`);
  }
};

// The mistake that is made most: listing is on the bucket, reading on what is in it.
const checkS3 = (keys, tell) => {
  const actions = texts(keys.Action?.node || { kind: "" }).map((item) => item.value), resources = texts(keys.Resource?.node || { kind: "" });
  const first = resources[0];
  if (!first || keys.Effect?.node.value !== "Allow") return;
  const s3 = resources.every((item) => /^arn:aws:s3:::/.test(item.value));
  if (s3 && actions.length && actions.every((action) => action === "s3:ListBucket") && resources.every((item) => item.value.includes("/"))) tell(first.at, "s3:ListBucket is on the bucket itself: without /* at the end.", "hint");
  if (s3 && actions.length && actions.every((action) => /^s3:(Get|Put|Delete)Object$/.test(action)) && resources.every((item) => !item.value.includes("/") && !item.value.endsWith("*"))) tell(first.at, "Objects are in the bucket: the ARN ends in /* .", "hint");
};

const checkStatement = (node, kind, tell) => {
  if (node.kind !== "object") { tell(node.at, "A statement is an object in braces."); return; }
  const { keys } = node;
  for (const [name, { at }] of Object.entries(keys)) if (!STATEMENT.includes(name)) tell(at, near(name, STATEMENT) ? `"${name}" is spelled "${near(name, STATEMENT)}".` : `A statement has no "${name}". It has ${STATEMENT.join(", ")}.`);
  const meant = new Set(Object.keys(keys).filter((name) => !STATEMENT.includes(name)).map((name) => near(name, STATEMENT)));
  const lacks = (...names) => names.every((name) => !keys[name] && !meant.has(name));
  if (lacks("Effect")) tell(node.at, "This statement has no Effect: Allow or Deny.");
  else if (keys.Effect && !["Allow", "Deny"].includes(keys.Effect.node.value)) tell(keys.Effect.node.at, `Effect is Allow or Deny, with a capital letter, not "${keys.Effect.node.value}".`);
  for (const [one, other] of [["Action", "NotAction"], ["Resource", "NotResource"], ["Principal", "NotPrincipal"]]) if (keys[one] && keys[other]) tell(keys[other].at, `Either ${one} or ${other}, not both.`);
  if (lacks("Action", "NotAction")) tell(node.at, "This statement has no Action: what is it about?");
  for (const name of ["Action", "NotAction"]) if (keys[name]) checkActions(keys[name].node, tell);
  const principal = keys.Principal || keys.NotPrincipal, resource = keys.Resource || keys.NotResource;
  if (kind === "identity" && principal) tell(principal.at, "No Principal here: the policy hangs on the user or role, so who is known already.");
  if (kind !== "identity" && lacks("Principal", "NotPrincipal")) tell(node.at, kind === "trust" ? "A trust policy says who may take the role: Principal is missing." : "A bucket\u2019s policy says for whom: Principal is missing.");
  if (kind === "trust" && resource) tell(resource.at, "No Resource here: the role itself is what it is about.");
  if (kind !== "trust" && lacks("Resource", "NotResource")) tell(node.at, "This statement has no Resource: on which things?");
  if (kind === "trust" && keys.Action && !texts(keys.Action.node).some((item) => /^(sts:.*|\*)$/.test(item.value))) tell(keys.Action.node.at, "The action of a trust policy is sts:AssumeRole.");
  if (resource) checkResources(resource.node, tell);
  if (principal && !(principal.node.value === "*" || principal.node.kind === "object")) tell(principal.node.at, 'A Principal is "*", or an object such as {"Service": "sagemaker.amazonaws.com"} or {"AWS": "arn:..."}.');
  else if (principal?.node.kind === "object") for (const [name, { at }] of Object.entries(principal.node.keys)) if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(name)) tell(at, `A Principal is of kind AWS, Service, Federated or CanonicalUser, not "${name}".`);
  if (keys.Condition && keys.Condition.node.kind !== "object") tell(keys.Condition.at, "A Condition is an object: operator, then key, then value.");
  checkS3(keys, tell);
};

// kind: "identity", "resource" or "trust". [{line, message, hint}]
export const policyProblems = (text, kind) => {
  const problems = [];
  const tell = (at, message, hint) => problems.push({ line: lineOf(text, at), message, hint: Boolean(hint) });
  try {
    const root = readJson(text);
    if (root.kind !== "object") { tell(root.at, "A policy is an object in braces."); return problems; }
    const { keys } = root;
    for (const [name, { at }] of Object.entries(keys)) if (!["Version", "Id", "Statement"].includes(name)) tell(at, near(name, ["Version", "Id", "Statement"]) ? `"${name}" is spelled "${near(name, ["Version", "Id", "Statement"])}".` : `A policy has Version, Id and Statement, not "${name}".`);
    if (!keys.Version) tell(root.at, 'Version is missing: "2012-10-17". It is not a date that you choose.', "hint");
    else if (!["2012-10-17", "2008-10-17"].includes(keys.Version.node.value)) tell(keys.Version.node.at, 'Version names the language: it is "2012-10-17".');
    if (!keys.Statement) tell(root.at, "A policy has at least one Statement.");
    else if (keys.Statement.node.kind === "array" && !keys.Statement.node.items.length) tell(keys.Statement.node.at, "The list of statements is empty.");
    else for (const node of keys.Statement.node.kind === "array" ? keys.Statement.node.items : [keys.Statement.node]) checkStatement(node, kind, tell);
  } catch (mistake) {
    if (!(mistake instanceof Mistake)) throw mistake;
    tell(mistake.at, mistake.message);
  }
  return problems.sort((a, b) => a.line - b.line);
};

export const jsonProblems = (text) => {
  try { readJson(text); return []; } catch (mistake) {
    if (!(mistake instanceof Mistake)) throw mistake;
    return [{ line: lineOf(text, mistake.at), message: mistake.message }];
  }
};

// ---- the editor: lines numbered, the wrong ones marked, each mistake a way to its line

export const editor = ({ label, value = "", check = jsonProblems, rows = 16, readonly = false }) => {
  const id = unique("editor");
  const lines = h("pre", { class: "editor-lines", "aria-hidden": "true" });
  const area = h("textarea", { id, class: "editor-text", "aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", rows, readonly, value, "aria-describedby": `${id}-said` });
  const said = h("div", { class: "editor-said", id: `${id}-said`, role: "status" });
  const jump = (line) => {
    const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + (area.value.split("\n")[line - 1] || "").length);
    area.scrollTop = Math.max(0, (line - 4) * (area.scrollHeight / Math.max(1, area.value.split("\n").length)));
  };
  const judge = () => {
    const problems = check(area.value), wrong = new Map(problems.map((problem) => [problem.line, problem.hint]));
    lines.replaceChildren(...area.value.split("\n").map((_, i) => h("span", { class: wrong.has(i + 1) ? (wrong.get(i + 1) ? "line-hint" : "line-bad") : null }, `${i + 1}\n`)));
    const bad = problems.some((problem) => !problem.hint);
    area.setAttribute("aria-invalid", String(bad));
    said.className = `editor-said ${bad ? "bad" : problems.length ? "hint-said" : "good"}`;
    said.replaceChildren(...(problems.length ? [h("ul", {}, problems.slice(0, 8).map((problem) => h("li", {}, h("button", { type: "button", class: "link", onclick: () => jump(problem.line) }, `Line ${problem.line}`), ": ", problem.message)))] : [h("p", {}, readonly ? "" : "No mistake found.")]));
    lines.scrollTop = area.scrollTop;
    return problems;
  };
  area.addEventListener("input", judge);
  area.addEventListener("scroll", () => { lines.scrollTop = area.scrollTop; });
  // Tab leaves, as everywhere; Enter keeps the indentation.
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || readonly) return;
    const before = area.value.slice(0, area.selectionStart), indent = /(^|\n)([ \t]*)[^\n]*$/.exec(before)[2] + (/[{[]\s*$/.test(before) ? "  " : "");
    event.preventDefault();
    area.setRangeText(`\n${indent}`, area.selectionStart, area.selectionEnd, "end");
    judge();
  });
  const box = h("div", { class: "editor" }, h("div", { class: "editor-in" }, lines, area), said);
  Object.assign(box, { text: () => area.value, set: (text) => { area.value = text; judge(); }, inputId: id, focusInside: () => area.focus(), problems: judge });
  judge();
  return box;
};

// A view with an editor in it: draw(data) -> {edit, nodes}. What somebody else saves is
// shown at once, unless something is typed here that would be lost.
const meaning = (text) => { try { return JSON.stringify(JSON.parse(text)); } catch { return text; } };
export const editView = ({ services, load, draw }) => {
  let now = null;
  return section({
    services, load,
    draw: (data, refresh) => {
      const fresh = draw(data);
      fresh.from = fresh.edit.text();
      const typed = now && now.edit.text() !== now.from && meaning(now.edit.text()) !== meaning(fresh.from);
      if (typed && fresh.from === now.from) return now.nodes;
      if (typed) return [note("warning", "It was changed elsewhere meanwhile", h("p", {}, "You see what you have typed. "), h("p", {}, button("Show what is there now", () => { now = null; refresh(); }))), ...now.nodes];
      now = fresh;
      return fresh.nodes;
    },
  });
};
