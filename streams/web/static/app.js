// The live page: fetches every panel at a steady pace and paints what changed.
import { createMenus } from "./controls.js";
import { downloadCsv } from "./csv.js";
import { both, h, setText } from "./dom.js";
import * as format from "./format.js";
import { length, pace, panelQuery, readView, writeView } from "./state.js";
import { createView, label, named } from "./views.js";

const PATIENCE_MS = 12000;
const $ = (selector) => document.querySelector(selector);

const app = { view: readView(location.search), panels: [], labels: {}, cards: new Map(), data: new Map(), paused: false, round: 0 };
let timer = 0;

async function getJson(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS), headers: { Accept: "application/json" } });
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.error ?? response.statusText), { answered: true });
  return body;
}

async function start() {
  applyTheme(localStorage.getItem("theme"));
  let definitions = null;
  while (!definitions) {
    try {
      definitions = await getJson("api/panels");
    } catch {
      showOffline(true);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
  app.panels = definitions.panels;
  app.labels = definitions.labels;
  format.setOffset(definitions.utc_offset_ms);
  $("#timezone").textContent = definitions.timezone;
  buildBoard();
  app.menus = createMenus(app, definitions.filters, changeView);
  wireButtons();
  new ResizeObserver(() => app.cards.forEach((card) => card.view?.resize?.())).observe($("#board"));
  await loop();
}

function changeView(change) {
  Object.assign(app.view, change);
  history.replaceState(null, "", writeView(app.view));
  app.data.clear();
  app.menus.refresh();
  loop();
}

/** Fetch all, paint, and come again; a newer round makes an older one give up. */
async function loop() {
  clearTimeout(timer);
  const round = ++app.round;
  const query = panelQuery(app.view);
  // The marks first: every time series is drawn with them.
  const [first, ...rest] = [...app.panels].sort((a, b) => (b.kind === "annotations") - (a.kind === "annotations"));
  const outcomes = [await load(first, query, round)];
  outcomes.push(...await Promise.all(rest.map((panel) => load(panel, query, round))));
  if (round !== app.round) return;
  const reached = outcomes.some((outcome) => outcome !== "lost");
  showOffline(!reached);
  if (reached) afterPaint();
  if (!app.paused && !document.hidden) timer = setTimeout(loop, reached ? pace(app.view) : 2000);
}

async function load(panel, query, round) {
  try {
    const data = await getJson(`api/panels/${panel.id}?${panel.filters.length || panel.kind !== "options" ? query : ""}`);
    if (round !== app.round) return "stale";
    const before = app.data.get(panel.id);
    app.data.set(panel.id, data);
    if (JSON.stringify(before?.rows) !== JSON.stringify(data.rows) || panel.kind === "timeseries") paint(panel);
    return "ok";
  } catch (error) {
    if (round !== app.round) return "stale";
    if (error.answered) setState(panel.id, "error", error.message);
    return error.answered ? "error" : "lost";
  }
}

function paint(panel) {
  const data = app.data.get(panel.id);
  if (panel.id === "freshness") return paintFreshness(panel, data);
  if (panel.id === "annotations") return paintEvents(panel, data);
  if (panel.kind === "options") return app.menus.setOptions(panel, data.rows);
  const state = app.cards.get(panel.id).view.paint(data);
  const stat = app.panels.find((other) => other.trend === panel.id);
  if (stat && app.data.has(stat.id)) app.cards.get(stat.id).view.paint(app.data.get(stat.id));
  return setState(panel.id, state, panel.description_zh);
}

const MESSAGES = {
  empty: ["此时段暂无数据", "No data in this range"],
  loading: ["正在读取…", "Loading"],
  error: ["暂时查不到", "Query failed"],
  insufficient: ["样本不足", "Not enough evidence"],
};

function setState(id, state, message = "") {
  const card = app.cards.get(id);
  if (!card) return;
  card.section.dataset.state = state;
  const words = MESSAGES[state];
  card.section.setAttribute("aria-busy", String(state === "loading"));
  card.cover.hidden = !words || card.panel.kind === "stat" && ["empty", "insufficient"].includes(state);
  if (words) card.cover.replaceChildren(h("b", {}, both(...words)), state === "error" ? h("span", {}, message) : "");
}

function buildBoard() {
  const shown = app.panels.filter((panel) => !["annotations", "freshness", "filters"].includes(panel.id));
  for (const panel of shown) {
    const card = buildCard(panel);
    app.cards.set(panel.id, card);
    $("#board").append(card.section);
    setState(panel.id, "loading");
  }
}

function buildCard(panel) {
  const section = h("section", {
    class: `card ${panel.kind}`, style: { "gridColumn": `span ${panel.span}` }, "aria-labelledby": `h-${panel.id}`,
    data: { panel: panel.id, span: panel.span },
  });
  const context = {
    section, labels: app.labels,
    marks: () => marks(),
    trend: () => trendOf(panel),
  };
  const view = createView(panel, context);
  const cover = h("div", { class: "cover" });
  const note = h("span", { class: "ignored" });
  const head = h("header", {},
    h("h2", { id: `h-${panel.id}`, title: panel.description_zh }, both(panel.title_zh, panel.title_en)), note, h("span", { class: "actions" },
      view.toggle ? action("表格", `${panel.title_zh}：图与表切换 Toggle table`, (button) => button.setAttribute("aria-pressed", String(view.toggle()))) : null,
      action("CSV", `${panel.title_zh}：下载 CSV Download`, () => downloadCsv(panel, app.data.get(panel.id)), "csv")));
  section.append(head, h("div", { class: "body" }, view.body, cover));
  return { panel, section, view, cover, note };
}

function action(text, title, run, name = "table") {
  return h("button", { type: "button", title, "aria-label": title, data: { act: name }, onclick: (event) => run(event.currentTarget) }, text);
}

function marks() {
  const panel = app.panels.find((other) => other.id === "annotations");
  return (app.data.get("annotations")?.rows ?? []).map((row) => named(panel, row));
}

function trendOf(stat) {
  const rows = app.data.get(stat.trend)?.rows ?? [];
  const source = app.panels.find((panel) => panel.id === stat.trend);
  if (stat.id === "messages") return rows.map((row) => row[1] + row[2] + row[3]);
  return source ? rows.map((row) => row[1]) : [];
}

function paintFreshness(panel, data) {
  const row = named(panel, data.rows[0] ?? []);
  app.lastEvent = row.last_event;
  const element = $(".freshness");
  Object.assign(element.dataset, { stored: row.stored ?? 0, value: row.stored ?? 0, deadLetters: row.dead_letters ?? 0 });
}

/** The freshness line moves with the clock, not only with the data. */
function showFreshness() {
  const element = $(".freshness");
  const letters = Number(element.dataset.deadLetters);
  const age = app.lastEvent ? Date.now() - app.lastEvent : null;
  element.dataset.state = age === null ? "empty" : age > 120e3 ? "stale" : "ok";
  const stored = `已入库 ${format.text(Number(element.dataset.stored ?? 0), "count")} 条`;
  const when = age === null ? "等待第一条事件" : `最近事件 ${age < 172800e3 ? format.ago(age) : format.moment(app.lastEvent, 0)}`;
  setText($(".freshness-text"), `${stored} · ${when}${letters ? ` · 死信 ${format.text(letters, "count")}` : ""}`);
}

function paintEvents(panel, data) {
  const strip = $(".events");
  strip.hidden = !data.rows.length;
  strip.replaceChildren(...data.rows.slice(-8).map((cells) => {
    const event = named(panel, cells);
    const until = event.end_time ? `–${format.moment(event.end_time, event.time)}` : "";
    return h("span", { class: "event", data: { kind: event.kind }, title: event.detail },
      h("b", {}, label(app.labels, "kind", event.kind)),
      ` ${format.moment(event.time, data.meta.to_ms)}${until} ${event.title}${event.shop ? `（${event.shop}）` : ""}`);
  }));
}

function afterPaint() {
  showFreshness();
  showIgnored();
  showElsewhere();
  setText($(".updated"), `更新于 ${format.clock(Date.now())}`);
  requestAnimationFrame(() => requestAnimationFrame(() => (document.body.dataset.ready = "true")));
}

function showIgnored() {
  for (const card of app.cards.values()) {
    const unused = Object.entries(app.view.chosen).filter(([name, values]) => values.length && !card.panel.filters.includes(name));
    setText(card.note, unused.length ? `未按${unused.map(([name]) => app.menus.title(name)).join("、")}筛选` : "");
  }
}

function showElsewhere() {
  const messages = app.data.get("messages")?.rows[0];
  const notice = $('[data-notice="elsewhere"]');
  const away = app.lastEvent && messages && !messages[1] && !Object.values(app.view.chosen).some((values) => values.length);
  notice.hidden = !away;
  if (!away || notice.dataset.at === String(app.lastEvent)) return;
  notice.dataset.at = app.lastEvent;
  const to = Math.floor(app.lastEvent / 60000 + 1) * 60000;
  notice.replaceChildren(`此时段没有数据，最近的数据在 ${format.day(app.lastEvent)} ${format.clock(app.lastEvent, false)} `,
    h("button", { type: "button", onclick: () => changeView({ range: "", from: to - Math.max(length(app.view), 86400e3), to }) }, "查看那时"));
}

function showOffline(lost) {
  const notice = $('[data-notice="offline"]');
  notice.hidden = !lost;
  document.body.dataset.connection = lost ? "lost" : "ok";
  if (lost) setText(notice, "连接中断，正在重试 · Connection lost, retrying");
}

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  app.cards.forEach((card, id) => card.panel.kind === "timeseries" && app.data.has(id) && card.view.paint(app.data.get(id)));
}

function wireButtons() {
  const act = (name) => $(`[data-act="${name}"]`);
  act("theme").addEventListener("click", () => {
    const set = document.documentElement.dataset.theme;
    const dark = set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    localStorage.setItem("theme", dark ? "light" : "dark");
    applyTheme(dark ? "light" : "dark");
  });
  act("pause").addEventListener("click", (event) => {
    app.paused = !app.paused;
    event.currentTarget.setAttribute("aria-pressed", String(app.paused));
    setText(event.currentTarget, app.paused ? "继续" : "暂停");
    if (app.paused) clearTimeout(timer);
    else loop();
  });
  act("share").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    await navigator.clipboard?.writeText(new URL(writeView(app.view), location.href).href).then(() => setText(button, "已复制"), () => setText(button, "请从地址栏复制"));
    setTimeout(() => setText(button, "复制链接"), 1500);
  });
  document.addEventListener("visibilitychange", () => !document.hidden && !app.paused && loop());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => applyTheme(null));
  setInterval(() => app.data.has("freshness") && showFreshness(), 1000);
}

start();
