// How far the reader is: all lessons with their steps and questions, to look at,
// print as a record of work, save to a file and read back. Loaded when first opened.
"use strict";
(() => {
  const { words, book } = labbook;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const element = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const button = (text, onclick, className = "") => element("button", { type: "button", class: className, onclick }, text);

  // Lessons as the page's own navigation names them, whether or not they were opened.
  const lessons = () => {
    const seen = new Map();
    for (const link of all(".side a[data-slug], .menu-panel a[data-slug], .card[data-slug]")) {
      const title = link.querySelector(".card-text strong, span:last-child")?.textContent || link.textContent;
      const number = link.querySelector(".nav-number, .card-number")?.textContent || "";
      if (!seen.has(link.dataset.slug)) seen.set(link.dataset.slug, { number, title });
    }
    return seen;
  };

  const summary = (lesson = {}) => {
    const steps = Object.values(lesson.steps || {}), quizzes = Object.values(lesson.quizzes || {});
    return {
      read: Boolean(lesson.read),
      done: steps.filter((s) => s.outcome === "done").length, steps: lesson.total?.steps || steps.length,
      passed: steps.filter((s) => s.passed === true).length,
      right: quizzes.filter((q) => q.right).length, quizzes: lesson.total?.quizzes || quizzes.length,
    };
  };

  const share = (n, of) => (of ? `${n} ${words.of} ${of}` : "\u2013");

  const table = (record) => {
    const names = lessons();
    for (const slug of Object.keys(record.lessons)) if (!names.has(slug)) names.set(slug, { number: "", title: slug });
    const sum = { read: 0, done: 0, steps: 0, right: 0, quizzes: 0 };
    const rows = [...names].map(([slug, { number, title }]) => {
      const s = summary(record.lessons[slug]);
      sum.read += s.read;
      for (const key of ["done", "steps", "right", "quizzes"]) sum[key] += s[key];
      return element("tr", {}, element("th", { scope: "row" }, number ? `${number} ${title}` : title),
        element("td", {}, s.read ? `\u2713 ${words.read}` : ""), element("td", {}, share(s.done, s.steps)),
        element("td", {}, s.passed ? String(s.passed) : ""), element("td", {}, share(s.right, s.quizzes)));
    });
    const head = [words.lesson, words.lesson_read, words.steps_done, words.checks_passed, words.quizzes_right].map((text) => element("th", { scope: "col" }, text));
    const foot = element("tr", {}, element("th", { scope: "row" }, words.whole_book), element("td", {}, share(sum.read, names.size)),
      element("td", {}, share(sum.done, sum.steps)), element("td", {}), element("td", {}, share(sum.right, sum.quizzes)));
    return element("div", { class: "table", tabindex: "0", role: "group", "aria-label": words.progress_title },
      element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows), element("tfoot", {}, foot)));
  };

  let dialog;

  const fill = async () => {
    const status = element("p", { class: "progress-status", role: "status" });
    let record;
    try {
      record = await labbook.backend.progress();
    } catch (error) {
      record = { lessons: {} };
      status.textContent = error.message;
    }
    const file = element("input", { type: "file", accept: ".json,application/json", hidden: "", "aria-label": words.import_progress });
    file.addEventListener("change", async () => {
      try {
        await labbook.backend.take(JSON.parse(await file.files[0].text()));
        location.reload();
      } catch (error) {
        status.textContent = error instanceof SyntaxError ? words.progress_not_ours : error.message;
      }
    });
    const save = () => {
      const link = element("a", { href: URL.createObjectURL(new Blob([JSON.stringify(record, null, 2) + "\n"], { type: "application/json" })), download: "labbook-progress.json" });
      link.click();
    };
    const forget = button(words.forget, async () => {
      if (!forget.dataset.sure) {
        forget.dataset.sure = "1";
        forget.textContent = words.forget_sure;
        return;
      }
      await labbook.backend.forget();
      location.reload();
    });
    const name = element("input", { type: "text", autocomplete: "name" });
    dialog.replaceChildren(
      element("div", { class: "progress-in" },
        element("h2", { id: "progress-title" }, words.progress_title),
        element("p", { class: "progress-book" }, `${book} \u00b7 ${new Date().toLocaleDateString(document.documentElement.lang)}`),
        element("p", { class: "progress-name" }, element("label", {}, `${words.your_name} `, name)),
        table(record),
        element("p", { class: "progress-note" }, words.progress_private),
        status, file,
        element("p", { class: "ask-bar" }, button(words.close, () => dialog.close(), "primary"), button(words.print_record, () => print()),
          button(words.export_progress, save), button(words.import_progress, () => file.click()), forget)));
  };

  labbook.openProgress = async () => {
    if (!dialog) {
      dialog = element("dialog", { class: "progress-dialog", "aria-labelledby": "progress-title" });
      document.body.append(dialog);
      // Only the record goes to paper while it is open.
      dialog.addEventListener("close", () => document.documentElement.classList.remove("record-open"));
    }
    await fill();
    document.documentElement.classList.add("record-open");
    dialog.showModal();
  };
})();
