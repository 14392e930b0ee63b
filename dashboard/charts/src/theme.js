// The one theme of all charts: what the page's CSS tokens say at this moment.
//
// Colours in a specification are names of tokens, so that it stays plain data: "var(--s1)" is the token, "mix(--s1, --sheet, 0.4)"
// is 40 % of the first in the second. Numbers are written by { "$number": { decimals, scale, unit } }.

const MINUS = "\u2212";

/** Reads a custom property of the page; what is not there is ink. */
export function token(name) {
  const styles = getComputedStyle(document.documentElement);
  return styles.getPropertyValue(name).trim() || styles.getPropertyValue("--ink").trim() || "#444";
}

/** "#rgb", "#rrggbb" or "rgb(r, g, b)" as three numbers. */
export function channels(colour) {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour)?.[1];
  if (hex) {
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16));
  }
  const parts = colour.match(/[\d.]+/g)?.slice(0, 3).map(Number);
  return parts?.length === 3 ? parts : [128, 128, 128];
}

/** `share` of the first colour in the second. */
export function mix(first, second, share) {
  const [a, b] = [channels(first), channels(second)];
  return `rgb(${a.map((part, i) => Math.round(part * share + b[i] * (1 - share))).join(", ")})`;
}

let read = [];

/** How the page writes numbers and dates, as `data-customs` of the document says: decimal mark, order and mark of dates. */
function customs() {
  const text = document.documentElement.dataset.customs ?? "{}";
  if (read[0] !== text) read = [text, { decimal: ".", order: "iso", mark: "-", ...JSON.parse(text) }];
  return read[1];
}

const DAY = 86_400;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (part) => String(part).padStart(2, "0");

/** Times in seconds, `step` apart, for an axis: years, months, days or hours of UTC, since a day's figure belongs to that day everywhere. */
export function dates(times, step) {
  const { order, mark } = customs();
  let former;
  return times.map((time) => {
    const at = new Date(time * 1000);
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
    const isNew = year !== former;
    former = year;
    if (step >= 360 * DAY) return String(year);
    if (step >= 27 * DAY) return isNew ? `${MONTHS[month]} ${year}` : MONTHS[month];
    const [hours, minutes] = [at.getUTCHours(), at.getUTCMinutes()];
    if (step < DAY && hours + minutes > 0) return `${two(hours)}:${two(minutes)}`;
    // The year where it is new, a day where a day begins.
    const [d, m] = [two(day), two(month + 1)];
    const parts = order === "dmy" ? [d, m, year] : order === "mdy" ? [m, d, year] : [year, m, d];
    if (isNew) return parts.join(mark);
    const short = parts.filter((part) => part !== year).join(mark);
    return order === "dmy" && mark === "." ? `${short}.` : short;
  });
}

/** A number as the desk writes it: fixed decimals, U+2212, no sign on what rounds to zero, a word for what is not known. */
export function figure(value, { decimals = 2, scale = 1, unit = "" } = {}) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "unknown";
  const plain = Math.abs(value * scale).toFixed(decimals);
  const sign = value < 0 && /[1-9]/.test(plain) ? MINUS : "";
  const text = plain.replace(".", customs().decimal);
  return `${sign}${text}${unit && `\u202f${unit}`}`;
}

const TOKEN = /^var\((--[\w-]+)\)$/;
const MIX = /^mix\((--[\w-]+),\s*(--[\w-]+),\s*([\d.]+)\)$/;

/** A colour's name as the colour; any other text stays. */
export function colour(text) {
  const plain = TOKEN.exec(text);
  if (plain) return token(plain[1]);
  const mixed = MIX.exec(text);
  return mixed ? mix(token(mixed[1]), token(mixed[2]), Number(mixed[3])) : text;
}

/** What a label writes: of an axis it gets the value, of a data item its parameters, of which `$number.at` says the place. */
function writer(format) {
  return (given) => {
    const value = given !== null && typeof given === "object" ? given.value : given;
    return figure(Array.isArray(value) ? value[format.at ?? value.length - 1] : value, format);
  };
}

/** A specification with every token and format in place; the one that came stays as it was. */
export function dressed(spec) {
  if (typeof spec === "string") return colour(spec);
  if (Array.isArray(spec)) return spec.map(dressed);
  if (spec === null || typeof spec !== "object") return spec;
  if (Object.hasOwn(spec, "$number")) return writer(spec.$number);
  return Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, dressed(value)]));
}

/** Whether the user asked for less motion. */
export function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Calls back whenever the colours may have changed: the system's scheme, the page's own switch, the motion setting. */
export function onChange(callback) {
  const queries = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(prefers-reduced-motion: reduce)"].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener("change", callback);
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  return () => {
    for (const query of queries) query.removeEventListener("change", callback);
    observer.disconnect();
  };
}

/** Calls back once a frame at most while an element's size changes; a hidden one has none and waits. */
export function onResize(element, callback) {
  let asked = 0;
  let last = "";
  const observer = new ResizeObserver(() => {
    if (asked) return;
    asked = requestAnimationFrame(() => {
      asked = 0;
      const { clientWidth: width, clientHeight: height } = element;
      const size = `${width}x${height}`;
      if (width > 0 && height > 0 && size !== last) {
        last = size;
        callback(width, height);
      }
    });
  });
  observer.observe(element);
  return () => {
    cancelAnimationFrame(asked);
    observer.disconnect();
  };
}
