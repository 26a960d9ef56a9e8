// The labs of a lesson: buttons, states, output, verdicts, hints, solutions. What
// runs them is labbook.backend (backend.js); how output looks is draw.js. The
// markup is that of lab.mustache, readable and complete before this script ran.
"use strict";
(() => {
  const { words, load } = labbook;
  const { element, button } = labbook.draw;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // ---- one step
  class Lab {
    constructor(section, index) {
      this.id = section.dataset.lab;
      this.index = index;
      this.section = section;
      this.part = Object.fromEntries(all("[data-role]", section).map((node) => [node.dataset.role, node]));
      this.starter = this.part.source.value;
      this.code = this.starter;
      this.shown = this.starter;
      this.state = "fresh";
      this.attempts = 0;
      this.runs = labbook.backend.runs;
      this.queue = [];
      this.hints = all("details.hint", section);
      this.solution = this.part.solution;
      this.keepRecorded();
      this.prepareBar();
      this.prepareHelp();
    }

    // Recorded output gives way to the reader's own, which can be compared with it.
    keepRecorded() {
      const output = this.part.output;
      if (!("recorded" in output.dataset)) return;
      this.recorded = [...output.childNodes];
    }

    prepareBar() {
      const on = (action, what) => {
        for (const node of all(`[data-action=${action}]`, this.section)) node.addEventListener("click", () => what(node));
      };
      on("run", () => this.run(false));
      on("check", () => this.run(true, false, true));
      on("above", () => this.run(false, true));
      on("stop", () => this.attempt(() => labbook.backend.stop()));
      on("edit", () => this.toggleEditor());
      on("reset", () => this.reset(this.id));
      on("reset-all", () => this.reset(null));
      on("own-file", () => this.bringFile());
      for (const node of all("[data-action=above]", this.section)) node.hidden = this.index === 0;
      this.part.code.addEventListener("keydown", (event) => this.onKey(event));
      this.part.source.addEventListener("keydown", (event) => this.onKey(event));
      this.part.source.addEventListener("input", () => this.changed(this.part.source.value));
      this.part.target?.addEventListener("change", () => { for (const lab of labs) lab.showTarget(this.part.target.value); });
      const menu = this.section.querySelector(".lab-more");
      menu?.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !menu.open) return;
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      menu?.addEventListener("click", (event) => { if (event.target.closest("button")) menu.open = false; });
    }

    onKey(event) {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.run("check" in this.section.dataset);
    }

    // Shown as one that runs, if it does on a target there is.
    start() {
      const { runs, targets: here, bring } = labbook.backend, target = this.part.target;
      this.runs = runs && (!here || this.section.dataset.targets.split(",").some((name) => here.includes(name)));
      if (!this.runs) return;
      this.part.bar.hidden = false;
      this.part.offline.hidden = true;
      for (const option of here ? [...target.options] : []) if (!here.includes(option.value)) option.remove();
      // No choice where there is none.
      if (target?.options.length < 2) target.parentElement.hidden = true;
      for (const node of all("[data-action=own-file]", this.section)) node.hidden = !bring;
    }

    // ---- hints one after another, the solution after an attempt
    prepareHelp() {
      this.hints.forEach((hint, i) => {
        hint.addEventListener("toggle", () => {
          if (!hint.open) return;
          if (this.hints[i + 1]) this.hints[i + 1].hidden = false;
          this.tell({ hints: i + 1 });
        });
      });
      this.solution?.addEventListener("toggle", () => {
        if (!this.solution.open) return;
        this.compareSolution();
        this.tell({ solution: true });
      });
    }

    // Opening the state anew is not news.
    tell(what) {
      if (!this.opening) labbook.backend.help(this.id, what).catch(() => { /* only a note */ });
    }

    showHelp({ hints = 0 } = {}) {
      this.hints.forEach((hint, i) => { hint.hidden = i > hints && i > 0 && !this.hints[i - 1].open; });
      if (!this.solution) return;
      const wait = this.runs && this.attempts === 0 && !this.solution.open;
      this.solution.hidden = wait;
      this.later ||= element("p", { class: "solution-later" }, words.solution_later);
      if (wait) this.solution.after(this.later);
      else this.later.remove();
    }

    compareSolution() {
      const theirs = this.solution.querySelector("pre > code").textContent;
      this.solution.querySelector(".diff-box")?.remove();
      if (this.code.trim() === theirs.trim() || this.code === this.starter && !this.runs) return;
      this.solution.append(element("div", { class: "diff-box" },
        element("p", { class: "diff-title" }, words.diff_title), labbook.draw.drawDiff(this.code, theirs)));
    }

    // ---- code
    showCode(code) {
      this.code = code;
      if (code !== this.shown) {
        this.shown = code;
        const target = this.part.code.querySelector("code");
        target.replaceChildren(labbook.draw.colour(code));
      }
      if (this.part.source.value !== code) this.part.source.value = code;
      if (this.editor && this.editor.value() !== code) this.editor.set(code);
      this.section.classList.toggle("is-changed", code !== this.starter);
      for (const node of all("[data-action=reset]", this.section)) node.disabled = code === this.starter && this.state === "fresh";
    }

    changed(code) {
      this.clearLine();
      this.showCode(code);
      this.saved("");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), 400);
    }

    // Until it is saved, `timer` stays set, and what is kept elsewhere does not take the code's place.
    async save() {
      const mine = this.timer;
      clearTimeout(mine);
      try {
        await labbook.backend.edit(this.id, this.code);
        if (this.timer === mine) this.timer = 0;
        this.saved(words.saved);
      } catch (error) {
        this.saved(`${words.not_saved} ${error.message}`);
      }
    }

    saved(text) {
      if (this.note) this.note.textContent = text;
    }

    toggleEditor() {
      if (this.editing) this.closeEditor();
      else this.openEditor();
    }

    openEditor() {
      const source = this.part.source, edit = this.section.querySelector("[data-action=edit]");
      this.editing = true;
      source.hidden = false;
      source.readOnly = false;
      source.rows = Math.min(30, Math.max(4, this.code.split("\n").length + 1));
      this.part.code.hidden = true;
      edit.textContent = words.done;
      edit.setAttribute("aria-expanded", "true");
      this.note ||= element("span", { class: "lab-saved", role: "status" });
      this.plain ||= button("", () => this.setPlain(!usesPlain()), { class: "quiet" });
      this.tools ||= element("p", { class: "editor-bar" }, element("span", { class: "editor-keys" }, words.editor_keys), this.note, this.plain);
      source.parentElement.append(this.tools);
      this.upgrade();
      (this.editor || source).focus();
    }

    // The plain text box stays for who prefers it, and while the editor is loaded.
    upgrade() {
      this.plain.textContent = usesPlain() ? words.editor_rich : words.editor_plain;
      if (usesPlain() || this.editor) return;
      loadEditor().then(() => {
        if (!this.editing || this.editor || usesPlain()) return;
        const focused = document.activeElement === this.part.source;
        this.editor = labbook.makeEditor(this.part.source, {
          label: this.part.source.getAttribute("aria-label"),
          change: (code) => this.changed(code),
          run: () => this.run("check" in this.section.dataset),
        });
        if (focused) this.editor.focus();
        if (this.wrongLine) this.editor.mark(this.wrongLine);
      }, () => { /* the text box is an editor, too */ });
    }

    setPlain(plain) {
      labbook.store.set("plain-editor", plain ? "1" : "");
      if (plain && this.editor) {
        this.editor.close();
        this.editor = null;
      }
      this.upgrade();
      (this.editor || this.part.source).focus();
    }

    closeEditor() {
      const edit = this.section.querySelector("[data-action=edit]");
      this.editing = false;
      this.editor?.close();
      this.editor = null;
      this.tools.remove();
      this.part.source.hidden = true;
      this.part.code.hidden = false;
      edit.textContent = words.edit;
      edit.setAttribute("aria-expanded", "false");
      if (this.timer) this.save();
      if (this.wrongLine) this.markLine(this.wrongLine);
    }

    // ---- the line at fault
    markLine(line) {
      this.wrongLine = line;
      this.editor?.mark(line);
      const code = this.part.code.querySelector("code"), lines = this.code.split("\n");
      if (line < 1 || line > lines.length) return;
      this.shown = null;
      code.replaceChildren();
      lines.forEach((text, i) => {
        const parts = labbook.draw.colour(text);
        // The break stands behind the mark: inside it, the next line would follow on the same one.
        code.append(i === line - 1 ? element("mark", { class: "line-wrong" }, parts) : parts, i < lines.length - 1 ? "\n" : "");
      });
    }

    clearLine() {
      if (!this.wrongLine) return;
      this.wrongLine = 0;
      this.editor?.mark(0);
      this.shown = null;
    }

    showLine(line) {
      if (!this.editing) this.openEditor();
      if (this.editor) this.editor.go(line);
      else {
        const start = this.code.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
        this.part.source.focus();
        this.part.source.setSelectionRange(start, start + (this.code.split("\n")[line - 1] || "").length);
      }
    }

    // ---- running
    async attempt(what) {
      try {
        await what();
      } catch (error) {
        this.say(error.message);
      }
    }

    say(text) {
      this.part.verdict.replaceChildren(element("p", { class: "verdict failed" }, text));
    }

    // ready: what was run and stands as it was is judged, not run again.
    async run(judge, above = false, ready = false) {
      const target = this.part.target?.value || "local";
      if (busy()) return;
      this.press();
      clearTimeout(this.timer);
      this.timer = 0;
      this.part.verdict.replaceChildren();
      // What was typed into other steps a moment ago counts, too.
      await Promise.all(labs.filter((lab) => lab.timer).map((lab) => lab.save()));
      asked = this;
      try {
        await labbook.backend.run({ step: this.id, code: this.code, judge, above, ready, target });
        // The first event says more; should it never come, the buttons do not stay shut.
        setTimeout(() => release(this), 2000);
      } catch (error) {
        release(this);
        this.say(error.message);
      }
    }

    // From the press on, not only from the first event: a second press meanwhile does nothing.
    press() {
      pressed = this;
      this.part.state.textContent = words.state_running;
      for (const lab of labs) lab.showBusy();
    }

    bringFile() {
      const input = element("input", { type: "file", multiple: true });
      input.addEventListener("change", () => this.attempt(async () => {
        for (const file of input.files) {
          const name = await labbook.backend.bring(file);
          this.part.verdict.replaceChildren(element("p", { class: "lab-file" }, `${words.own_file_there} `, element("code", {}, `data.read("${name}")`)));
        }
      }));
      input.click();
    }

    async reset(step) {
      const text = step ? words.reset_step_sure : words.reset_lesson_sure;
      const worth = labs.some((lab) => (!step || lab.id === step) && (lab.code !== lab.starter || lab.state !== "fresh"));
      if (worth && !await ask(text, words.reset_do)) return;
      await this.attempt(() => labbook.backend.reset(step));
    }

    showTarget(target) {
      const select = this.part.target;
      if (select && [...select.options].some((option) => option.value === target)) select.value = target;
    }

    // ---- what happened
    showState({ state, attempts, passed }) {
      const before = this.state;
      this.state = state;
      if (attempts !== undefined) this.attempts = attempts;
      if (passed !== undefined) this.passed = passed;
      const text = { fresh: "", running: words.state_running, done: words.state_done, stale: words.state_stale, failed: words.state_failed }[state];
      const time = state === "done" && this.ms !== undefined ? ` \u00b7 ${seconds(this.ms)}` : "";
      this.part.state.textContent = text + time;
      this.section.dataset.state = state;
      this.section.classList.toggle("is-passed", this.passed === true);
      this.part.output.setAttribute("aria-busy", String(state === "running"));
      if (state === "running") pressed = null;
      if (before !== state) labs.forEach((lab) => lab.showBusy());
      for (const node of all("[data-action=reset]", this.section)) node.disabled = this.code === this.starter && state === "fresh";
      if (this.later) this.showHelp();
    }

    showBusy() {
      const any = busy(), mine = this.state === "running";
      const stop = this.section.querySelector("[data-action=stop]");
      const hadFocus = stop === document.activeElement;
      for (const node of all("[data-action=run], [data-action=check], [data-action=above]", this.section)) node.setAttribute("aria-disabled", String(any));
      stop.hidden = !mine;
      if (hadFocus && !mine) this.section.querySelector("[data-action=run]").focus();
    }

    clear() {
      this.queue.length = 0;
      this.part.output.replaceChildren();
      this.part.output.bars = null;
      delete this.part.output.dataset.recorded;
      this.part.verdict.replaceChildren();
      delete this.section.dataset.verdict;
      this.below?.remove();
      this.clearLine();
      this.showCode(this.code);
      this.ms = undefined;
    }

    // Nothing of one's own any more: the recorded output stands there again.
    showRecorded() {
      this.clear();
      if (!this.recorded) return;
      this.part.output.replaceChildren(...this.recorded);
      this.part.output.dataset.recorded = "1";
    }

    take(e) {
      switch (e.kind) {
        case "start":
          this.clear();
          return;
        case "judge":
          this.part.verdict.replaceChildren();
          delete this.section.dataset.verdict;
          return;
        case "clear":
          this.showRecorded();
          return;
        case "state":
          this.flush();
          this.showState(e);
          return;
        case "code":
          if (!e.own && !(this.timer && this.editing)) this.showCode(e.code ?? this.starter);
          return;
        case "check":
          this.queue.push(e);
          break;
        case "end":
          this.flush();
          this.end(e);
          return;
        default:
          this.queue.push(e);
      }
      this.schedule();
    }

    // Many events in one frame are drawn in one go.
    schedule() {
      if (this.scheduled) return;
      this.scheduled = true;
      const flush = () => { if (this.scheduled) this.flush(); };
      if (document.hidden) setTimeout(flush, 200);
      else requestAnimationFrame(flush);
    }

    flush() {
      this.scheduled = false;
      for (const e of this.queue.splice(0)) {
        if (e.kind === "check") this.showVerdict(e);
        else labbook.draw.event(this.part.output, e, this);
        if (e.kind === "error" && e.line > 0) this.markLine(e.line);
      }
    }

    showVerdict(e) {
      if (!e.passed || !this.section.dataset.verdict) this.section.dataset.verdict = e.passed ? "passed" : "failed";
      labbook.draw.verdict(this.part.verdict, e);
    }

    end(e) {
      for (const bar of all(".out-progress, .out-ask .ask-bar", this.part.output)) bar.remove();
      this.ms = e.ms;
      const why = { stopped: words.end_stopped, timeout: words.end_timeout, limit: words.end_limit }[e.reason];
      if (why) this.part.output.append(element("p", { class: "out out-end" }, why));
      this.addTools();
      if (!e.ok && asked && asked.index > this.index) asked.sayStopped(this);
      if (!e.ok || asked === this) asked = null;
    }

    // A step above did not get through: this one did not begin.
    sayStopped(lab) {
      const link = element("a", { href: `#${lab.section.id}` }, lab.section.querySelector(".lab-title").lastChild.textContent.trim());
      this.part.verdict.replaceChildren(element("p", { class: "verdict failed" }, element("span", {}, `${words.stopped_above} `, link)));
    }

    // Copy, save, compare: below what was put out.
    addTools() {
      const output = this.part.output;
      this.below?.remove();
      if (!output.querySelector(".out")) return;
      const copy = button(words.copy, async () => {
        try {
          await navigator.clipboard.writeText(labbook.draw.asText(output));
          copy.textContent = words.copied;
        } catch { copy.textContent = words.copy_failed; }
        setTimeout(() => { copy.textContent = words.copy; }, 1600);
      });
      const save = button(words.save, () => labbook.draw.save(new Blob([labbook.draw.asText(output)], { type: "text/plain" }), `${this.id}.txt`));
      this.below = element("div", { class: "out-tools" }, copy, save);
      if (this.recorded) {
        const box = element("div", { class: "lab-recorded", hidden: true }, ...this.recorded.map((node) => node.cloneNode(true)));
        const compare = button(words.compare, () => {
          box.hidden = !box.hidden;
          compare.setAttribute("aria-expanded", String(!box.hidden));
        }, { "aria-expanded": "false" });
        this.below.append(compare, box);
      }
      output.after(this.below);
    }

    // ---- the whole state, when the page opens or missed events
    restore(kept) {
      this.opening = true;
      this.attempts = kept.attempts || 0;
      this.passed = kept.passed;
      if (!this.timer) this.showCode(kept.code ?? this.starter);
      if (kept.events?.length) {
        this.clear();
        for (const e of kept.events) if (e.kind !== "start") this.take(e);
        this.flush();
        if (kept.state === "running") this.below?.remove();
      } else if (labbook.backend.runs) {
        this.showRecorded();
      }
      this.showState({ state: kept.state || "fresh" });
      this.showHelp(kept);
      this.opening = false;
    }
  }

  const seconds = (ms) => (ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`);
  // Fingers do better with the system's own text box.
  const usesPlain = () => (labbook.store.get("plain-editor") ?? (matchMedia("(pointer: coarse)").matches ? "1" : "")) === "1";
  let asked = null; // the step that Run was pressed on, here
  let pressed = null; // the same, as long as nothing has been heard of it
  let editor;
  const loadEditor = () => editor ||= load("assets/js/editor.js").then(() => labbook.editorReady).catch((error) => { editor = null; throw error; });

  // ---- questions
  const ask = (text, yes, ...more) => new Promise((done) => {
    const close = (answer) => { dialog.close(); dialog.remove(); done(answer); };
    const title = element("p", { id: "ask-text" }, text);
    const dialog = element("dialog", { class: "ask", "aria-labelledby": "ask-text" }, title, ...more,
      element("p", { class: "ask-bar" }, button(yes, () => close(true), { class: "primary" }), button(words.cancel, () => close(false), { class: "" })));
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(false); });
    document.body.append(dialog);
    dialog.showModal();
  });

  const labs = all("section.lab[data-lab]").map((section, i) => new Lab(section, i));
  const find = new Map(labs.map((lab) => [lab.id, lab]));
  const busy = () => pressed !== null || labs.some((lab) => lab.state === "running");
  const release = (lab) => {
    if (pressed !== lab) return;
    pressed = null;
    lab.showState({ state: lab.state });
    labs.forEach((one) => one.showBusy());
  };
  for (const lab of labs) lab.showHelp();

  // ---- one quiet line: what runs here, and how to get the rest
  const sayWhere = () => {
    const first = labs.find((lab) => lab.runs) || (labbook.unable && labs[0]);
    if (!first || !labbook.backend.targets && !labbook.unable) return;
    first.section.before(element("p", { class: "lab-here", "data-added": "" }, `${labbook.unable ? words.lab_unable : words.lab_here} `, element("code", {}, "labbook serve"), "."));
  };

  // ---- and one when it is away
  const away = element("p", { class: "lab-away", role: "status" });
  document.body.append(away);

  labbook.watchers.push({
    event(e) {
      if (e.kind === "target") for (const lab of labs) lab.showTarget(e.target);
      else find.get(e.step)?.take(e);
    },
    state(state) {
      for (const lab of labs) {
        const kept = state.steps[lab.id] || {};
        lab.start();
        if (!labbook.backend.runs && state.kept?.[lab.id]) Object.assign(kept, { hints: state.kept[lab.id].hints });
        lab.restore(kept);
        lab.showTarget(state.target);
      }
      if (!document.querySelector(".lab-here")) sayWhere();
    },
    link(up) {
      away.textContent = up || !labbook.backend.runs ? "" : words.lab_away;
    },
  });

  addEventListener("pagehide", () => { for (const lab of labs) if (lab.timer) lab.save(); });
})();
