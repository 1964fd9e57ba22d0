// Time series as ECharts options. Series differ in colour, in line style and by the
// name at their end; annotations are lines and areas with a letter.
import * as format from "./format.js";
import { h } from "./dom.js";

const LINES = ["solid", "dashed", "dotted"];
const LETTERS = { bot_version: "版", promotion: "促", policy: "策", incident: "障" };
const COLOURS = {
  customer: "--c1", bot: "--c2", agent: "--c3",
  negative_share: "--bad", neutral_share: "--flat", positive_share: "--good",
  p50: "--c1", p90: "--c3", p99: "--c4",
};

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Chart text grows with the page's, so that a wall screen can be read. */
const small = () => Math.round(parseFloat(css("font-size")) * 0.79);

/** Options for a time series panel from its rows, the marks to draw and the range shown. */
export function timeseries(panel, rows, marks, meta) {
  const columns = panel.columns.filter((column) => column.unit === panel.unit);
  const lines = panel.draw === "band" ? columns.slice(0, 1) : columns;
  const series = lines.map((column, order) => line(panel, column, order, rows));
  if (panel.draw === "band") series.push(...band(panel, rows));
  if (series.length) Object.assign(series[0], annotations(marks, meta));
  return {
    animation: false,
    useUTC: true,
    // A canvas cannot inherit: an invalid font would silently become ten pixels.
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 4, right: 12, top: small() * (lines.length > 1 ? 3.6 : 2), bottom: 2, containLabel: true },
    legend: {
      show: lines.length > 1, data: lines.map((column) => column.title_zh), left: 0, top: 0, itemWidth: 26, itemHeight: 8,
      itemStyle: { opacity: panel.draw === "stack" ? 1 : 0 },
      textStyle: { color: css("--ink"), fontSize: small() }, inactiveColor: css("--flat"),
    },
    tooltip: tooltip(panel, rows),
    xAxis: timeAxis(meta),
    yAxis: valueAxis(panel, rows),
    series,
  };
}

function cells(panel, name, rows) {
  const index = panel.columns.findIndex((column) => column.name === name);
  return rows.map((row) => [format.wall(row[0]), row[index]]);
}

function line(panel, column, order, rows) {
  const colour = css(COLOURS[column.name] ?? "--c1");
  const stacked = panel.draw === "stack";
  const data = cells(panel, column.name, rows);
  return {
    name: column.title_zh,
    type: "line",
    data,
    color: colour,
    symbol: "circle",
    // A point between gaps has no line to be seen by.
    symbolSize: (_, point) => (isMissing(data[point.dataIndex - 1]) && isMissing(data[point.dataIndex + 1]) ? 5 : 0),
    connectNulls: false,
    stack: stacked ? "all" : undefined,
    lineStyle: { width: stacked ? 1 : 1.8, type: stacked ? "solid" : LINES[order % LINES.length] },
    areaStyle: stacked ? { opacity: 0.55, color: colour } : undefined,
    emphasis: { disabled: true },
    z: 3,
  };
}

const isMissing = (point) => !point || point[1] === null;

function band(panel, rows) {
  const low = cells(panel, "low", rows);
  const high = cells(panel, "high", rows);
  const spread = high.map(([at, value], i) => [at, value === null ? null : value - low[i][1]]);
  const hidden = { type: "line", stack: "band", stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, z: 1 };
  return [
    { ...hidden, data: low },
    { ...hidden, data: spread, areaStyle: { color: css("--c1"), opacity: 0.16 } },
  ];
}

function annotations(marks, meta) {
  const ink = css("--muted");
  const letter = (mark) => ({ formatter: LETTERS[mark.kind] ?? "·", distance: 3, fontSize: small(), color: ink });
  const inside = marks.filter((mark) => mark.time >= meta.from_ms && !mark.end_time);
  return {
    markLine: {
      silent: true,
      symbol: "none",
      lineStyle: { color: ink, type: "solid", width: 1, opacity: 0.7 },
      data: inside.map((mark) => ({
        xAxis: format.wall(mark.time),
        label: { ...letter(mark), position: "end" },
      })),
    },
    markArea: {
      silent: true,
      // One that neither begins nor ends in view would only tint the whole chart; the list above names it.
      data: marks.filter((mark) => mark.end_time && (mark.time > meta.from_ms || mark.end_time < meta.to_ms)).map((mark) => [
        {
          xAxis: format.wall(Math.max(mark.time, meta.from_ms)),
          label: { ...letter(mark), position: "top" },
          itemStyle: { color: css(mark.kind === "incident" ? "--bad" : "--c3"), opacity: 0.05 },
        },
        { xAxis: format.wall(Math.min(mark.end_time, meta.to_ms)) },
      ]),
    },
  };
}

