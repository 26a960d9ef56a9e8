// Beside `labbook serve`: a page follows its book. When an edit changed this page
// or what it loads, it is loaded anew where the reader was; mistakes in the book
// are shown on every page until they are mended. Loaded by backend.js.
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

  // What this page is made of, by its version; a style sheet can be changed in place.
  const parts = [{ url: location.href.split("#")[0] },
    ...[...document.querySelectorAll("script[src], link[rel=stylesheet], img")].map((node) => ({ node, url: node.src || node.href }))];
  const version = async (part) => (await fetch(part.url, { method: "HEAD", cache: "no-store" })).headers.get("ETag");
  const known = Promise.all(parts.map(async (part) => { part.version = await version(part).catch(() => null); }));

  const follow = async () => {
    await known;
    for (const part of parts) {
      const now = await version(part).catch(() => null);
      if (!now || now === part.version) continue;
      part.version = now;
      if (part.node?.rel === "stylesheet") {
        part.node.href = `${part.url.split("?")[0]}?v=${now.replace(/\W/g, "")}`;
        continue;
      }
      try { sessionStorage.setItem(at, JSON.stringify(place())); } catch { /* it begins at the top */ }
      history.scrollRestoration = "manual";
      location.reload();
      return;
    }
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

  addEventListener("labbook-book", ({ detail }) => {
    show(detail.errors || []);
    if (detail.written) follow();
  });
  // The first event may have come before this script did.
  if (labbook.lastBook) show(labbook.lastBook.errors || []);
})();
