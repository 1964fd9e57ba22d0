// Numbers and times as people read them. Times come as epoch milliseconds and are
// shown in the warehouse's time zone, wherever the browser is.

let offset = 0;

export function setOffset(ms) {
  offset = ms;
}

/** Epoch milliseconds shifted so that UTC getters give the warehouse's wall clock. */
export const wall = (ms) => ms + offset;

const two = (value) => String(value).padStart(2, "0");

export function clock(ms, seconds = true) {
  const date = new Date(wall(ms));
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return seconds ? `${minutes}:${two(date.getUTCSeconds())}` : minutes;
}

export function day(ms) {
  const date = new Date(wall(ms));
  return `${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

/** The time, with the day where it is not the day of `now`. */
export function moment(ms, now, seconds = false) {
  return day(ms) === day(now) ? clock(ms, seconds) : `${day(ms)} ${clock(ms, seconds)}`;
}

/** ISO 8601 with the warehouse's offset, for files. */
export function iso(ms) {
  const hours = Math.trunc(offset / 3600000);
  return new Date(wall(ms)).toISOString().replace("Z", `+${two(hours)}:00`);
}

/** How long ago, in words. */
export function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} 秒前`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} 分钟前`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} 小时前`;
  return `${Math.round(seconds / 86400)} 天前`;
}

const whole = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function duration(ms) {
  if (ms < 1000) return [whole.format(ms), "毫秒"];
  if (ms < 60000) return [tenth.format(ms / 1000), "秒"];
  if (ms < 3600000) return [tenth.format(ms / 60000), "分"];
  return [tenth.format(ms / 3600000), "小时"];
}

/** A value as [number, unit]. */
export function parts(value, unit) {
  if (value === null || value === undefined) return ["–", ""];
  if (unit === "share") return [tenth.format(value * 100), "%"];
  if (unit === "ms") return duration(value);
  if (unit === "per_minute") return [value >= 100 ? whole.format(value) : tenth.format(value), "条/分"];
  return [whole.format(value), ""];
}

export function text(value, unit) {
  const [number, suffix] = parts(value, unit);
  return suffix && suffix !== "%" ? `${number} ${suffix}` : `${number}${suffix}`;
}

/** An axis tick: short, without needless decimals. */
export function tick(value, unit) {
  if (unit === "share") return `${Math.round(value * 100)}%`;
  if (unit === "ms" && value) {
    if (value < 1000) return `${Math.round(value)}毫秒`;
    return value < 60000 ? `${+(value / 1000).toFixed(1)}秒` : `${+(value / 60000).toFixed(1)}分`;
  }
  return whole.format(value);
}

/** The change from `before` to `now` as [arrow and size, direction]; null without a base. */
export function change(now, before, unit) {
  if (now === null || before === null || before === undefined) return null;
  const size = unit === "share" ? (now - before) * 100 : before ? (now / before - 1) * 100 : null;
  if (size === null) return null;
  if (Math.abs(size) < 0.05) return ["持平", 0];
  const word = unit === "share" ? `${tenth.format(Math.abs(size))} 个百分点` : `${whole.format(Math.abs(size))}%`;
  return [`${size > 0 ? "▲" : "▼"} ${word}`, Math.sign(size)];
}
