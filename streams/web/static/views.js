// One view a kind of panel: `paint(data)` draws `{rows, meta}` into the panel's body.
import * as format from "./format.js";
import { spark, timeseries } from "./charts.js";
import { both, h, setText } from "./dom.js";

/** Values of a row by column name. */
export const named = (panel, row) => Object.fromEntries(panel.columns.map((column, i) => [column.name, row[i]]));

export const label = (labels, set, code) => (labels[set]?.[code] ?? [code, ""])[0];

/** The views: each returns "ok", "empty" or "insufficient" from `paint`. */
export function createView(panel, context) {
  return { stat: statView, timeseries: chartView, bar: barView, table: tableView }[panel.kind](panel, context);
}

function statView(panel, context) {
  const number = h("span", { class: "number" });
  const unit = h("span", { class: "unit" });
  const delta = h("span", { class: "delta" });
  const detail = h("p", { class: "detail" });
  const trend = h("div", { class: "trend" });
  const body = h("div", { class: "stat" }, h("p", { class: "headline" }, number, unit, delta), detail, trend);
  function paint(data) {
    const row = named(panel, data.rows[0] ?? []);
    exposeValues(context.section, row);
    const scarce = panel.min_n > 0 && (row.n ?? 0) < panel.min_n;
    const empty = row.value === null || row.value === undefined || (panel.id === "messages" && !row.n);
    const [value, suffix] = scarce && !empty ? ["样本不足", ""] : format.parts(empty ? null : row.value, panel.unit);
    setText(number, value);
    setText(unit, suffix);
    setText(detail, statDetail(panel, row, scarce, empty));
    paintDelta(delta, panel, row, scarce || empty);
    trend.replaceChildren(empty || scarce ? "" : spark(context.trend()));
    return empty ? "empty" : scarce ? "insufficient" : "ok";
  }
  return { body, paint };
}

function exposeValues(section, row) {
  for (const [name, value] of Object.entries(row)) {
    if (value === null || value === undefined) delete section.dataset[name.replace(/_(.)/g, (_, c) => c.toUpperCase())];
    else section.dataset[name.replace(/_(.)/g, (_, c) => c.toUpperCase())] = value;
  }
}

function statDetail(panel, row, scarce, empty) {
  if (empty) return "此时段暂无数据 · no data";
  if (panel.id === "messages") return `时段内共 ${format.text(row.n, "count")} 条`;
  if (panel.unit === "ms") return `P90 ${format.text(row.p90, "ms")} · P99 ${format.text(row.p99, "ms")}`;
  const sample = `n = ${format.text(row.n, "count")}`;
  const interval = row.low === undefined ? "" : `${format.text(row.low, "share")} – ${format.text(row.high, "share")} · `;
  if (scarce) return `${sample}，至少需 ${panel.min_n} · not enough evidence`;
  return `${interval}${sample}`;
}

function paintDelta(element, panel, row, hidden) {
  const base = row.previous_n === undefined || row.previous_n >= panel.min_n;
  const change = hidden || !base ? null : format.change(row.value, row.previous, panel.unit);
  setText(element, change ? change[0] : "");
  const good = { up: 1, down: -1 }[panel.better] ?? 0;
  element.dataset.tone = !change || !good || withinNoise(row) ? "flat" : change[1] === good ? "good" : "bad";
  element.title = change ? "与上一个同样长的时段相比 vs the range before" : "";
}

/** A change inside the interval, or of less than a tenth, gets no colour. */
function withinNoise(row) {
  if (row.low !== undefined) return row.previous >= row.low && row.previous <= row.high;
  return Math.abs(row.value - row.previous) <= row.previous / 10;
}

