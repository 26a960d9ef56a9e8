// The search: a dialog over the page. lunr makes its index of the book's sections
// (assets/search/) when it is first opened; nothing is fetched before.
"use strict";
(() => {
  let index, entries, ready, dialog, input, list, note, context;

  const build = () => {
    entries = window.labbookSearch;
    index = window.lunr(function () {
      this.ref("id");
      this.field("heading", { boost: 8 });
      this.field("lesson", { boost: 4 });
      this.field("text");
      entries.forEach(([, lesson, heading, text], id) => this.add({ id, lesson, heading, text }));
    });
  };

  // Every word must be there, its last letters may still be missing.
  const find = (query) => {
    const tokens = window.lunr.tokenizer(query).map(String).filter(Boolean);
    if (!tokens.length) return [];
    const search = (presence) => index.query((q) => {
      for (const token of tokens) {
        const options = { presence };
        q.term(token, { ...options, boost: 10 });
        q.term(token, { boost: 1, wildcard: window.lunr.Query.wildcard.TRAILING });
      }
    });
    const results = search(window.lunr.Query.presence.OPTIONAL);
    const has = (result) => tokens.every((token) => {
      const [, lesson, heading, text] = entries[result.ref];
      const stem = token.length > 4 ? token.slice(0, -1) : token;
      return `${lesson} ${heading} ${text}`.toLowerCase().includes(stem);
    });
    return results.filter(has).slice(0, 30);
  };

  const put = (parent, tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    parent.append(node);
    return node;
  };

  // Text with the searched words in <mark>.
  const mark = (parent, text, tokens) => {
    const lower = text.toLowerCase();
    let at = 0;
    while (at < text.length) {
      let from = -1, length = 0;
      for (const token of tokens) {
        const hit = lower.indexOf(token, at);
        if (hit >= 0 && (from < 0 || hit < from)) { from = hit; length = token.length; }
      }
      if (from < 0) break;
      parent.append(text.slice(at, from));
      put(parent, "mark", "", text.slice(from, from + length));
      at = from + length;
    }
    parent.append(text.slice(at));
  };

  const excerpt = (text, tokens) => {
    const lower = text.toLowerCase();
    const hits = tokens.map((token) => lower.indexOf(token)).filter((hit) => hit >= 0);
    const hit = hits.length ? Math.min(...hits) : 0;
    // From a word's beginning.
    const near = Math.max(0, hit - 60), space = near ? text.indexOf(" ", near) : -1;
    const from = space >= 0 && space < hit ? space + 1 : near;
    return (from ? "\u2026" : "") + text.slice(from, from + 180).replace(/\s+/g, " ") + (text.length > from + 180 ? "\u2026" : "");
  };

  const select = (i) => {
    const options = [...list.querySelectorAll("a")];
    options.forEach((option, k) => option.setAttribute("aria-selected", String(k === i)));
    if (options[i]) {
      input.setAttribute("aria-activedescendant", options[i].id);
      options[i].scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const show = () => {
    const query = input.value.trim();
    const { words, root } = context;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    if (query.length < 2 || !index) {
      note.textContent = input.dataset.hint;
      return;
    }
    const results = find(query);
    const tokens = query.toLowerCase().split(/\s+/).filter(Boolean);
    note.textContent = results.length === 0 ? `${words.no_results} \u201C${query}\u201D`
      : results.length === 1 ? words.one_result : `${results.length} ${words.results}`;
    results.forEach((result, i) => {
      const [address, lesson, heading, text] = entries[result.ref];
      const item = put(list, "li");
      item.setAttribute("role", "presentation");
      const link = put(item, "a");
      link.href = root + address;
      link.id = `search-${i}`;
      link.setAttribute("role", "option");
      link.tabIndex = -1;
      mark(put(link, "strong"), heading || lesson, tokens);
      if (heading) put(link, "span", "search-where", `${words.in_lesson} ${lesson}`);
      mark(put(link, "span", "search-excerpt"), excerpt(text, tokens), tokens);
      link.addEventListener("click", () => dialog.close());
    });
    input.setAttribute("aria-expanded", String(results.length > 0));
    select(results.length ? 0 : -1);
  };

  const keys = (event) => {
    const options = [...list.querySelectorAll("a")];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (options.length) select((at + step + options.length) % options.length);
    } else if (event.key === "Enter" && options[at]) {
      event.preventDefault();
      options[at].click();
    } else if (event.key === "Escape") {
      event.preventDefault();
      dialog.close();
    }
  };

  const make = () => {
    const label = document.querySelector("[data-action=search] span")?.textContent || "";
    dialog = put(document.body, "dialog", "search");
    dialog.setAttribute("aria-label", label);
    const inside = put(dialog, "div", "search-in");
    input = put(inside, "input");
    input.type = "search";
    input.placeholder = context.words.search_placeholder;
    input.dataset.hint = context.words.search_hint;
    input.setAttribute("aria-label", label);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "search-results");
    note = put(inside, "p", "search-note");
    note.setAttribute("role", "status");
    list = put(inside, "ul", "search-results");
    list.id = "search-results";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", label);
    input.addEventListener("input", show);
    input.addEventListener("keydown", keys);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  };

  window.labbookOpenSearch = (given) => {
    context = given;
    if (!dialog) make();
    if (!dialog.open) dialog.showModal();
    input.focus();
    input.select();
    ready ||= given.load("assets/lunr/lunr.min.js")
      .then(() => given.load("assets/search/data.js"))
      .then(() => Promise.all(Array.from({ length: window.labbookSearchParts }, (_, i) => given.load(`assets/search/${i}.js`))))
      .then(build);
    ready.then(show, () => { note.textContent = given.words.search_failed; ready = null; });
  };
})();
