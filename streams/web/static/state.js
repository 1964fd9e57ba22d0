// What is shown, kept in the address so that a link shares it.

export const FILTERS = { shops: "shop", channels: "channel", topics: "topic", bot_versions: "bot_version" };
export const RANGES = [
  ["15m", "15 分钟", 900e3],
  ["1h", "1 小时", 3600e3],
  ["6h", "6 小时", 21600e3],
  ["24h", "24 小时", 86400e3],
  ["7d", "7 天", 604800e3],
];

/** The view of an address: `{range, from, to, chosen}`; a range of "" means from and to. */
export function readView(search) {
  const query = new URLSearchParams(search);
  const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
  const fixed = Number.isFinite(from) && Number.isFinite(to) && from > 0 && to > from;
  const known = RANGES.some(([id]) => id === query.get("range"));
  const chosen = {};
  for (const [filter, name] of Object.entries(FILTERS)) chosen[filter] = query.getAll(name);
  return { range: fixed ? "" : known ? query.get("range") : "1h", from, to, chosen };
}

/** The address of a view. */
export function writeView(view) {
  const query = new URLSearchParams();
  if (view.range) query.set("range", view.range);
  else {
    query.set("from", view.from);
    query.set("to", view.to);
  }
  addChosen(query, view);
  return `?${query}`;
}

/** The query string that asks the server for a panel. */
export function panelQuery(view) {
  const query = new URLSearchParams({
    from: view.range ? `now-${view.range}` : view.from,
    to: view.range ? "now" : view.to,
  });
  addChosen(query, view);
  return query.toString();
}

function addChosen(query, view) {
  for (const [filter, name] of Object.entries(FILTERS)) {
    for (const value of view.chosen[filter]) query.append(name, value);
  }
}

export function length(view) {
  return view.range ? RANGES.find(([id]) => id === view.range)[2] : view.to - view.from;
}

/** Milliseconds between two refreshes: longer ranges cost more and change less. */
export function pace(view) {
  if (!view.range) return 15e3;
  const span = length(view);
  if (span <= 3600e3) return 2e3;
  return span <= 21600e3 ? 5e3 : 20e3;
}
