// A panel's data as a file that spreadsheets open: UTF-8 with a mark, times with their offset.
import { h } from "./dom.js";
import { iso } from "./format.js";

/** CSV of `{rows}` (RFC 4180); a text that a spreadsheet would run as a formula gets a quote mark. */
export function toCsv(panel, data) {
  const head = panel.columns.map((column) => quote(`${column.title_zh} ${column.name}`));
  const lines = data.rows.map((row) => row.map((value, i) => quote(cell(panel.columns[i], value))).join(","));
  return `\ufeff${[head.join(","), ...lines].join("\r\n")}\r\n`;
}

function cell(column, value) {
  if (value === null) return "";
  if (column.type === "time") return iso(value);
  const text = Array.isArray(value) ? value.join("|") : String(value);
  return column.type !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function downloadCsv(panel, data) {
  if (!data) return;
  const url = URL.createObjectURL(new Blob([toCsv(panel, data)], { type: "text/csv;charset=utf-8" }));
  const link = h("a", { href: url, download: `kefu-pulse-${panel.id}-${iso(data.meta.to_ms).slice(0, 16).replace(":", "")}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
