// Plots as the book draws them: few lines, each named where it ends, and the same
// numbers as a table for who cannot see them.
import { h, s, unique } from "./ui.js";

// On a narrow screen the same picture in fewer, larger units.
const size = () => (innerWidth < 560 ? { W: 380, H: 260, L: 50, R: 84, T: 34, B: 44, narrow: true } : { W: 500, H: 250, L: 48, R: 86, T: 30, B: 42 });
const number = (value) => (Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(4))));

// About n round numbers that span the range.
export const ticks = (low, high, n = 5) => {
  if (!(high > low)) return [low];
  const raw = (high - low) / n, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((candidate) => candidate >= raw);
  const list = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) list.push(Math.abs(value) < step * 1e-9 ? 0 : value);
  return list;
};

const range = (values) => {
  let low = Infinity, high = -Infinity; // of any number of values: no arguments of a call
  for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
  if (!Number.isFinite(low)) { low = 0; high = 1; }
  if (low === high) { low -= Math.abs(low) * 0.1 || 0.5; high += Math.abs(high) * 0.1 || 0.5; }
  return [low, high];
};

// Names at the ends of lines are pushed apart.
const spread = (ends, bottom) => {
  ends.sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + 15);
  const over = Math.max(0, (ends.at(-1)?.y || 0) - bottom);
  for (const end of ends) end.y -= over;
};

// Powers of ten, and their halves where there are few.
const logTicks = (low, high) => {
  const list = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) for (const step of high - low < 1 ? [1, 1.5, 2, 3, 5, 7] : high - low < 2 ? [1, 2, 5] : [1]) list.push(power + Math.log10(step));
  return list.filter((value) => value >= low - 1e-9 && value <= high + 1e-9);
};

// Where one points: the nearest place along x, and what each line is there.
const pointer = (svg, { W, H, L, R, T, B }, lines, { px, py, x }) => {
  const places = [...new Set(lines.flatMap((one) => one.points.map((point) => point[0])))].sort((a, b) => a - b);
  const group = s("g", { class: "plot-at", "aria-hidden": "true" });
  const show = (event) => {
    const box = svg.getBoundingClientRect(), wanted = (event.clientX - box.left) / box.width * W;
    const at = places.reduce((best, place) => (Math.abs(px(place) - wanted) < Math.abs(px(best) - wanted) ? place : best), places[0]);
    const found = lines.flatMap((one) => { const point = one.points.find((p) => p[0] === at); return point ? [{ ...one, value: point[1] }] : []; });
    const texts = [`${x} ${number(at)}`, ...found.map((one) => `${one.name} ${number(one.value)}`)], width = Math.max(...texts.map((text) => text.length)) * 7 + 18;
    const left = px(at) + 10 + width > W - R + 60 ? px(at) - 10 - width : px(at) + 10;
    group.replaceChildren(s("line", { x1: px(at), x2: px(at), y1: T, y2: H - B }), ...found.map((one) => s("circle", { class: `plot-dot c${one.i % 5}`, cx: px(at), cy: py(one.value), r: 4 })),
      s("rect", { x: left, y: T, width, height: texts.length * 17 + 8, rx: 6 }), ...texts.map((text, i) => s("text", { class: i ? `plot-name c${found[i - 1].i % 5}` : null, x: left + 9, y: T + 17 + i * 17 }, text)));
  };
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerdown", show);
  svg.addEventListener("pointerleave", () => group.replaceChildren());
  svg.append(group);
};

// Of very many points so many as a screen can show, the last among them.
const DRAWN = 1200, TOLD = 500;
const thinned = (points, most) => { const each = Math.ceil(points.length / most); return each < 2 ? points : points.filter((_, i) => i % each === 0 || i === points.length - 1); };

