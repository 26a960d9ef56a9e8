// Beside `labbook serve`: a page follows its book. What an edit changed is changed
// where it stands; a page with another lab, quiz or script is loaded anew, where the
// reader was. Mistakes in the book are shown on every page until they are mended.
// Loaded by backend.js.
"use strict";
(() => {
  const { words } = labbook;
  const at = `labbook:at:${location.pathname}`;

  // Where the reader is: how far the nearest part above stands from the window's top. That
  // holds when what is above has another height afterwards.
  const place = () => {
    const parts = [...document.querySelectorAll("main h1, main [id]")].filter((node) => node.getBoundingClientRect().height > 0);
    const part = parts.findLast((node) => node.getBoundingClientRect().top < 120) || parts[0];
    return part ? { id: part.id, top: part.getBoundingClientRect().top } : null;
  };
  const goTo = ({ id, top }) => {
    const part = id ? document.getElementById(id) : document.querySelector("main h1");
    if (part) scrollBy({ top: part.getBoundingClientRect().top - top, behavior: "instant" });
  };
  try {
    const kept = JSON.parse(sessionStorage.getItem(at));
    sessionStorage.removeItem(at);
    if (kept) {
      history.scrollRestoration = "manual";
      goTo(kept);
      // Once more when what the labs had put out stands there again.
      labbook.opened.then(() => goTo(kept));
    }
  } catch { /* nowhere to keep it */ }

  // What was sent for this page: the document itself has been added to by scripts since. An edit is
  // the difference between that and what is sent now.
  const own = location.href.split("#")[0];
  const get = async (cache) => {
    const answer = await fetch(own, { cache });
    return answer.ok ? answer.text() : null;
  };
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  let sent = get("force-cache").catch(() => null);

  const reload = () => {
    try { sessionStorage.setItem(at, JSON.stringify(place())); } catch { /* it begins at the top */ }
    history.scrollRestoration = "manual";
    location.reload();
  };

  // These parts can be changed where they stand; a page that differs elsewhere is loaded anew.
  const parts = ["title", ".lesson-head", ".contents-small", ".aside"];
  const frame = (page) => {
    const copy = page.documentElement.cloneNode(true);
    for (const part of [...parts, ".prose"]) copy.querySelector(part)?.replaceChildren();
    for (const node of copy.querySelectorAll("head > meta[name], head > meta[property]")) node.remove();
    for (const node of copy.querySelectorAll("link[rel=stylesheet]")) node.removeAttribute("href");
    return copy.outerHTML;
  };

  // The runs of blocks that differ: [from, to) before are to be `nodes`. Between equal beginnings
  // and ends, what both have in the same order (the longest there is) stays.
  const changes = (before, now) => {
    const was = before.map((node) => node.outerHTML), is = now.map((node) => node.outerHTML);
    let from = 0, to = was.length, end = is.length;
    while (from < Math.min(to, end) && was[from] === is[from]) from++;
    while (to > from && end > from && was[to - 1] === is[end - 1]) { to--; end--; }
    const width = end - from + 1;
    if ((to - from + 1) * width > 250000) return [{ from, to, nodes: now.slice(from, end) }];
    const longest = new Uint16Array((to - from + 1) * width);
    const at = (i, k) => (i - from) * width + (k - from);
    for (let i = to - 1; i >= from; i--)
      for (let k = end - 1; k >= from; k--)
        longest[at(i, k)] = was[i] === is[k] ? longest[at(i + 1, k + 1)] + 1 : Math.max(longest[at(i + 1, k)], longest[at(i, k + 1)]);
    const list = [];
    for (let i = from, k = from; i < to || k < end;) {
      const start = { from: i, first: k };
      while ((i < to || k < end) && !(i < to && k < end && was[i] === is[k]))
        if (i < to && (k === end || longest[at(i + 1, k)] >= longest[at(i, k + 1)])) i++;
        else k++;
      if (i > start.from || k > start.first) list.push({ from: start.from, to: i, nodes: now.slice(start.first, k) });
      while (i < to && k < end && was[i] === is[k]) { i++; k++; }
    }
    return list;
  };

  // Labs and quizzes are bound to their scripts when the page is loaded.
  const isBound = (node) => node.matches("section.lab, form.quiz") || node.querySelector("section.lab, form.quiz");

  const changeText = (before, now) => {
    const text = document.querySelector(".prose");
    const here = [...text.children].filter((node) => !("added" in node.dataset));
    const was = [...before.querySelector(".prose").children], is = [...now.querySelector(".prose").children];
    if (here.length !== was.length || here.some((node, i) => node.localName !== was[i].localName)) return false;
    const list = changes(was, is);
    if (list.some(({ from, to, nodes }) => here.slice(from, to).some(isBound) || nodes.some(isBound))) return false;
    for (const { from, to, nodes } of list) {
      const fresh = nodes.map((node) => document.importNode(node, true));
      if (to < here.length) here[to].before(...fresh);
      else text.append(...fresh);
      for (const node of here.slice(from, to)) node.remove();
      labbook.enhance(fresh);
    }
    return true;
  };

  const changePart = (part, before, now) => {
    const was = before.querySelector(part), is = now.querySelector(part);
    if (was && was.innerHTML !== is.innerHTML) document.querySelector(part).replaceChildren(...document.importNode(is, true).childNodes);
  };

  const changeStyles = (before, now) => {
    const links = (page) => [...page.querySelectorAll("link[rel=stylesheet]")].map((link) => link.getAttribute("href"));
    const is = links(now);
    links(before).forEach((href, i) => {
      if (href !== is[i]) for (const link of document.querySelectorAll("link[rel=stylesheet]")) if (link.getAttribute("href") === href) link.href = is[i];
    });
  };

  const change = (before, now) => {
    if (!document.querySelector(".prose") || frame(before) !== frame(now)) return false;
    const reader = place();
    if (!changeText(before, now)) return false;
    for (const part of parts) changePart(part, before, now);
    changeStyles(before, now);
    labbook.followContents();
    if (reader) goTo(reader);
    return true;
  };

  const look = async () => {
    const [before, now] = [await sent, await get("no-cache").catch(() => null)];
    if (now === null || now === before) return;
    if (before === null || !change(parse(before), parse(now))) reload();
    sent = now;
  };

  // Pictures are not in the page's text.
  let times = 0;
  const changePictures = (names) => {
    const base = new URL(labbook.root || "./", own);
    for (const image of document.querySelectorAll("main img")) {
      const address = new URL(image.src), name = decodeURIComponent(address.pathname.slice(base.pathname.length));
      if (address.origin === location.origin && (!names || names.includes(name))) image.src = `${address.pathname}?again=${++times}`;
    }
  };

  let looking = Promise.resolve();
  const follow = (book) => {
    const name = decodeURIComponent(new URL(own).pathname.slice(new URL(labbook.root || "./", own).pathname.length)).replace(/(^|\/)$/, "$1index.html");
    if (book.written && !book.first) changePictures(book.files);
    // The first word of a connection cannot say what was missed before it.
    if (book.first || (book.written && (!book.files || book.files.includes(name)))) looking = looking.then(look);
  };

  const panel = document.createElement("section");
  panel.className = "book-errors";
  panel.setAttribute("role", "alert");
  panel.hidden = true;
  document.body.append(panel);

  const show = (errors) => {
    panel.hidden = errors.length === 0;
    if (panel.hidden) return;
    const title = document.createElement("h2");
    title.textContent = errors.length === 1 ? words.book_error : `${errors.length} ${words.book_errors}`;
    const list = document.createElement("ul");
    for (const error of errors) {
      const item = document.createElement("li"), place = document.createElement("code"), text = document.createElement("span");
      place.textContent = [error.file, error.line || "", error.column || ""].filter(Boolean).join(":");
      text.textContent = error.mend ? `${error.text}; ${error.mend}` : error.text;
      item.append(place, text);
      list.append(item);
    }
    panel.replaceChildren(title, list);
  };

  // The practice console: from the foot of every page, and beside labs that run on the practice
  // cloud. The window is opened at once, or the browser would not let it be opened later.
  const openConsole = async (said) => {
    const tab = open("", "_blank");
    if (tab) tab.opener = null;
    try {
      const { url } = await labbook.backend.console();
      if (tab) tab.location.replace(url);
      else location.assign(url);
    } catch (error) {
      tab?.close();
      said.textContent = error.message;
    }
  };
  const consoleButton = (place, kind) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = kind;
    button.textContent = words.console;
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.addEventListener("click", () => openConsole(said));
    place.append(" ", button, " ", said);
  };
  const foot = document.querySelector(".foot p:last-child");
  if (foot) consoleButton(foot, "link");
  for (const lab of document.querySelectorAll("section.lab[data-targets*=practice] .lab-menu")) consoleButton(lab, "");

  const take = (book) => {
    show(book.errors || []);
    follow(book);
  };
  addEventListener("labbook-book", ({ detail }) => take(detail));
  // The first event may have come before this script did.
  if (labbook.lastBook) take(labbook.lastBook);
})();
