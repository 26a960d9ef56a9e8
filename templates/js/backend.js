// Where labs run and where progress is kept. The rest of the page's scripts see
// one interface, whatever is behind it:
//
//   labbook.backend
//     .runs                       can steps be run here?
//     .targets                    on which targets; absent: on all that a step names
//     .open(lesson, watcher)      -> Promise of the lesson's state; the watcher is told
//         watcher.event(e)        each event (src/lab/session.h, src/serve/desk.h)
//         watcher.state(state)    the state anew, after events were missed
//         watcher.link(up)        whether what runs the labs can be reached
//     .look(lesson)           -> Promise of another lesson's state, as it is now; null: none
//     .run({step, code, judge, ready, above, target})  .stop()  .answer(id, yes)
//     .edit(step, code)  .reset(step or null)  .help(step, {hints, solution})
//     .quiz(id, right, value)  .read(totals)
//     .file(name)                 -> Promise of a Blob: what the lab wrote
//     .progress() .take(record) .forget()                   a record of the whole book
//
// A state is {target, read, steps: {id: {code, state, attempts, passed, hints,
// solution, events}}, quizzes: {id: {right, tries, value}}}.
//
// There are two here: `labbook serve`, found by the token in its pages, and the
// browser's own storage, which keeps answers and progress but runs nothing. Where
// the site has what it takes, lab-desk.js adds to the latter that labs run in a worker.
"use strict";
(() => {
  const html = document.documentElement;
  const root = html.dataset.root || "";
  const words = window.labbookWords || {};
  const book = document.querySelector(".brand")?.textContent.trim() || "";
  const page = Math.random().toString(36).slice(2, 10);

  // Where a file of the site lies. Those with a version (src/book/assets.h) never change under one address.
  const address = (path) => {
    const version = (window.labbookVersions || {})[path.replace(/^assets\//, "")];
    return root + path + (version ? `?v=${version}` : "");
  };

  const load = (path) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address(path);
    script.onload = done;
    script.onerror = () => failed(new Error(path));
    document.head.append(script);
  });

  const store = {
    get(key) {
      try { return localStorage.getItem("labbook:" + key); } catch { return null; }
    },
    set(key, value) {
      try { localStorage.setItem("labbook:" + key, value); } catch { /* nowhere to keep it */ }
    },
  };

  // ---- the browser's own storage

  class Browser {
    runs = false;
    #key = `${book}:progress`;

    record() {
      try {
        const record = JSON.parse(store.get(this.#key));
        if (record?.format === "labbook-progress" && record.lessons) return record;
      } catch { /* not ours */ }
      return { format: "labbook-progress", version: 1, book, lessons: {} };
    }

    change(what) {
      const record = this.record();
      const lesson = record.lessons[this.lesson] ||= { read: false, steps: {}, quizzes: {} };
      lesson.steps ||= {};
      lesson.quizzes ||= {};
      what(lesson);
      record.saved = new Date().toISOString();
      store.set(this.#key, JSON.stringify(record));
    }

    async open(lesson) {
      this.lesson = lesson;
      return this.look(lesson);
    }
    async look(lesson) {
      const kept = this.record().lessons[lesson] || {};
      return { target: "local", read: Boolean(kept.read), steps: {}, quizzes: kept.quizzes || {}, kept: kept.steps || {} };
    }

    async run() { throw new Error(words.lab_no_run); }
    async stop() { /* nothing runs */ }
    async reset() { /* nothing was run */ }
    async edit(step, code) { this.change((l) => { (l.steps[step] ||= {}).code = code; }); }
    async help(step, { hints, solution }) {
      this.change((l) => {
        const s = l.steps[step] ||= {};
        s.hints = Math.max(s.hints || 0, hints || 0);
        s.solution ||= Boolean(solution);
      });
    }
    async quiz(id, right, value) {
      this.change((l) => { l.quizzes[id] = { right, tries: (l.quizzes[id]?.tries || 0) + 1, value }; });
    }
    async read(total) { this.change((l) => { l.read = true; l.total = total; }); }
    async file() { throw new Error(words.lab_no_run); }
    async progress() { return this.record(); }
    async take(record) {
      if (record?.format !== "labbook-progress" || typeof record.lessons !== "object") throw new Error(words.progress_not_ours);
      if (record.book !== book) throw new Error(`${words.progress_other_book} ${record.book}`);
      const mine = this.record();
      Object.assign(mine.lessons, record.lessons);
      store.set(this.#key, JSON.stringify(mine));
    }
    async forget() {
      try { localStorage.removeItem("labbook:" + this.#key); } catch { /* nothing kept */ }
    }
  }

  // ---- labbook serve

  class Server {
    runs = true;
    #token;
    #seen = -1;

    constructor(token) { this.#token = token; }

    // A restarted server has a new token, which its pages hold: this one fetches itself.
    async #renew() {
      const text = await (await fetch(location.href, { cache: "no-store" })).text();
      const token = /<meta name="labbook-token" content="([0-9a-f]+)"/.exec(text)?.[1];
      if (!token || token === this.#token) return false;
      this.#token = token;
      return true;
    }

    async #fetch(path, options = {}, again = true) {
      const headers = { "X-Labbook-Token": this.#token, ...options.headers };
      const answer = await fetch(new URL(`${root}api/${path}`, location.href), { cache: "no-store", ...options, headers });
      if (answer.status === 403 && again && await this.#renew()) return this.#fetch(path, options, false);
      return answer;
    }

    async #ask(path, body) {
      const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
      // What was typed last arrives also when the page is left.
      if (body) options.keepalive = options.body.length < 50000;
      let answer;
      try { answer = await this.#fetch(path, options); } catch { throw new Error(words.lab_away); }
      const result = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(result.error || `${answer.status} ${answer.statusText}`);
      return result;
    }

    #post(call, body = {}) { return this.#ask(call, { lesson: this.lesson, by: page, ...body }); }
    #query() { return this.lesson ? `?lesson=${encodeURIComponent(this.lesson)}` : ""; }

    async open(lesson, watcher) {
      this.lesson = lesson;
      this.watcher = watcher;
      const state = await this.#load().catch(() => null);
      this.#follow();
      // A browser has few connections to one host: a page that is not looked at gives its own back.
      let leave = 0;
      document.addEventListener("visibilitychange", () => {
        clearTimeout(leave);
        if (document.hidden) leave = setTimeout(() => this.#pause(true), 10000);
        else this.#pause(false);
      });
      addEventListener("pagehide", () => this.#pause(true));
      addEventListener("pageshow", (event) => { if (event.persisted) this.#pause(false); });
      return state;
    }

    // A lesson with a mistake in it has no state until that is mended.
    async #load() {
      if (!this.lesson) return null;
      const state = await this.#ask(`state${this.#query()}`);
      this.#seen = state.seq;
      this.loaded = true;
      return state;
    }

    #pause(paused) {
      this.paused = paused;
      if (paused) this.abort?.abort();
      else this.wake?.();
    }

    async #follow() {
      for (let wait = 200; ; wait = Math.min(wait * 2, 4000)) {
        while (this.paused) await new Promise((done) => { this.wake = done; });
        try {
          await this.#listen(() => { wait = 200; });
        } catch { /* gone, or paused */ }
        if (this.paused) continue;
        this.watcher.link(false);
        await new Promise((done) => { this.wake = done; setTimeout(done, wait); });
      }
    }

    async #listen(connected) {
      this.abort = new AbortController();
      if (this.lesson && !this.loaded) {
        const state = await this.#load().catch(() => null);
        if (state) this.watcher.state(state);
      }
      const headers = this.#seen >= 0 ? { "Last-Event-ID": String(this.#seen) } : {};
      const answer = await this.#fetch(`events${this.loaded ? this.#query() : ""}`, { headers, signal: this.abort.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      connected();
      this.first = true;
      this.watcher.link(true);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ;) {
        const { value, done } = await reader.read();
        if (done) return;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) await this.#take(block);
      }
    }

    async #take(block) {
      let event = "message", id = -1, data = "";
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event = line.slice(7);
        else if (line.startsWith("id: ")) id = Number(line.slice(4));
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (event === "reset") {
        this.watcher.state(await this.#load());
      } else if (event === "lab") {
        this.#seen = id;
        const e = JSON.parse(data);
        e.own = e.by === page;
        this.watcher.event(e);
      } else if (event === "book") {
        labbook.lastBook = { ...JSON.parse(data), first: this.first };
        this.first = false;
        dispatchEvent(new CustomEvent("labbook-book", { detail: labbook.lastBook }));
        // Mended: begin again, with the lesson's own events.
        if (this.lesson && !this.loaded && !labbook.lastBook.errors.length) this.abort.abort();
      }
    }

    look(lesson) { return this.#ask(`state?lesson=${encodeURIComponent(lesson)}`).catch(() => null); }
    run(what) { return this.#post("run", what); }
    stop() { return this.#post("stop"); }
    answer(id, yes) { return this.#post("answer", { id, yes }); }
    edit(step, code) { return this.#post("edit", { step, code }); }
    reset(step) { return this.#post("reset", step ? { step } : {}); }
    help(step, what) { return this.#post("help", { step, ...what }); }
    quiz(quiz, right, value) { return this.#post("quiz", { quiz, right, value }); }
    read() { return this.#post("read"); }
    progress() { return this.#ask("progress"); }
    take(record) { return this.#ask("progress", record); }
    forget() { return this.#ask("forget", {}); }
    console() { return this.#ask("console", {}); }
    async file(name) {
      const answer = await this.#fetch(`file${this.#query()}&name=${encodeURIComponent(name)}`);
      if (!answer.ok) throw new Error(await answer.text());
      return answer.blob();
    }
  }

  const token = document.querySelector("meta[name=labbook-token]")?.content;
  window.labbook = { root, words, book, address, load, store, page, Browser, backend: token ? new Server(token) : new Browser() };
  if (token) load("assets/js/live.js");

  // A page without labs has answers and progress as well.
  const article = document.querySelector("article[data-lesson]:not(.print-lesson)");
  const none = { event() {}, state() {}, link() {} };
  labbook.lesson = article?.dataset.lesson || null;
  labbook.watchers = [];
  const all = (what) => (value) => { for (const watcher of labbook.watchers) (watcher[what] || none[what])(value); };
  labbook.opened = new Promise((done) => {
    // When all scripts of the page have said what they want to be told.
    document.addEventListener("DOMContentLoaded", () => {
      if (labbook.worker) labbook.backend = labbook.backend.runs ? labbook.backend : labbook.worker(labbook);
      labbook.backend.open(labbook.lesson, { event: all("event"), state: all("state"), link: all("link") })
        .then((state) => { if (state) all("state")(state); done(state); },
              (error) => { all("link")(false); console.warn(error.message); done(null); });
    });
  });
})();
