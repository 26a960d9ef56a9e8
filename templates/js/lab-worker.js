// What runs in the worker: the module (src/wasm) and the little that it may ask
// for. The page (lab-desk.js) makes the worker of this function's own text, so that it
// works from file:// as well.
//
//   page to worker   {module, more, given, files}   once: the compiled module and, if it is there,
//                                             its second part; [name, bytes, listed] of the book,
//                                             bytes null: not loaded yet; [name, bytes] that the
//                                             lab wrote before
//                    {more}                   the second part, now that it is there
//                    {name, bytes}            a file, now that it is loaded or was chosen
//                    {index, step, code, check}                       run a step
//   worker to page   {ready: true}  {events: [line, ...]}  {wrote: name, bytes}
//                    {end: ok}               the step has run
//                    {need: name}            it asked for a file that is not loaded, or for the
//                                            second part (""): over with it
//                    {died: why, text}       "memory", "depth" or "error": over with it
//
// Lines are batched: what comes within 15 ms is one message.
"use strict";
labbook.labWorker = () => {
  const DISK = 128 * 2 ** 20, FILES = 1000, BATCH_MS = 15, AT_ONCE = 32 * 2 ** 20;
  const send = self.postMessage.bind(self);
  const given = new Map(), work = new Map();
  const decoder = new TextDecoder(), encoder = new TextEncoder();
  const thrown = {}; // what Lua's errors travel on
  const unsent = new Set(); // names of files
  let lab, more, added, table, used = 0, errors = "", held = [], sent = 0, copied = 0;

  // A lab is Lua inside the module and has no words for these. Nor has this worker, from here on.
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "WebTransport", "EventSource", "importScripts", "Worker",
    "BroadcastChannel", "indexedDB", "caches", "RTCPeerConnection"])
    Object.defineProperty(self, name, { value: undefined });

  const bytes = (at, n) => new Uint8Array(lab.memory.buffer, at >>> 0, n);
  const text = (at, n) => decoder.decode(bytes(at, n));
  const put = (z) => {
    if (typeof z !== "string") return 0;
    const from = encoder.encode(z), at = lab.room(from.length + 1), to = bytes(at, from.length + 1);
    to.set(from);
    to[from.length] = 0;
    return at;
  };

  const flush = () => {
    if (held.length) send({ events: held });
    held = [];
    sent = performance.now();
  };
  const flushLate = () => { if (performance.now() - sent > BATCH_MS) flush(); };

  const sendFiles = () => {
    for (const name of unsent) send({ wrote: name, bytes: work.get(name) });
    unsent.clear();
  };

  const find = (name) => {
    const found = work.get(name) ?? given.get(name)?.bytes;
    if (found === null) throw { need: name };
    return found;
  };

  const host = {
    emit(at, n) {
      held.push(text(at, n));
      flushLate();
    },
    tick: flushLate,
    size: (at, n) => find(text(at, n))?.length ?? -1,
    read(at, n, to) {
      const from = find(text(at, n));
      bytes(to, from.length).set(from);
    },
    put(at, n, from, size) {
      const name = text(at, n), old = work.get(name);
      if (used - (old?.length ?? 0) + size > DISK) return 1;
      if (!old && work.size >= FILES) return 2;
      used += size - (old?.length ?? 0);
      work.set(name, bytes(from, size).slice());
      unsent.add(name);
      // A lab that writes without end must not drown the page.
      copied += size;
      if (copied < AT_ONCE) sendFiles();
      return 0;
    },
    written: (at, n) => work.get(text(at, n))?.length ?? -1,
    list(to) {
      const listed = [...given].filter(([, file]) => file.listed).map(([name]) => name);
      const names = encoder.encode([...[...work.keys()].sort(), ...listed].map((name) => `${name}\n`).join(""));
      if (to) bytes(to, names.length).set(names);
      return names.length;
    },
    clock: (since1970) => (since1970 ? Date.now() : performance.now()),
    complain(at, n) { errors = text(at, n); },
    exit() { throw { exit: true }; },
    throw() { throw thrown; },
    try(fn, L, ud) {
      const stack = lab.__stack_pointer.value;
      try {
        table.get(fn)(L, ud);
        return 0;
      } catch (error) {
        if (error !== thrown) throw error;
        lab.__stack_pointer.value = stack;
        return 1;
      }
    },
  };

  // The second part puts its functions where the first looks for them.
  const addMore = () => {
    if (lab && more && !added) added = new WebAssembly.Instance(more, { lab: host, first: lab });
  };

  const start = async (message) => {
    for (const [name, content, listed] of message.given) given.set(name, { bytes: content, listed });
    for (const [name, content] of message.files) {
      work.set(name, content);
      used += content.length;
    }
    // What is in the second part calls for it until that is there.
    const missing = {};
    for (const { module, name } of WebAssembly.Module.imports(message.module))
      if (module === "more") missing[name] = () => { throw { need: "" }; };
    lab = (await WebAssembly.instantiate(message.module, { lab: host, more: missing })).exports;
    table = lab.__indirect_function_table;
    lab._initialize();
    more ||= message.more;
    addMore();
    if (!lab.start()) throw { exit: true };
    send({ ready: true });
  };

  const run = ({ index, step, code, check }) => {
    copied = 0;
    const ok = Boolean(lab.run(index, put(step), put(code), put(check)));
    flush();
    sendFiles();
    send({ end: ok });
  };

  // Too deep a recursion of C: RangeError in one browser, InternalError in another.
  const why = (error) => (error?.exit && /out of memory/.test(errors) ? "memory" : /Range|Internal/.test(error?.name) ? "depth" : "error");

  self.labMemory = () => lab.memory.buffer.byteLength; // for who measures

  self.onmessage = async ({ data }) => {
    try {
      if (data.module) await start(data);
      else if (data.more) {
        more = data.more;
        addMore();
      }
      else if (data.step) run(data);
      else if (given.has(data.name)) given.get(data.name).bytes = data.bytes;
      else {
        work.set(data.name, data.bytes);
        used += data.bytes.length;
      }
    } catch (error) {
      flush();
      sendFiles();
      send(error?.need !== undefined ? { need: error.need } : { died: why(error), text: `${error?.message ?? ""} ${errors}`.trim() });
    }
  };
};
