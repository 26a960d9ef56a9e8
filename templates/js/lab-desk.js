// A lesson's labs run in the page itself, where no `labbook serve` is behind it:
// what src/serve/desk_*.c and src/lab/session*.c are there, this is here. The steps run
// in a worker (lab-worker.js), which loads when a reader first presses Run; Stop
// and limits end it, and what it had computed with it. Answers and progress are kept as
// backend.js keeps them, outputs and files in the browser's database.
"use strict";
(() => {
  const { words, root, book, load } = labbook;
  const LINES_MAX = 1 << 22; // characters of a step's output that are kept
  const MB = 512; // src/wasm/host.h

  // ---- what is kept: outputs and files, by "book/lesson/out/step" and ".../file/name"
  const kept = {
    open: () => kept.db ||= new Promise((done, failed) => {
      const asked = indexedDB.open("labbook", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    }),
    async ask(mode, what) {
      const store = (await kept.open()).transaction("kept", mode).objectStore("kept");
      return new Promise((done, failed) => {
        const asked = what(store);
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => failed(asked.error);
      });
    },
    below: (prefix) => IDBKeyRange.bound(prefix, `${prefix}\uffff`),
    // All below a prefix: [[rest of the key, value], ...].
    async all(prefix) {
      try {
        const keys = await kept.ask("readonly", (store) => store.getAllKeys(kept.below(prefix)));
        const values = await kept.ask("readonly", (store) => store.getAll(kept.below(prefix)));
        return keys.map((key, i) => [key.slice(prefix.length), values[i]]);
      } catch { return []; }
    },
    put: (key, value) => kept.ask("readwrite", (store) => store.put(value, key)).catch(() => { /* until the page is left */ }),
    cut: (key) => kept.ask("readwrite", (store) => store.delete(key)).catch(() => { /* nothing kept */ }),
    drop: (prefix) => kept.ask("readwrite", (store) => store.delete(kept.below(prefix))).catch(() => { /* nothing kept */ }),
  };

  // A name for a step's code and all before it; good enough to tell an edit.
  const hash = (text) => {
    let a = 0x9e3779b9, b = 0x85ebca6b;
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
      b = Math.imul(b ^ text.charCodeAt(i), 0x5bd1e995) ^ (a >>> 13);
    }
    return (a >>> 0).toString(16) + (b >>> 0).toString(16);
  };

  // ---- the module and the lesson's files, loaded once
  const parts = {};
  labbook.part = (path, content, base) => { parts[path] = base === 64 ? Uint8Array.from(atob(content), (c) => c.charCodeAt(0)) : content; };

  // What the script at this path calls labbook.part with.
  const part = async (path) => {
    await load(path);
    const content = parts[path];
    delete parts[path];
    return content;
  };

  // Opened as a file, a page may not fetch: then the module comes as a script.
  const fetchModule = async (name) => {
    if (location.protocol !== "file:") {
      const answer = await fetch(new URL(`${root}assets/wasm/${name}.wasm`, location.href)).catch(() => null);
      if (answer?.ok) return WebAssembly.compile(await answer.arrayBuffer());
    }
    return WebAssembly.compile(await part(`assets/wasm/${name}.js`));
  };
  // Its two parts: "lab" is all that most steps need, "more" is loaded behind it.
  const asked = {}, modules = {};
  const loadModule = (name) => asked[name] ||= fetchModule(name).then((module) => { modules[name] = module; return module; })
    .catch((error) => { asked[name] = null; throw error; });
  let script;
  const loadScript = () => script ||= load("assets/js/lab-worker.js")
    .then(() => URL.createObjectURL(new Blob([`"use strict";(${labbook.labWorker})();`], { type: "text/javascript" })))
    .catch((error) => { script = null; throw error; });

  // ---- the desk
  class Desk extends labbook.Browser {
    runs = true;
    targets = ["local"];
    #steps = [];
    #files = new Map();
    #plan = [];

    #key(kind, name = "") { return `${book}/${this.lesson}/${kind}/${name}`; }

    async open(lesson, watcher) {
      const mine = await super.look(lesson);
      this.lesson = lesson;
      this.watcher = watcher;
      if (!lesson) return mine;
      const outputs = new Map(await kept.all(this.#key("out")));
      this.#files = new Map(await kept.all(this.#key("file")));
      this.#steps = [...document.querySelectorAll("section.lab[data-lab]")].map((section, index) => {
        const id = section.dataset.lab, last = outputs.get(id), record = mine.kept[id] || {};
        return {
          id, index, starter: section.querySelector("[data-role=source]").value, code: record.code ?? null,
          here: section.dataset.targets.split(",").includes("local"), ms: Number(section.dataset.timeoutMs),
          outcome: last ? record.outcome : "none", attempts: record.attempts || 0, passed: record.passed,
          hints: record.hints || 0, solution: Boolean(record.solution),
          ran: last?.ran, lines: last?.lines || [], size: 0, running: false, told: "fresh", session: "fresh",
        };
      });
      this.#tellStates(true);
      const steps = this.#steps.map((s) => [s.id, {
        code: s.code, state: s.told, attempts: s.attempts, passed: s.passed, hints: s.hints, solution: s.solution,
        events: s.lines.map((line) => JSON.parse(line)),
      }]);
      return { ...mine, steps: Object.fromEntries(steps) };
    }

    // Another lesson, as it is kept.
    async look(lesson) {
      const mine = await super.look(lesson), steps = { ...mine.kept };
      for (const [id, { lines }] of await kept.all(`${book}/${lesson}/out/`))
        steps[id] = { ...steps[id], events: lines.map((line) => JSON.parse(line)) };
      return { ...mine, steps };
    }

    // ---- steps and their states
    #find(id) {
      const step = this.#steps.find((s) => s.id === id);
      if (!step) throw new Error(words.lab_no_run);
      return step;
    }

    #code(step) { return step.code ?? step.starter; }

    #keys() {
      let key = "";
      return this.#steps.map((s) => { key = hash(`${key}\n${s.id}\n${this.#code(s)}`); return key; });
    }

    #tellStates(quiet = false) {
      const keys = this.#keys();
      this.#steps.forEach((s, i) => {
        const state = s.running ? "running" : !s.outcome || s.outcome === "none" || !s.ran ? "fresh" : s.ran !== keys[i] ? "stale" : s.outcome;
        if (state === s.told) return;
        s.told = state;
        if (!quiet) this.watcher.event({ step: s.id, kind: "state", state, attempts: s.attempts, passed: s.passed });
      });
    }

    #makeStale(from) {
      for (const s of this.#steps.slice(from)) if (s.session !== "fresh") s.session = "stale";
    }

    // What the record says of a step, as `labbook serve` writes it.
    #keep(step) {
      this.change((lesson) => {
        const { outcome = "none", attempts, passed, hints, solution } = step;
        lesson.total = { steps: this.#steps.length, quizzes: document.querySelectorAll("form.quiz").length };
        lesson.steps[step.id] = { ...(step.code === null ? {} : { code: step.code }), target: "local", outcome, attempts,
          ...(passed === undefined ? {} : { passed }), hints, solution };
      });
    }

    // The step and those after it must run again before anything builds on them.
    #setCode(step, code) {
      const now = code === step.starter ? null : code;
      if (now === step.code) return;
      step.code = now;
      this.#makeStale(step.index);
      this.#keep(step);
      this.#tellStates();
    }

    // ---- running
    async run({ step: id, code, judge, above }) {
      let step = this.#find(id);
      if (this.busy) throw new Error(words.lab_busy);
      this.#setCode(step, code ?? step.starter);
      if (above) step = this.#steps.slice(0, step.index).findLast((s) => s.here);
      if (!step) throw new Error(words.lab_none_above);
      this.asked = step;
      this.judge = judge && !above;
      this.busy = true;
      this.#begin();
    }

    #begin() {
      let all = false;
      this.#plan = this.#steps.slice(0, this.asked.index).filter((s) => s.here && (all ||= s.session !== "done"));
      this.#plan.push(this.asked);
      this.#makeStale(this.asked.index + 1);
      this.#next();
    }

    async #next() {
      const step = this.current = this.#plan.shift();
      if (!step) {
        this.busy = false;
        return;
      }
      step.running = true;
      step.begun = false;
      this.#tellStates();
      const run = this.turn = {}; // Stop makes another
      const check = this.judge && step === this.asked;
      try {
        if (!this.worker) Promise.all([loadModule("lab"), loadScript()]).catch(() => { /* said when it is needed */ });
        // What has run need not run again for want of it.
        else if (!modules.more) await loadModule("more").catch(() => { /* said when it is needed */ });
        await this.#need(this.#code(step) + (check ? await this.#check(step) : ""));
        if (run === this.turn) await this.#hire();
        if (run !== this.turn) return;
        this.timer = setTimeout(() => this.#breakOff("timeout", words.lab_timeout.replace("%", step.ms / 1000)), step.ms);
        this.started = performance.now();
        this.worker.postMessage({ index: step.index, step: step.id, code: this.#code(step), check: check ? await this.#check(step) : null });
      } catch (error) {
        if (run === this.turn) this.#breakOff("error", `${words.lab_not_loaded} ${error.message}`);
      }
    }

    // The lesson's checks, and the names of its files and the book's.
    #about() {
      return this.about ||= part(`assets/labs/${this.lesson}.js`).then((about) => {
        const help = { name: ".help", path: "assets/wasm/help.js" }; // what lab.help says (src/wasm/help.c)
        this.given = new Map([...about.files, help].map((file) => [file.name, { ...file, bytes: null }]));
        return about;
      }).catch((error) => { this.about = null; throw error; });
    }

    async #check(step) { return (await this.#about()).checks[step.id] ?? null; }

    async #load(file) {
      file.loading ||= part(file.path);
      try {
        const content = await file.loading;
        file.bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      } finally { file.loading = null; }
    }

    // Load the files that the code names; others are loaded when it has asked for them.
    async #need(code) {
      await this.#about();
      await Promise.all([...this.given.values()].filter((file) => !file.bytes && code.includes(file.name)).map((file) => this.#give(file)));
    }

    async #give(file) {
      await this.#load(file);
      this.worker?.postMessage({ name: file.name, bytes: file.bytes });
    }

    // A worker that is ready.
    #hire() { return this.hired ||= this.#start(); }

    async #start() {
      const run = this.turn, url = await loadScript();
      if (run !== this.turn) throw new Error(words.lab_no_run); // stopped meanwhile
      const worker = this.worker = new Worker(url); // it begins while the module loads
      await loadModule("lab").then((module) => new Promise((done, failed) => {
        worker.onmessage = ({ data }) => {
          if (worker !== this.worker) return;
          if (data.ready) done();
          else if (data.died) failed(new Error(data.text));
        };
        worker.onerror = (event) => failed(new Error(event.message || words.lab_no_run));
        worker.postMessage({ module, more: modules.more, files: [...this.#files], given: [...this.given.values()].map((f) => [f.name, f.bytes, f.listed]) });
      })).catch((error) => { this.#fire(); throw error; });
      worker.onmessage = ({ data }) => { if (worker === this.worker) this.#take(data); };
      worker.onerror = () => { if (worker === this.worker) this.#breakOff("error", words.lab_died); };
    }

    // What it had computed is gone with it.
    #fire() {
      this.worker?.terminate();
      this.worker = this.hired = null;
      this.#makeStale(0);
    }

    #take(message) {
      // With the first output: what may be needed later.
      if (!asked.more) loadModule("more").then((more) => this.worker?.postMessage({ more })).catch(() => { /* said when it is needed */ });
      if (message.events) for (const line of message.events) this.#event(JSON.parse(line), line);
      else if (message.wrote) this.#keepFile(message.wrote, message.bytes);
      else if ("end" in message) this.#ended(message.end);
      else if ("need" in message) this.#again(message.need);
      else if (message.died === "memory") this.#breakOff("limit", words.lab_memory.replace("%", MB));
      else if (message.died) this.#breakOff(message.died === "depth" ? "limit" : "error", message.died === "depth" ? words.lab_deep : `${words.lab_died} ${message.text}`);
    }

    #ended(ok) {
      clearTimeout(this.timer);
      this.current.session = ok ? "done" : "failed";
      if (!ok) this.#plan = [];
      this.#next();
    }

    // The step asked for a file that its code did not name, or the module's second part: with all
    // that there, once more.
    async #again(name) {
      const run = this.turn;
      clearTimeout(this.timer);
      this.#fire();
      this.current.running = false;
      try {
        await (name ? Promise.all([...this.given.values()].filter((file) => !file.bytes).map((file) => this.#load(file))) : loadModule("more"));
        if (run === this.turn) this.#begin();
      } catch (error) {
        if (run === this.turn) this.#breakOff("error", `${words.lab_not_loaded} ${name} ${error.message}`);
      }
    }

    #event(e, line) {
      const step = this.#steps.find((s) => s.id === e.step);
      if (!step) return;
      if (e.kind === "start") {
        Object.assign(step, { begun: true, startedWith: this.#keys()[step.index], lines: [], size: 0 });
      } else if (e.kind !== "progress" && step.size <= LINES_MAX) {
        step.size += line.length;
        step.lines.push(step.size <= LINES_MAX ? line : JSON.stringify({ kind: "text", stream: "warn", text: `${words.lab_not_kept}\n` }));
      }
      this.watcher.event(e);
      if (e.kind === "end") this.#end(step, e);
      if (e.kind === "check") {
        step.passed = step.passed === true || e.passed; // once passed is passed
        step.told = "";
      }
      this.#tellStates();
    }

    #end(step, e) {
      const stopped = e.reason === "stopped";
      step.running = false;
      step.ran = step.startedWith;
      step.outcome = stopped ? "none" : e.ok ? "done" : "failed";
      if (!stopped && step === this.asked) {
        step.attempts++;
        step.told = "";
      }
      this.#keep(step);
      kept.put(this.#key("out", step.id), { ran: step.ran, lines: step.lines });
    }

    // The step could not be brought to an end in the worker.
    #breakOff(reason, text) {
      const step = this.current, ms = Math.round(performance.now() - (this.started ?? performance.now()));
      clearTimeout(this.timer);
      this.turn = {};
      this.#plan = [];
      this.#fire();
      step.session = "failed";
      const tell = (e) => this.#event(e, JSON.stringify(e));
      if (!step.begun) tell({ step: step.id, kind: "start" });
      if (text) tell({ step: step.id, kind: "error", text, line: 0, plain: "", trace: "" });
      tell({ step: step.id, kind: "end", ok: false, ms, reason });
      this.busy = false;
    }

    async stop() {
      if (this.busy) this.#breakOff("stopped");
    }

    // ---- edits, notes, files
    async edit(id, code) { this.#setCode(this.#find(id), code); }

    async reset(id) {
      await this.stop();
      if (!id) {
        this.#fire();
        this.#files.clear();
        for (const s of this.#steps) s.session = "fresh";
        await kept.drop(this.#key("file"));
      }
      for (const s of this.#steps.filter((one) => !id || one.id === id)) {
        this.#setCode(s, s.starter);
        Object.assign(s, { lines: [], outcome: "none", ran: undefined });
        this.watcher.event({ step: s.id, kind: "code", code: null });
        this.watcher.event({ step: s.id, kind: "clear" });
        this.#tellStates();
        this.#keep(s);
        await kept.cut(this.#key("out", s.id));
      }
    }

    async help(id, { hints, solution }) {
      const step = this.#find(id);
      step.hints = Math.max(step.hints, hints || 0);
      step.solution ||= Boolean(solution);
      this.#keep(step);
    }

    async #keepFile(name, bytes) {
      this.#files.set(name, bytes);
      await kept.put(this.#key("file", name), bytes);
    }

    async file(name) {
      if (!this.#files.has(name)) throw new Error(words.lab_no_file);
      return new Blob([this.#files.get(name)]);
    }

    // A file of the reader's own: it goes to the worker and no further.
    async bring(file) {
      const bytes = new Uint8Array(await file.arrayBuffer()), name = file.name.replace(/^\.+/, "").slice(0, 190);
      await this.#keepFile(name, bytes);
      this.worker?.postMessage({ name, bytes });
      return name;
    }

    async forget() {
      await super.forget();
      await kept.drop(`${book}/`);
    }
  }

  // The smallest module with a vector instruction says whether the browser knows them.
  const vectors = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  const able = () => typeof Worker === "function" && typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(vectors));

  labbook.worker = () => {
    if (able()) return new Desk();
    labbook.unable = true;
    return labbook.backend;
  };
})();
