// The range buttons and the filter menus of the bar.
import { both, h, setText } from "./dom.js";
import * as format from "./format.js";
import { FILTERS, RANGES } from "./state.js";

const LABEL_SETS = { channels: "channel", topics: "topic" };

/** Builds the controls; `change` is called with what the user chose. */
export function createMenus(app, titles, change) {
  const ranges = buildRanges(app, change);
  const menus = Object.keys(FILTERS).map((filter) => buildMenu(app, filter, titles[filter], change));
  document.querySelector(".menus").append(...menus.map((menu) => menu.element));
  document.addEventListener("click", (event) => menus.forEach((menu) => menu.element.contains(event.target) || (menu.element.open = false)));
  document.addEventListener("keydown", (event) => event.key === "Escape" && menus.forEach(closeMenu));
  const refresh = () => {
    ranges();
    menus.forEach((menu) => menu.refresh());
  };
  refresh();
  return {
    refresh,
    title: (filter) => titles[filter][0],
    setOptions(panel, rows) {
      for (const menu of menus) menu.setOptions(rows.filter((row) => row[0] === menu.filter).map((row) => row[1]));
    },
  };
}

function closeMenu(menu) {
  if (!menu.element.open) return;
  menu.element.open = false;
  menu.element.querySelector("summary").focus();
}

function buildRanges(app, change) {
  const group = document.querySelector(".ranges");
  const buttons = RANGES.map(([id, title]) =>
    h("button", { type: "button", data: { range: id }, onclick: () => change({ range: id }) }, title));
  const fixed = h("button", { type: "button", class: "fixed", "aria-pressed": "true", title: "固定时段，点击回到实时 Back to live", onclick: () => change({ range: "1h" }) });
  group.append(...buttons, fixed);
  return () => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.range === app.view.range)));
    fixed.hidden = Boolean(app.view.range);
    const { from, to } = app.view;
    if (!app.view.range) setText(fixed, `${format.day(from)} ${format.clock(from, false)} – ${format.day(to)} ${format.clock(to, false)} ×`);
  };
}

function buildMenu(app, filter, [zh, en], change) {
  const count = h("span", { class: "count" });
  const list = h("div", { class: "options", role: "group", "aria-label": `${zh} ${en}` });
  const clear = h("button", { type: "button", class: "clear", onclick: () => choose([]) }, "全部 All");
  const element = h("details", { class: "menu", data: { filter } }, h("summary", {}, h("span", {}, both(zh, en)), count), h("div", { class: "pop" }, clear, list));
  let values = [];
  const choose = (chosen) => change({ chosen: { ...app.view.chosen, [filter]: chosen } });
  function option(value) {
    const chosen = app.view.chosen[filter];
    const box = h("input", { type: "checkbox", value, onchange: (event) => choose(event.currentTarget.checked ? [...app.view.chosen[filter], value] : app.view.chosen[filter].filter((other) => other !== value)) });
    box.checked = chosen.includes(value);
    return h("label", {}, box, app.labels[LABEL_SETS[filter]]?.[value]?.[0] ?? value);
  }
  function refresh() {
    const chosen = app.view.chosen[filter];
    setText(count, chosen.length ? String(chosen.length) : "全部");
    element.dataset.active = String(chosen.length > 0);
    // Kept while it has the focus, so that the keyboard does not lose its place.
    const all = [...new Set([...values, ...chosen])];
    if (JSON.stringify([...list.querySelectorAll("input")].map((box) => box.value)) !== JSON.stringify(all)) list.replaceChildren(...all.map(option));
    else list.querySelectorAll("input").forEach((box) => (box.checked = chosen.includes(box.value)));
  }
  return { filter, element, refresh, setOptions: (next) => { values = next; refresh(); } };
}