function timeAxis(meta) {
  const long = meta.to_ms - meta.from_ms > 36 * 3600e3;
  return {
    type: "time",
    min: format.wall(meta.from_ms),
    max: format.wall(meta.to_ms),
    splitNumber: 5,
    axisLine: { lineStyle: { color: css("--line") } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      color: css("--muted"), fontSize: small(), hideOverlap: true, showMinLabel: false, showMaxLabel: false,
      formatter: long ? "{MM}-{dd}" : "{HH}:{mm}",
    },
    axisPointer: { lineStyle: { color: css("--muted") } },
  };
}

function valueAxis(panel, rows) {
  const shared = panel.unit === "share";
  const axis = {
    type: "value",
    splitNumber: 3,
    axisLabel: { color: css("--muted"), fontSize: small(), formatter: (value) => format.tick(value, panel.unit) },
    splitLine: { lineStyle: { color: css("--line"), opacity: 0.7 } },
  };
  if (panel.draw === "stack") return { ...axis, min: 0, max: 1, interval: 0.25 };
  if (panel.draw === "band") return { ...axis, ...bandBounds(panel, rows) };
  if (panel.unit === "ms") return { ...axis, min: 0, ...timeSteps(rows) };
  return { ...axis, min: 0, minInterval: shared ? 0.01 : 1 };
}

const STEPS_MS = [50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5, 72e5, 216e5, 864e5];

/** Steps that are round as times: half a minute, not 25 seconds. */
function timeSteps(rows) {
  const most = Math.max(1, ...rows.flatMap((row) => row.slice(1)));
  const interval = STEPS_MS.find((step) => most / step <= 4) ?? most;
  return { interval, max: Math.ceil(most / interval) * interval };
}

/** Whole tenths around the interval, so that the axis does not jump at each refresh. */
function bandBounds(panel, rows) {
  const index = panel.columns.findIndex((column) => column.name === "low");
  const lows = rows.map((row) => row[index]).filter((value) => value !== null);
  const least = Math.min(1, ...lows);
  const min = least < 0.5 ? 0 : 0.5;
  return { min, max: 1, interval: min ? 0.1 : 0.25 };
}

function tooltip(panel, rows) {
  const counted = panel.columns.findIndex((column) => column.name === "n");
  return {
    trigger: "axis",
    confine: true,
    transitionDuration: 0,
    backgroundColor: css("--card"),
    borderColor: css("--line"),
    padding: [6, 10],
    textStyle: { color: css("--ink"), fontSize: small() },
    formatter: (points) => {
      const row = rows[points[0]?.dataIndex];
      if (!row) return "";
      const lines = panel.columns.filter((column) => column.type === "number" && column.name !== "n");
      return h("div", { class: "tip" },
        h("b", {}, `${format.day(row[0])} ${format.clock(row[0], false)}`),
        ...lines.map((column) => tipLine(column, row[panel.columns.indexOf(column)])),
        counted > 0 ? tipLine({ title_zh: "样本数", unit: "count" }, row[counted]) : null);
    },
  };
}

function tipLine(column, value) {
  return h("div", { class: "tip-line" }, h("span", {}, column.title_zh), h("span", {}, format.text(value, column.unit)));
}

/** A small line without axes as an SVG element; gaps where a value is missing. */
export function spark(values) {
  const known = values.filter((value) => value !== null);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 24");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "spark");
  if (known.length < 2) return svg;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (i) => ((i / (values.length - 1)) * 100).toFixed(2);
  const y = (value) => (high === low ? 12 : 22 - ((value - low) / (high - low)) * 20).toFixed(2);
  let pen = "M";
  const path = values.map((value, i) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const step = `${pen}${x(i)} ${y(value)}`;
    pen = "L";
    return step;
  }).join("");
  const element = document.createElementNS("http://www.w3.org/2000/svg", "path");
  element.setAttribute("d", path);
  svg.append(element);
  return svg;
}
