/** Figures as people read them. Pure. */

const COUNT = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const STEPS = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86_400, "hour", 3600],
  [30 * 86_400, "day", 86_400],
  [365 * 86_400, "month", 30 * 86_400],
  [Infinity, "year", 365 * 86_400],
];

/** 1234567 -> "1,234,567"; null -> "–" */
export const count = (n) => (n === null || n === undefined ? "–" : COUNT.format(n));

/** 1234567 -> "1.2M" */
export const shortCount = (n) => (n === null || n === undefined ? "–" : SHORT.format(n));

/** count(1) + a word that fits: plural(2, "file") -> "2 files" */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** Bytes by 1,000: 1234567 -> "1.2 MB" */
export function bytes(n) {
  if (n === null || n === undefined) return "–";
  let unit = 0;
  let value = n;
  while (Math.abs(value) >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Seconds: 3725 -> "1 h 2 min" */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 1) return seconds > 0 ? "< 1 s" : "0 s";
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 && s < 600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.round(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.round((s % 86_400) / 3600)} h`;
}

/** A moment as ISO text -> "5 minutes ago", "in 2 hours". */
export function relative(iso, now = Date.now()) {
  if (!iso) return "never";
  const away = (Date.parse(iso) - now) / 1000;
  if (Math.abs(away) < 10) return "just now";
  const [, unit, size] = STEPS.find(([below]) => Math.abs(away) < below);
  return RELATIVE.format(Math.trunc(away / size), unit);
}

/** A moment as ISO text -> "22 Nov 2026, 23:25:01", in the reader's time zone. */
export const exact = (iso) => (iso ? EXACT.format(new Date(iso)) : "");

/** Names in a row for people: ["a","b","c"] -> "a, b and c" */
export const list = (names) => new Intl.ListFormat("en").format(names);

/** "fetch files" -> "Fetch files" */
export const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);