// series: [{name, points: [[x, y]...], dots: bool, titles: [text]}]; mark: an x to point at.
export const plot = ({ title, x, y, series: given, mark, low, high, onpick, log }) => {
  const logs = log && given.every((one) => one.points.every((point) => point[0] > 0));
  const series = given.map((one) => ({ ...one, points: (one.dots ? one.points : thinned(one.points, DRAWN)).map(([a, b]) => [logs ? Math.log10(a) : a, b]) }));
  const { W, H, L, R, T, B, narrow } = size();
  const xs = series.flatMap((one) => one.points.map((point) => point[0])), ys = series.flatMap((one) => one.points.map((point) => point[1]));
  const [x0, x1] = range(xs);
  let [y0, y1] = range(ys);
  if (low !== undefined) y0 = Math.min(low, y0);
  if (high !== undefined) y1 = Math.max(high, y1);
  const pad = low === undefined ? (y1 - y0) * 0.06 : 0;
  const px = (value) => L + (value - x0) / (x1 - x0) * (W - L - R), py = (value) => T + (1 - (value - y0 + pad) / (y1 - y0 + 2 * pad)) * (H - T - B);
  const id = unique("plot");
  const ends = series.map((one, i) => ({ name: one.name, i, y: one.points.length ? py(one.points.at(-1)[1]) : 0, empty: !one.points.length || one.dots })).filter((end) => !end.empty);
  spread(ends, H - B);
  const grid = ticks(y0, y1).map((value) => [s("line", { class: "plot-grid", x1: L, x2: W - R, y1: py(value), y2: py(value) }), s("text", { class: "plot-tick", x: L - 8, y: py(value) + 4, "text-anchor": "end" }, number(value))]);
  const foot = (logs ? logTicks(x0, x1) : ticks(x0, x1, narrow ? 4 : 6).filter((value) => (x1 - x0 > 5 ? Number.isInteger(value) : true))).map((value) => s("text", { class: "plot-tick", x: px(value), y: H - B + 18, "text-anchor": "middle" }, number(logs ? 10 ** value : value)));
  const lines = series.map((one, i) => (one.dots
    ? one.points.map((point, k) => s("circle", { class: `plot-dot c${i % 5}${one.marked === k ? " best" : ""}`, cx: px(point[0]), cy: py(point[1]), r: one.marked === k ? 7 : 4.5, onclick: onpick && (() => onpick(i, k)) }, s("title", {}, one.titles?.[k] || `${number(point[0])}: ${number(point[1])}`)))
    : s("polyline", { class: `plot-line c${i % 5}`, points: one.points.map((point) => `${px(point[0]).toFixed(1)},${py(point[1]).toFixed(1)}`).join(" ") })));
  const svg = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-labelledby": id }, s("title", { id }, title), grid, foot,
    s("line", { class: "plot-axis", x1: L, x2: W - R, y1: H - B, y2: H - B }),
    mark !== undefined && mark >= x0 && mark <= x1 && s("line", { class: "plot-mark", x1: px(mark), x2: px(mark), y1: T, y2: H - B }),
    lines, ends.map((end) => s("text", { class: `plot-name c${end.i % 5}`, x: W - R + 8, y: end.y + 4 }, end.name)),
    s("text", { class: "plot-label", x: (L + W - R) / 2, y: H - 4, "text-anchor": "middle" }, x), y && s("text", { class: "plot-label", x: L - 8, y: 14 }, y));
  const drawn = series.map((one, i) => ({ ...one, i })).filter((one) => !one.dots && one.points.length);
  if (drawn.length && !logs && !onpick) pointer(svg, { W, H, L, R, T, B }, drawn, { px, py, x });
  return h("figure", { class: "plot" }, h("div", { class: narrow ? "plot-in narrow" : "plot-in" }, svg), h("figcaption", {}, title), asTable({ title, x, series: given }));
};

const asTable = ({ title, x, series }) => {
  const place = h("div", {});
  const draw = () => {
    const rows = new Map();
    series.forEach((one, i) => one.points.forEach(([at, value]) => { const key = number(at); if (!rows.has(key)) rows.set(key, []); rows.get(key)[i] = value; }));
    const told = thinned([...rows], TOLD);
    place.replaceChildren(...[told.length < rows.size && h("p", { class: "hint" }, `${told.length} of ${rows.size.toLocaleString("en")}, evenly taken.`), h("div", { class: "table tall", tabindex: "0", role: "region", "aria-label": `${title}, as a table` }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, x), series.map((one) => h("th", { scope: "col", class: "right" }, one.name || "value")))),
      h("tbody", {}, told.map(([at, values]) => h("tr", {}, h("th", { scope: "row" }, at), series.map((_, i) => h("td", { class: "right" }, values[i] === undefined ? "" : number(values[i]))))))))].filter(Boolean));
  };
  return h("details", { class: "plot-table", ontoggle: (event) => { if (event.target.open) draw(); } }, h("summary", {}, "As a table"), place);
};

// rows: [{name, value, title}], one bar each, and room for `places`. As wide as the page
// is, so that letters are no larger than elsewhere.
export const bars = ({ title, x, y, rows, places = rows.length }) => {
  const { L, T, narrow } = size(), W = narrow ? 380 : Math.min(1120, Math.max(480, innerWidth - 340)), H = narrow ? 200 : 210, R = 10, B = 42;
  const [, top] = range([0, ...rows.map((row) => row.value)]);
  const step = (W - L - R) / places, id = unique("bars");
  const py = (value) => T + (1 - value / top) * (H - T - B);
  const every = narrow ? 5 : 1;
  const names = Array.from({ length: places }, (_, i) => rows[i]?.name || String(i + 1));
  const svg = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-labelledby": id }, s("title", { id }, title),
    ticks(0, top, 3).map((value) => [s("line", { class: "plot-grid", x1: L, x2: W - R, y1: py(value), y2: py(value) }), s("text", { class: "plot-tick", x: L - 8, y: py(value) + 4, "text-anchor": "end" }, number(value))]),
    rows.map((row, i) => [s("rect", { class: "plot-bar", x: L + i * step + step * 0.15, width: step * 0.7, y: py(row.value), height: Math.max(row.value > 0 ? 1.5 : 0, py(0) - py(row.value)), rx: 2 }, s("title", {}, row.title))]),
    names.map((name, i) => i % every === 0 && s("text", { class: "plot-tick", x: L + (i + 0.5) * step, y: H - B + 18, "text-anchor": "middle" }, name)),
    s("line", { class: "plot-axis", x1: L, x2: W - R, y1: py(0), y2: py(0) }),
    s("text", { class: "plot-label", x: (L + W - R) / 2, y: H - 4, "text-anchor": "middle" }, x), s("text", { class: "plot-label", x: L - 8, y: 14 }, y));
  return h("figure", { class: "plot wide-plot" }, h("div", { class: narrow ? "plot-in narrow" : "plot-in" }, svg), h("figcaption", {}, title), asTable({ title, x, series: [{ name: y, points: rows.map((row) => [Number(row.name), row.value]) }] }));
};
