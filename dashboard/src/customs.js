// How this browser writes numbers and dates, as three samples from which plain Rust reads the customs.

/** 1234.5, 1234567.5 and 31 December 2026. */
export function samples() {
  const number = new Intl.NumberFormat(undefined, { numberingSystem: "latn", minimumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(undefined, { numberingSystem: "latn", calendar: "gregory", year: "numeric", month: "2-digit", day: "2-digit", timeZone: "UTC" });
  return [number.format(1234.5), number.format(1234567.5), date.format(new Date(Date.UTC(2026, 11, 31)))];
}