function chartView(panel, context) {
  const canvas = h("div", { class: "chart", role: "img" });
  const tableBody = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${panel.title_zh} 数据`, hidden: true });
  const body = h("div", { class: "chart-box" }, canvas, tableBody);
  let chart = null;
  let last = null;
  function paint(data) {
    last = data;
    const empty = data.rows.every((row) => row.every((cell, i) => i === 0 || cell === null || cell === 0));
    if (!tableBody.hidden) tableBody.replaceChildren(table(panel, context, data));
    else if (!empty) draw(data);
    return empty ? "empty" : tooFew(panel, data.rows) && tableBody.hidden ? "insufficient" : "ok";
  }
  function draw(data) {
    chart ??= window.echarts.init(canvas, null, { renderer: "canvas" });
    chart.resize();
    chart.setOption(timeseries(panel, data.rows, context.marks(), data.meta), { notMerge: true, lazyUpdate: false });
    canvas.setAttribute("aria-label", `${panel.title_zh}，${panel.description_zh}共 ${data.rows.length} 个点，可切换为表格查看`);
  }
  function toggle() {
    tableBody.hidden = !tableBody.hidden;
    canvas.hidden = !tableBody.hidden;
    if (last) paint(last);
    return !tableBody.hidden;
  }
  return { body, paint, toggle, resize: () => chart?.resize() };
}

/** A share over time of fewer samples than it needs says nothing. */
function tooFew(panel, rows) {
  const index = panel.columns.findIndex((column) => column.name === "n");
  return index > 0 && rows.reduce((sum, row) => sum + row[index], 0) < panel.min_n;
}

function barView(panel, context) {
  const body = h("ol", { class: "bars" });
  function paint(data) {
    const most = Math.max(1, ...data.rows.map((row) => row[1]));
    body.replaceChildren(...data.rows.map((cells) => bar(panel, context, named(panel, cells), cells, most)));
    return data.rows.length ? "ok" : "empty";
  }
  return { body, paint };
}

function bar(panel, context, row, cells, most) {
  const [key, value] = cells;
  const [zh, en] = context.labels[panel.columns[0].labels]?.[key] ?? [key, ""];
  const bad = row.negative ?? 0;
  const percent = (part) => ({ width: `${((part / most) * 100).toFixed(2)}%` });
  const note = row.negative_share === undefined ? null : h("span", { class: "bar-note" }, row.messages < panel.min_n ? "样本少" : `负 ${Math.round(row.negative_share * 100)}%`);
  return h("li", { data: { key, value, ...(note ? { negative: bad } : {}) }, title: en },
    h("span", { class: "bar-name" }, zh),
    h("span", { class: "bar-track" },
      h("span", { class: "bar-bad", style: percent(bad) }),
      h("span", { class: "bar-rest", style: percent(value - bad) })),
    h("span", { class: "bar-value" }, format.text(value, "count")), note);
}

function tableView(panel, context) {
  const body = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": panel.title_zh });
  function paint(data) {
    const top = body.scrollTop;
    body.replaceChildren(table(panel, context, data));
    body.scrollTop = top;
    return data.rows.length ? "ok" : "empty";
  }
  return { body, paint };
}

function table(panel, context, data) {
  const samples = panel.columns.map((column) => column.sample);
  const shown = panel.columns.filter((column) => !samples.includes(column.name));
  const heads = shown.map((column) =>
    h("th", { scope: "col", class: `t-${column.type} k-${column.name}` }, both(column.title_zh, column.title_en)));
  const newestFirst = panel.kind === "timeseries" ? [...data.rows].reverse() : data.rows;
  const lines = newestFirst.map((row) => h("tr", {}, shown.map((column) => cell(panel, context, column, row, data.meta))));
  return h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, lines));
}

function cell(panel, context, column, row, meta) {
  const value = row[panel.columns.indexOf(column)];
  const attributes = {
    class: `t-${column.type} k-${column.name}`,
    data: { label: column.title_zh, column: column.name, ...(value === null ? {} : { value: Array.isArray(value) ? value.join(",") : value }) },
  };
  if (!column.sample) return h("td", attributes, content(context, column, value, meta));
  const n = named(panel, row)[column.sample];
  attributes.data.n = n;
  const shown = n < panel.min_n ? h("span", { class: "scarce", title: "not enough evidence" }, "样本不足") : content(context, column, value, meta);
  return h("td", attributes, shown, h("small", { class: "n" }, `n=${format.text(n, "count")}`));
}

function content(context, column, value, meta) {
  if (value === null || value === "") return h("span", { class: "none" }, "–");
  if (column.type === "time") return format.moment(value, meta.to_ms, column.name === "time" && meta.to_ms - meta.from_ms <= 86400e3);
  if (column.type === "list") {
    return h("span", { class: "chips" }, value.map((code) => h("span", { class: "chip", data: { code } }, label(context.labels, column.labels, code))));
  }
  if (column.type === "number") return format.text(value, column.unit);
  if (column.name === "text") return h("span", { class: "clamp", title: value }, value);
  return column.labels ? label(context.labels, column.labels, value) : h("span", { title: value }, value);
}
