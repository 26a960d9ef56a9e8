// Events of a lab as parts of the page, in the words of templates/lesson.mustache
// (src/book/record.c draws recorded ones alike). What a lab says is only ever
// text here; its pictures pass a list of what a picture may hold.
"use strict";
(() => {
  const { words } = labbook;
  const element = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (name === "class") node.className = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
    node.append(...children);
    return node;
  };
  const button = (text, onclick, attributes = {}) => element("button", { type: "button", class: "quiet", onclick, ...attributes }, text);

  const save = (blob, name) => {
    const link = element("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  // ---- text: streams into one <pre>; a long one folds, an endless one loses its middle
  const FOLD_LINES = 40, HEAD = 100000, TAIL = 100000;
  const escapes = /[\u001b\u009b]\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

  const drawText = (output, e) => {
    const kind = e.kind === "aside" ? "out-aside" : e.stream === "warn" ? "out-warn" : "out-text";
    let last = output.lastElementChild;
    if (last?.classList.contains("fold-bar")) last = last.previousElementSibling;
    let pre = last?.classList.contains(kind) ? last : null;
    if (!pre) {
      pre = element("pre", { class: `out ${kind}` });
      pre.append("");
      pre.lines = 0;
      pre.head = "";
      pre.tail = "";
      output.append(pre);
    }
    const text = String(e.text ?? "").replace(escapes, "");
    pre.lines += text.split("\n").length - 1;
    if (pre.head.length + text.length <= HEAD && !pre.tail) {
      pre.head += text;
      pre.firstChild.appendData(text);
    } else {
      pre.tail = (pre.tail + text).slice(-TAIL);
      pre.firstChild.data = `${pre.head}\n[...]\n${pre.tail}`;
    }
    if (pre.lines > FOLD_LINES) fold(output, pre);
  };

  const fold = (output, pre) => {
    if (!pre.bar) {
      pre.classList.add("folded");
      pre.tabIndex = 0;
      const open = button("", () => {
        const folded = pre.classList.toggle("folded");
        open.setAttribute("aria-expanded", String(!folded));
        label();
      }, { "aria-expanded": "false" });
      const label = () => { open.textContent = pre.classList.contains("folded") ? `${words.show_all} (${pre.lines})` : words.show_less; };
      pre.bar = element("p", { class: "fold-bar" }, open);
      pre.label = label;
      output.append(pre.bar);
    }
    pre.label();
    // The end in sight; once a frame, since it makes the browser lay out the whole text.
    pre.frame ||= requestAnimationFrame(() => {
      pre.frame = 0;
      if (pre.classList.contains("folded")) pre.scrollTop = pre.scrollHeight;
    });
  };

  // ---- tables: sorted by a press on a column's head, back again by the third
  const cellText = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

  const csv = (columns, rows) => [columns, ...rows].map((row) => row.map((value) => {
    const text = cellText(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",")).join("\n") + "\n";

  const drawTable = (output, e) => {
    const columns = (e.columns || []).map(cellText), rows = (e.rows || []).map((row) => (Array.isArray(row) ? row : []));
    const right = (i) => (e.align?.[i] === "right" ? "right" : false);
    const body = element("tbody");
    const fill = (list) => body.replaceChildren(...list.map((row) => element("tr", {}, ...row.map((value, i) => element("td", { class: right(i) }, cellText(value))))));
    const heads = columns.map((name, i) => element("th", { scope: "col", class: right(i) }, button(name, () => sort(i), { class: "sort" })));
    const sort = (i) => {
      const turn = { ascending: "descending", descending: "none" }[heads[i].getAttribute("aria-sort")] || "ascending";
      for (const head of heads) head.removeAttribute("aria-sort");
      if (turn === "none") return fill(rows);
      heads[i].setAttribute("aria-sort", turn);
      const sign = turn === "ascending" ? 1 : -1;
      const empty = (value) => value === null || value === undefined || value === "";
      return fill([...rows].sort((a, b) => {
        const x = a[i], y = b[i];
        if (empty(x) || empty(y)) return empty(x) - empty(y);
        const numbers = !Number.isNaN(Number(x)) && !Number.isNaN(Number(y));
        return sign * (numbers ? Number(x) - Number(y) : cellText(x).localeCompare(cellText(y)));
      }));
    };
    fill(rows);
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body);
    const frame = element("div", { class: "out out-table table", tabindex: "0", role: "group", "aria-label": words.table }, table);
    if (rows.length > 15) frame.classList.add("tall");
    const many = e.total > rows.length ? `${rows.length} ${words.of} ${e.total} ${words.rows}` : `${rows.length} ${rows.length === 1 ? words.row : words.rows}`;
    output.append(frame, element("p", { class: "out-note" }, many, " ",
      button("CSV", () => save(new Blob([csv(columns, rows)], { type: "text/csv" }), "table.csv"), { "aria-label": words.save_table })));
  };

  // ---- pictures
  const tags = new Set("svg g defs title desc path line rect circle ellipse polyline polygon text tspan clipPath linearGradient stop marker use".split(" "));
  const attributes = new Set(("class id role aria-label aria-hidden aria-labelledby xmlns viewBox width height preserveAspectRatio x y x1 y1 x2 y2 cx cy r rx ry d points dx dy transform fill fill-opacity fill-rule "
    + "stroke stroke-width stroke-opacity stroke-dasharray stroke-linecap stroke-linejoin opacity font-size font-weight font-family font-style text-anchor dominant-baseline alignment-baseline letter-spacing "
    + "clip-path clipPathUnits gradientUnits offset stop-color stop-opacity marker-end marker-start markerWidth markerHeight refX refY orient vector-effect shape-rendering").split(" "));

  const cleanNode = (node) => {
    for (const child of [...node.children])
      if (tags.has(child.localName)) cleanNode(child);
      else child.remove();
    for (const { name, value } of [...node.attributes]) {
      const own = name === "href" ? /^#[\w-]+$/.test(value) : !/url\((?!#)/i.test(value);
      if (!(attributes.has(name) || name.startsWith("data-") || name === "href") || !own) node.removeAttribute(name);
    }
  };

  const picture = (text) => {
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (svg.localName !== "svg") return null;
    cleanNode(svg);
    return document.importNode(svg, true);
  };

  // Saved pictures stand alone: the page's colours are written into them.
  const standalone = (svg) => {
    const copy = svg.cloneNode(true);
    const from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
    from.forEach((node, i) => {
      const style = getComputedStyle(node);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor"])
        to[i].setAttribute(name, style.getPropertyValue(name));
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  };

  const drawPlot = (output, e) => {
    const svg = picture(String(e.svg ?? ""));
    const figure = element("figure", { class: "out out-plot", tabindex: "0" });
    if (svg) {
      svg.setAttribute("role", "img");
      const named = svg.hasAttribute("aria-label") || svg.hasAttribute("aria-labelledby") || [...svg.children].some((child) => child.localName === "title");
      if (!named) svg.setAttribute("aria-label", e.title || words.plot);
      figure.drawing = e.text;
      figure.append(svg);
    }
    const caption = element("figcaption", {}, e.title ? `${e.title} ` : "");
    if (svg) caption.append(button("SVG", () => save(standalone(svg), "plot.svg"), { "aria-label": words.save_plot }));
    figure.append(caption);
    output.append(figure);
  };

  // ---- progress: one bar for each label, gone when the step is
  const drawProgress = (output, e) => {
    const bars = output.bars ||= new Map();
    let bar = bars.get(e.label);
    if (!bar?.isConnected) {
      const meter = element("progress", { max: "1", "aria-label": e.label || words.progress });
      bar = element("div", { class: "out out-progress" }, element("span", { class: "progress-label" }, e.label || ""), meter, element("span", { class: "progress-note" }));
      bars.set(e.label, bar);
      output.append(bar);
    }
    const [, meter, note] = bar.children;
    if (e.total > 0) meter.value = Math.min(1, e.done / e.total);
    else meter.removeAttribute("value");
    note.textContent = [e.total > 0 ? `${e.done} ${words.of} ${e.total}` : e.done, e.note].filter(Boolean).join(" \u00b7 ");
  };

  const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes} B`);

  const drawFile = (output, e) => {
    const name = String(e.name ?? "");
    const fetchFile = async () => {
      try { save(await labbook.backend.file(name), name.split("/").pop()); } catch (error) { link.after(` ${error.message}`); }
    };
    const link = button(name, fetchFile, { class: "file", "aria-label": `${words.download} ${name}` });
    for (const old of output.querySelectorAll(".out-file")) if (old.dataset.name === name) old.remove();
    output.append(element("p", { class: "out out-file", "data-name": name }, link, ` ${size(e.bytes || 0)}`));
  };

  const round = (value) => (typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : cellText(value));

  const drawMetric = (output, e) => output.append(element("p", { class: "out out-metric" }, element("span", {}, cellText(e.name)), " ", element("strong", {}, round(e.value))));

  const drawError = (output, e, lab) => {
    const box = element("div", { class: "out out-error", role: "alert" });
    if (e.plain) box.append(element("p", { class: "error-plain" }, e.plain));
    box.append(element("pre", {}, String(e.text ?? "").replace(escapes, "")));
    if (e.line > 0 && lab) box.append(button(`${words.line} ${e.line}`, () => lab.showLine(e.line)));
    if (e.trace) box.append(element("details", {}, element("summary", {}, words.trace), element("pre", {}, e.trace)));
    output.append(box);
  };

  // A question that the step waits on: what it may cost, and two buttons.
  const drawAsk = (output, e) => {
    const answer = (yes) => { for (const node of bar.children) node.disabled = true; labbook.backend.answer(e.id, yes).catch(() => {}); };
    const bar = element("p", { class: "ask-bar" }, button(words.ask_yes, () => answer(true), { class: "primary" }), button(words.ask_no, () => answer(false), { class: "" }));
    output.append(element("div", { class: "out out-ask", role: "group", "aria-label": words.ask, "data-ask": e.id },
      element("pre", { role: "alert" }, String(e.text ?? "").replace(escapes, "")), bar));
  };

  const drawAnswer = (output, e) => {
    const bar = output.querySelector(`[data-ask="${Number(e.id)}"] .ask-bar`);
    bar?.replaceWith(element("p", { class: "ask-done" }, e.yes ? words.ask_agreed : words.ask_refused));
  };

  const drawers = { aside: drawText, ask: drawAsk, answer: drawAnswer, text: drawText, table: drawTable, plot: drawPlot, progress: drawProgress, file: drawFile, metric: drawMetric, error: drawError };

  const drawVerdict = (verdicts, e) => {
    verdicts.append(element("p", { class: `verdict ${e.passed ? "passed" : "failed"}` },
      element("span", { class: "verdict-sign", "aria-hidden": "true" }, e.passed ? "\u2713" : "\u2192"),
      element("span", {}, element("span", { class: "sr" }, `${e.passed ? words.check_passed : words.check_failed}: `), e.text || (e.passed ? words.check_passed : words.check_failed))));
  };

  // What was put out, as text for the clipboard.
  const asText = (output) => [...output.querySelectorAll(":scope > .out")].map((node) => {
    if (node.matches(".out-table")) return [...node.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent).join("\t")).join("\n");
    if (node.matches(".out-plot")) return node.drawing || `[${node.querySelector("figcaption")?.firstChild?.textContent.trim() || words.plot}]`;
    if (node.matches(".out-text, .out-warn")) return node.textContent.replace(/\n$/, "");
    if (node.matches(".out-progress")) return "";
    return node.textContent.trim();
  }).filter(Boolean).join("\n") + "\n";

  // Lines of two texts side by side: [" ", "both"], ["-", "only in a"], ["+", "only in b"].
  const diff = (a, b) => {
    const x = a.replace(/\n$/, "").split("\n"), y = b.replace(/\n$/, "").split("\n"), n = x.length, m = y.length;
    if (n * m > 4e6) return [...x.map((line) => ["-", line]), ...y.map((line) => ["+", line])];
    const common = Array.from({ length: n + 1 }, () => new Uint32Array(m + 1));
    for (let i = n - 1; i >= 0; i--)
      for (let k = m - 1; k >= 0; k--)
        common[i][k] = x[i] === y[k] ? common[i + 1][k + 1] + 1 : Math.max(common[i + 1][k], common[i][k + 1]);
    const lines = [];
    let i = 0, k = 0;
    while (i < n || k < m)
      if (i < n && k < m && x[i] === y[k]) { lines.push([" ", x[i]]); i++; k++; }
      else if (i < n && (k === m || common[i + 1][k] >= common[i][k + 1])) lines.push(["-", x[i++]]);
      else lines.push(["+", y[k++]]);
    return lines;
  };

  const drawDiff = (a, b) => {
    const names = { "-": words.diff_only_a, "+": words.diff_only_b };
    return element("pre", { class: "diff", tabindex: "0" }, element("code", {}, ...diff(a, b).map(([sign, line]) =>
      element("span", { class: sign === "-" ? "diff-out" : sign === "+" ? "diff-in" : "diff-same" },
        ...(names[sign] ? [element("span", { class: "sr" }, `${names[sign]}: `)] : []), `${sign} ${line}\n`))));
  };

  // ---- Lua, coloured as the page's own code is (src/book/highlight.c)
  const lua = /(--\[(=*)\[[\s\S]*?(?:\]\2\]|$)|--[^\n]*)|("(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?|\[(=*)\[[\s\S]*?(?:\]\4\]|$))|\b(and|break|do|else|elseif|end|for|function|goto|if|in|local|not|or|repeat|return|then|until|while)\b|\b(true|false|nil|0x[0-9a-fA-F.]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\b|([A-Za-z_]\w*)(?=\s*[({"'])/g;

  const colour = (code) => {
    const parts = document.createDocumentFragment();
    let at = 0;
    for (const m of code.matchAll(lua)) {
      const kind = m[1] ? "comment" : m[3] ? "string" : m[5] ? "word" : m[6] ? "value" : "call";
      parts.append(code.slice(at, m.index), element("span", { class: `hl-${kind}` }, m[0]));
      at = m.index + m[0].length;
    }
    parts.append(code.slice(at));
    return parts;
  };

  labbook.draw = { event: (output, e, lab) => drawers[e.kind]?.(output, e, lab), verdict: drawVerdict, asText, drawDiff, colour, element, button, save };
})();
