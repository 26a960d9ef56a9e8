// What every page does: theme button, copy buttons, tabs, contents that follow
// the scroll, progress marks, and the search, which is loaded when first opened.
// Everything here adds to a page that is complete without it.
"use strict";
(() => {
  const html = document.documentElement;
  const { words, root, store, load } = labbook;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // ---- theme
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (html.dataset.theme ? html.dataset.theme === "dark" : dark.matches);
  for (const button of all("[data-action=theme]")) {
    const label = () => button.setAttribute("aria-label", isDark() ? words.theme_light : words.theme_dark);
    button.hidden = false;
    label();
    dark.addEventListener("change", label);
    button.addEventListener("click", () => {
      html.dataset.theme = isDark() ? "light" : "dark";
      store.set("theme", html.dataset.theme);
      label();
    });
  }

  // ---- copy
  const addCopy = (code) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.querySelector("code").textContent);
        button.textContent = words.copied;
      } catch {
        button.textContent = words.copy_failed;
      }
      button.classList.add("done");
      setTimeout(() => {
        button.textContent = words.copy;
        button.classList.remove("done");
      }, 1600);
    });
    code.append(button);
  };

  // ---- tabs: a choice made in one set is made in all that offer it, and kept
  let sets = [], numbered = 0;
  const addTabs = (set) => {
    const s = numbered++;
    const panels = all(":scope > .tab", set);
    const list = document.createElement("div");
    list.className = "tab-list";
    list.setAttribute("role", "tablist");
    const buttons = panels.map((panel, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = panel.dataset.label;
      button.id = `tab-${s}-${i}`;
      button.setAttribute("role", "tab");
      panel.id = `panel-${s}-${i}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      panel.tabIndex = 0;
      button.setAttribute("aria-controls", panel.id);
      button.addEventListener("click", () => choose(panel.dataset.label));
      list.append(button);
      return button;
    });
    list.addEventListener("keydown", (event) => {
      const at = buttons.indexOf(document.activeElement);
      const onward = getComputedStyle(list).direction === "rtl" ? -1 : 1;
      const step = { ArrowRight: onward, ArrowLeft: -onward }[event.key];
      const next = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1
        : step ? (at + step + buttons.length) % buttons.length : -1;
      if (at < 0 || next < 0) return;
      event.preventDefault();
      buttons[next].click();
      buttons[next].focus();
    });
    set.prepend(list);
    set.classList.add("live");
    const show = (i) => panels.forEach((panel, k) => {
      panel.hidden = k !== i;
      buttons[k].setAttribute("aria-selected", String(k === i));
      buttons[k].tabIndex = k === i ? 0 : -1;
    });
    show(0);
    sets.push({ set, labels: panels.map((panel) => panel.dataset.label), show });
  };
  const showTab = (label) => {
    for (const { labels, show } of sets) if (labels.includes(label)) show(labels.indexOf(label));
  };
  const choose = (label) => {
    showTab(label);
    store.set("tab", label);
  };

  // What blocks of the text need, also those that come later (live.js).
  labbook.enhance = (blocks) => {
    const within = (selector) => blocks.flatMap((block) => [...(block.matches(selector) ? [block] : []), ...all(selector, block)]);
    sets = sets.filter(({ set }) => set.isConnected);
    within(".code").forEach(addCopy);
    within(".tabs").forEach(addTabs);
    showTab(store.get("tab"));
  };
  labbook.enhance([document.body]);

  // ---- contents follow the scroll
  let links, heads;
  const follow = () => {
    let at = 0;
    heads.forEach((head, i) => { if (head && head.getBoundingClientRect().top < 140) at = i; });
    links.forEach((link, i) => {
      if (i === at) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    if (labbook.lesson) store.set(`${labbook.book}:last`, labbook.lesson + (at ? links[at].hash : ""));
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(() => { waiting = false; follow(); });
    waiting = true;
  }, { passive: true });
  labbook.followContents = () => {
    links = all(".contents a");
    heads = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    follow();
  };
  labbook.followContents();

  // ---- progress: what was read and done, where the reader is
  const { book } = labbook;
  const mark = (lessons) => {
    for (const link of all("a[data-slug]")) {
      const kept = lessons[link.dataset.slug];
      const done = Object.values(kept?.steps || {}).filter((step) => step.outcome === "done").length;
      delete link.dataset.part;
      if (kept?.read) link.dataset.read = words.read;
      else if (done) link.dataset.part = `${done}/${Math.max(done, kept.total?.steps || 0)}`;
    }
  };
  const markAll = () => labbook.backend.progress().then((record) => mark(record.lessons), () => { /* nothing to mark */ });
  labbook.opened.then(markAll);
  let later = 0;
  labbook.watchers.push({
    event(e) {
      if (e.kind !== "end" && e.kind !== "clear") return;
      clearTimeout(later);
      later = setTimeout(markAll, 800);
    },
  });
  const article = document.querySelector("article[data-lesson]:not(.print-lesson)");
  if (article) {
    const turn = document.querySelector(".turn");
    if (turn && "IntersectionObserver" in window) {
      const watch = new IntersectionObserver(async (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        await labbook.opened;
        await labbook.backend.read({ steps: all("section.lab").length, quizzes: all("form.quiz").length }).catch(() => { /* next time */ });
        markAll();
      });
      watch.observe(turn);
    }
  }
  for (const button of all("[data-action=progress]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      (labbook.openProgress ? Promise.resolve() : load("assets/js/progress.js")).then(() => labbook.openProgress());
    });
  }
  const start = document.querySelector("[data-role=start]");
  const [last, place] = (store.get(`${book}:last`) || "").split("#");
  if (start && last && all("a[data-slug]").some((link) => link.dataset.slug === last)) {
    start.href = `${root}${last}/index.html${place ? `#${place}` : ""}`;
    start.textContent = start.dataset.resume;
  }

  // ---- explanations of terms close with Escape
  addEventListener("keydown", (event) => {
    if (event.key === "Escape")
      for (const term of all(".term:hover, .term:focus-within")) {
        term.classList.add("closed");
        const open = () => term.classList.remove("closed");
        term.addEventListener("mouseleave", open, { once: true });
        term.addEventListener("focusout", open, { once: true });
      }
  });

  // ---- menu on small screens
  const menu = document.querySelector("[data-role=menu]");
  if (menu) {
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
    document.addEventListener("click", (event) => {
      if (menu.open && !menu.contains(event.target)) menu.open = false;
    });
  }

  for (const button of all("[data-action=print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // ---- search
  let loading;
  const openSearch = () => {
    loading ||= load("assets/js/search.js");
    loading.then(() => window.labbookOpenSearch({ root, words, load }), () => { loading = null; });
  };
  for (const button of all("[data-action=search]")) {
    button.hidden = false;
    button.addEventListener("click", openSearch);
  }
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openSearch();
    }
  });
})();
