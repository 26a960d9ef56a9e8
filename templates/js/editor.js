// The code editor: CodeMirror, loaded when a reader first presses Edit, with the
// lab's calls completed and explained from the reference that the toolkit itself
// uses (assets/js/lab-api.js). The textarea below it stays the source of truth.
"use strict";
(() => {
  const { address, load, words } = labbook;
  const { element } = labbook.draw;

  const style = (path) => new Promise((done) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address(path);
    link.onload = link.onerror = done;
    // Before the book's own styles, which dress it.
    document.querySelector("link[rel=stylesheet]").before(link);
  });

  labbook.editorReady = Promise.all([
    style("assets/codemirror/codemirror.css"),
    load("assets/codemirror/codemirror.js").then(() => load("assets/codemirror/lua.js")),
    load("assets/js/lab-api.js").catch(() => { /* completion is an extra */ }),
  ]);

  // ---- what can be completed: a library's calls behind its name, an object's behind ':'
  const libraries = () => window.labbookApi?.libraries || [];

  const candidates = (before) => {
    const [, path, sign, part] = /([A-Za-z_]\w*)?([.:]?)([A-Za-z_]\w*)?$/.exec(before) || [];
    const start = (part || (!sign && path) || "").toLowerCase();
    const fits = (entry) => entry.short.toLowerCase().startsWith(start);
    if (sign === ":") return { start, list: libraries().filter((l) => l.kind === "object").flatMap((l) => l.entries).filter(fits) };
    if (sign === ".") return { start, list: libraries().filter((l) => l.name === path).flatMap((l) => l.entries).filter(fits) };
    if (!start) return { start, list: [] };
    return { start, list: libraries().filter((l) => l.kind === "library" && l.name.startsWith(start)).map((l) => ({ name: l.name, short: l.name, signature: l.name, summary: l.summary })) };
  };

  let count = 0;

  // A listbox below the line; arrows choose, Enter and Tab take, Escape closes.
  class Completion {
    constructor(cm) {
      this.cm = cm;
      this.id = `complete-${count++}`;
      cm.on("inputRead", (_, change) => { if (/[\w.:]$/.test(change.text.join(""))) this.show(); else this.hide(); });
      cm.on("cursorActivity", () => { if (this.box && !this.taking) this.update(); });
      cm.on("blur", () => this.hide());
    }

    show(asked = false) {
      const cursor = this.cm.getCursor(), before = this.cm.getLine(cursor.line).slice(0, cursor.ch);
      const { start, list } = candidates(before);
      const done = list.length === 1 && list[0].short === start && !asked;
      if (!list.length || done || /--/.test(before)) return this.hide();
      this.start = start;
      this.list = list.slice(0, 60);
      this.at = 0;
      this.draw();
    }

    update() {
      const cursor = this.cm.getCursor();
      if (cursor.line !== this.line) this.hide();
    }

    draw() {
      this.hide();
      const cursor = this.cm.getCursor();
      this.line = cursor.line;
      this.items = this.list.map((entry, i) => element("li", { role: "option", id: `${this.id}-${i}`, onmousedown: (event) => { event.preventDefault(); this.at = i; this.take(); } }, entry.short));
      this.about = element("div", { class: "complete-about" });
      this.box = element("div", { class: "complete" }, element("ul", { role: "listbox", id: this.id, "aria-label": words.complete }, ...this.items), this.about);
      // On the page itself, where no frame cuts it off; it closes before anything moves below it.
      const place = this.cm.charCoords({ line: cursor.line, ch: cursor.ch - this.start.length }, "page");
      document.body.append(this.box);
      this.box.style.top = `${place.bottom + 4}px`;
      this.box.style.left = `${Math.max(8, Math.min(place.left, innerWidth - this.box.offsetWidth - 8))}px`;
      this.keys = {
        Up: () => this.move(-1), Down: () => this.move(1), Enter: () => this.take(), Tab: () => this.take(), Esc: () => this.hide(),
      };
      this.cm.addKeyMap(this.keys);
      const field = this.cm.getInputField();
      field.setAttribute("aria-controls", this.id);
      this.choose(0);
    }

    choose(i) {
      this.at = i;
      this.items.forEach((item, k) => item.setAttribute("aria-selected", String(k === i)));
      this.items[i].scrollIntoView({ block: "nearest" });
      this.cm.getInputField().setAttribute("aria-activedescendant", this.items[i].id);
      const entry = this.list[i];
      this.about.replaceChildren(element("code", {}, entry.signature), element("p", {}, entry.summary || ""),
        ...(entry.options?.length ? [element("dl", {}, ...entry.options.slice(0, 8).flatMap((option) => [element("dt", {}, option.name), element("dd", {}, option.text)]))] : []));
    }

    move(step) { this.choose((this.at + step + this.list.length) % this.list.length); }

    take() {
      const cursor = this.cm.getCursor();
      this.taking = true;
      this.cm.replaceRange(this.list[this.at].short, { line: cursor.line, ch: cursor.ch - this.start.length }, cursor);
      this.taking = false;
      this.hide();
    }

    hide() {
      if (!this.box) return;
      this.box.remove();
      this.box = null;
      this.cm.removeKeyMap(this.keys);
      const field = this.cm.getInputField();
      field.removeAttribute("aria-activedescendant");
      field.removeAttribute("aria-controls");
    }
  }

  labbook.makeEditor = (source, { label, change, run }) => {
    const cm = CodeMirror.fromTextArea(source, {
      mode: "lua", lineNumbers: true, indentUnit: 2, tabSize: 2, inputStyle: "textarea",
      viewportMargin: Infinity, lineWrapping: innerWidth < 700,
      // Tab leaves the editor, as everywhere on the page.
      extraKeys: { Tab: false, "Shift-Tab": false, "Ctrl-Enter": run, "Cmd-Enter": run, "Ctrl-Space": () => completion.show(true) },
    });
    const completion = new Completion(cm);
    let marked = null;
    // Measured again once its styles and the page's fonts are there.
    setTimeout(() => cm.refresh(), 60);
    const field = cm.getInputField();
    field.setAttribute("aria-label", label);
    field.setAttribute("aria-multiline", "true");
    field.setAttribute("role", "textbox");
    cm.on("change", (_, what) => { if (what.origin !== "setValue") change(cm.getValue()); });
    return {
      value: () => cm.getValue(),
      set(code) {
        const at = cm.getCursor();
        cm.setValue(code);
        cm.setCursor(at);
      },
      focus: () => cm.focus(),
      mark(line) {
        if (marked) cm.removeLineClass(marked, "wrap", "line-wrong");
        marked = line > 0 && line <= cm.lineCount() ? cm.addLineClass(line - 1, "wrap", "line-wrong") : null;
      },
      go(line) {
        cm.focus();
        cm.setCursor({ line: line - 1, ch: 0 });
      },
      close() {
        completion.hide();
        cm.toTextArea();
      },
    };
  };
})();
