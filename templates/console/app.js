// The frame around every view: the bar's five places, the sidebar of a service,
// and the way from an address (#/REGION/SERVICE/PAGE/NAME?...) to a view. A
// service's views are loaded when it is first opened.
import { become, follow, identity, onChange, query, list, setRegion as apiRegion, signIn } from "./api.js";
import { attempt, code, empty, failure, form, h, say, setRegion as uiRegion, skeleton, to } from "./ui.js";
import { PAGES, REGIONS, groups, regionTitle, search } from "./services.js";
import * as home from "./home.js";

const $ = (id) => document.getElementById(id);
const main = $("main"), nav = $("service-nav"), html = document.documentElement;
const store = {
  get: (name) => { try { return JSON.parse(localStorage.getItem(`labbook:console:${name}`)); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem(`labbook:console:${name}`, JSON.stringify(value)); } catch { /* nowhere to keep it */ } },
};

// ---- addresses

const parse = () => {
  const [path, text = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").map((part) => { try { return decodeURIComponent(part); } catch { return part; } }).filter((part, i) => part || i === 0);
  const known = REGIONS.some(([id]) => id === parts[0]);
  const region = known ? parts.shift() : store.get("region") || identity.home || "us-east-1";
  return { region, service: parts[0] || "", path: parts.slice(1), query: Object.fromEntries(new URLSearchParams(text)) };
};

const LOADERS = { "": () => home, services: () => home };
const load = (service) => (LOADERS[service] || (() => import(`./${service}.js`)))();
const memories = new Map(); // where one was in each list, by address

const visit = (service) => {
  if (!PAGES[service]) return;
  store.set("visited", [{ service, at: Date.now() }, ...(store.get("visited") || []).filter((entry) => entry.service !== service)].slice(0, 6));
};

let shown = 0;
const show = async () => {
  const at = parse(), turn = ++shown;
  const moved = html.dataset.at !== location.hash;
  html.dataset.at = location.hash;
  apiRegion(at.region);
  uiRegion(at.region);
  store.set("region", at.region);
  if (at.query.hints) store.set("hints", at.query.hints !== "off");
  drawBar(at);
  drawNav(at);
  const key = `${identity.arn} ${location.hash}`;
  if (!memories.has(key)) memories.set(key, {});
  const ctx = { ...at, memory: memories.get(key), again: show, hints: store.get("hints") !== false, visited: store.get("visited") || [] };
  // What was open does not stand below another service's bar.
  const waiting = moved && turn > 1 ? setTimeout(() => { if (turn === shown) main.replaceChildren(skeleton()); }, 150) : 0;
  try {
    if (at.service && !LOADERS[at.service] && !PAGES[at.service]) throw new Error("unknown");
    const module = await load(at.service);
    if (turn !== shown) return;
    const nodes = await module.view(ctx);
    if (turn !== shown) return;
    main.replaceChildren(...[nodes].flat(Infinity).filter(Boolean));
    visit(at.service);
  } catch (error) {
    if (turn !== shown) return;
    main.replaceChildren(error.message === "unknown" ? empty("There is no such page", h("p", {}, "The address names ", code(at.service), ". ", h("a", { href: to() }, "Back to the first page"), ".")) : failure(error, show));
  }
  clearTimeout(waiting);
  const title = main.querySelector("h1, h2");
  document.title = title ? `${title.textContent} \u2013 practice console` : "Practice console";
  if (moved && turn > 1) {
    scrollTo({ top: 0, behavior: "instant" });
    main.querySelector("[data-found]")?.scrollIntoView({ block: "center", behavior: "instant" });
    // Who goes through the regions by keyboard goes on there.
    if (document.activeElement !== $("region")) (main.querySelector("h1") || main).focus({ preventScroll: true });
  }
};

// ---- the bar

const drawBar = (at) => {
  $("brand").href = to();
  $("all-services").href = to("services");
  $("region").value = at.region;
  $("region-note").textContent = `You see ${at.region} (${regionTitle(at.region)}).`;
};

const drawNav = (at) => {
  const pages = PAGES[at.service];
  nav.hidden = !pages;
  html.classList.toggle("with-nav", Boolean(pages));
  if (!pages) return;
  const open = at.path[0] || pages.nav[0][0];
  nav.setAttribute("aria-label", pages.title);
  nav.replaceChildren(h("p", { class: "service-title" }, pages.title), h("ul", {}, pages.nav.map(([page, title, group]) =>
    h("li", { class: group ? "group" : null, "data-group": group || null }, h("a", { href: to(at.service, page), "aria-current": page === open ? "page" : null }, title)))));
  // Where it is one line that scrolls, the open page is in it.
  const list = nav.lastChild, now = list.querySelector("[aria-current]");
  if (now && list.scrollWidth > list.clientWidth) list.scrollLeft = now.offsetLeft - list.offsetLeft - (list.clientWidth - now.offsetWidth) / 2;
};

const fillRegions = () => {
  const select = $("region");
  select.append(...REGIONS.map(([id, title]) => h("option", { value: id }, `${title} \u00b7 ${id}`)));
  // The place is kept, what is named in it is not: it does not exist elsewhere.
  select.addEventListener("change", () => {
    const at = parse();
    uiRegion(select.value);
    const page = at.path[0];
    location.hash = at.service ? to(...[at.service, page].filter(Boolean)) : to();
  });
};

// ---- search

const fillSearch = () => {
  const input = $("find"), box = $("found");
  let rows = [], at = -1;
  const close = () => { box.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); at = -1; };
  const mark = (i) => {
    at = i;
    [...box.children].forEach((row, k) => row.setAttribute("aria-selected", String(k === i)));
    if (i >= 0 && box.children[i]?.id) { input.setAttribute("aria-activedescendant", box.children[i].id); box.children[i].scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  };
  const go = (entry) => {
    close();
    input.value = "";
    location.hash = entry.page ? to(...entry.page.split("/")) : to("services", { find: entry.title });
    input.blur();
  };
  const draw = () => {
    rows = search(input.value);
    if (!input.value.trim()) { close(); return; }
    box.replaceChildren(...(rows.length ? rows.map((entry, i) => h("li", { role: "option", id: `found-${i}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); go(entry); } },
      h("strong", {}, entry.title), !entry.here && h("span", { class: "badge quiet-badge" }, "not here"), h("span", { class: "found-what" }, entry.what)))
      : [h("li", { class: "found-none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing found. Try what you want to do: ", code("files"), ", ", code("budget"), ", ", code("train"))]));
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(rows.length ? 0 : -1);
  };
  input.addEventListener("input", draw);
  // Those that are not here are found as well, once they have come.
  input.addEventListener("focus", () => { groups().then(() => { if (input.value && document.activeElement === input) draw(); }, () => { /* only what is here */ }); if (input.value) draw(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { if (box.hidden) input.value = ""; close(); }
    else if (event.key === "Enter" && rows[at] && !box.hidden) { event.preventDefault(); go(rows[at]); }
    else if (["ArrowDown", "ArrowUp"].includes(event.key) && rows.length && !box.hidden) {
      event.preventDefault();
      mark((at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length);
    }
  });
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") { event.preventDefault(); input.focus(); input.select(); }
  });
};

// ---- the account

const shortName = () => (identity.arn?.endsWith(":root") ? "root" : identity.arn?.split(":").pop().replace(/^user\//, "").replace(/^assumed-role\//, "") || "");

const switchTo = async (who, name) => {
  $("account").open = false;
  if (await attempt(async () => { await become(who); return true; })) {
    say(`You are ${name} now.`);
    drawWho();
    show();
  }
};

const drawWho = () => {
  $("who").textContent = shortName() || "not signed in";
  $("account").querySelector("summary").setAttribute("aria-label", `Account ${identity.account || ""}, signed in as ${shortName()}`);
  if ($("account").open) drawAccount();
};

const assume = () => form("Work as a role", [
  { name: "role", label: "The role\u2019s ARN", required: true, value: identity.account ? `arn:aws:iam::${identity.account}:role/` : "", check: (text) => (/^arn:aws:iam::\d{12}:role\/.+/.test(text) ? "" : "An ARN like arn:aws:iam::123456789012:role/name.") },
], async ({ role }) => { await become({ user: identity.user ?? null, role }); return role; }, { verb: "Assume it", intro: "Its trust policy must name you, or your account with a policy of yours that allows sts:AssumeRole." })
  .then((role) => { if (role) { say(`You work as ${role.split("/").pop()} now.`); drawWho(); show(); } });

const drawAccount = async () => {
  const panel = $("account-panel");
  const people = h("div", {}), hints = store.get("hints") !== false;
  const row = (name, what, who, current) => h("button", { type: "button", class: "who-row", "aria-current": current ? "true" : null, onclick: () => switchTo(who, name) }, h("strong", {}, name), h("span", {}, what));
  panel.replaceChildren(
    h("p", { class: "account-number" }, "Account ", h("strong", {}, (identity.account || "").replace(/(\d{4})(?=\d)/g, "$1 "))),
    h("p", { class: "account-arn" }, code(identity.arn || "")),
    h("h2", {}, "Sign in as"), people,
    h("div", { class: "account-links" }, h("a", { href: to("iam", "users") }, "Security credentials"), h("a", { href: to("billing") }, "Billing and Cost Management"),
      h("label", {}, h("input", { type: "checkbox", checked: hints, onchange: (event) => { store.set("hints", event.target.checked); show(); } }), " Say when something is in another region")));
  const known = [row("root", "The account itself: may do all, and should do little", { user: null }, !identity.user && !identity.role)];
  const users = await query("iam", "ListUsers").then((answer) => list(answer.Users), (error) => error);
  if (Array.isArray(users)) {
    for (const user of users) known.push(row(user.UserName, "A user", { user: user.UserName }, identity.user === user.UserName && !identity.role));
  } else {
    if (identity.user) known.push(row(identity.user, identity.role ? "Back to the user" : "A user", { user: identity.user }, !identity.role));
    if (identity.user !== "learner") known.push(row("learner", "The user that the book works as", { user: "learner" }, false));
    known.push(h("p", { class: "hint" }, "More users are not shown: ", code(users.action || users.code || "no answer"), " is missing."));
  }
  if (identity.role) known.push(row(identity.role.split("/").pop(), "A role, for an hour", { user: identity.user ?? null, role: identity.role }, true));
  people.replaceChildren(...known, h("button", { type: "button", class: "who-row", onclick: () => { $("account").open = false; assume(); } }, h("strong", {}, "A role\u2026"), h("span", {}, "What it may do, through STS")));
};

const fillAccount = () => {
  const box = $("account");
  box.addEventListener("toggle", () => { if (box.open) drawAccount(); });
  document.addEventListener("click", (event) => { if (box.open && event.target.isConnected && !box.contains(event.target)) box.open = false; });
  box.addEventListener("keydown", (event) => { if (event.key === "Escape" && box.open) { box.open = false; box.querySelector("summary").focus(); } });
  addEventListener("hashchange", () => { box.open = false; });
};

// ---- colours

const fillTheme = () => {
  const dark = matchMedia("(prefers-color-scheme: dark)"), press = $("theme");
  const isDark = () => (html.dataset.theme ? html.dataset.theme === "dark" : dark.matches);
  const label = () => press.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  press.addEventListener("click", () => {
    html.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("labbook:theme", html.dataset.theme); } catch { /* nowhere to keep it */ }
    label();
  });
  dark.addEventListener("change", label);
  label();
};

// ---- a budget that warns, wherever one is

const watchBudgets = async () => {
  const box = $("budget-note");
  let timer;
  const look = async () => {
    clearTimeout(timer);
    timer = setTimeout(look, 30000);
    const { budgetStates } = await import("./billing.js");
    const over = (await budgetStates().catch(() => [])).filter((budget) => budget.over);
    box.hidden = !over.length;
    if (over.length) box.replaceChildren(`The budget ${over[0].name} is ${over[0].spent >= over[0].limit ? "used up" : "nearly used up"}: $${over[0].spent.toFixed(2)} of $${over[0].limit.toFixed(2)}. `, h("a", { href: to("billing", "running") }, "What still costs?"));
  };
  onChange((change) => { if (change.service && !change.code && ["budgets", "sagemaker"].includes(change.service)) { clearTimeout(timer); timer = setTimeout(look, 600); } });
  await look();
};

fillRegions();
fillSearch();
fillAccount();
fillTheme();
$("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
addEventListener("hashchange", () => { document.querySelectorAll(".message.bad").forEach((line) => line.remove()); show(); });
addEventListener("console:as", (event) => switchTo(event.detail.who, event.detail.name));
onChange((change) => { if (change.link !== undefined) $("link-lost").hidden = change.link; });
const ready = signIn().then(() => { drawWho(); if (!store.get("region") && identity.home !== "us-east-1") return show(); }, async (error) => {
  // Who was signed in before may be gone: the book's user is there.
  if (error.code !== "NoAnswer" && (identity.role || identity.user !== "learner") && await become({ user: "learner" }).then(() => true, () => false)) {
    say(`Signed in as learner: ${error.message}`, "bad");
    drawWho();
    return show();
  }
  $("who").textContent = "not signed in";
  return null;
});
show();
ready.then(() => { follow(); setTimeout(watchBudgets, 400); });
