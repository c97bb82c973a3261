/** Numbers and times as the person's locale writes them. */
const timeOnly = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const shortTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const whole = new Intl.NumberFormat();
const oneDigit = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

/** Today by its time alone, other days with their date; epoch milliseconds. */
export function formatTime(at: number): string {
  return (isToday(at) ? timeOnly : dayAndTime).format(at);
}

/** The time of day with its seconds. */
export function formatClockSeconds(at: number): string {
  return timeOnly.format(at);
}

/** The day, with its year where that is another one; undefined for today. */
export function formatDay(at: number): string | undefined {
  if (isToday(at)) return undefined;
  const isThisYear = new Date(at).getFullYear() === new Date().getFullYear();
  return (isThisYear ? day : dayOfYear).format(at);
}

function isToday(at: number): boolean {
  return new Date(at).toDateString() === new Date().toDateString();
}

/** Always with date and year. */
export function formatFullTime(at: number): string {
  return full.format(at);
}

/** Hours and minutes. */
export function formatClock(at: number): string {
  return shortTime.format(at);
}

/** A duration given in milliseconds, such as `4.8 ms` or `1.25 s`. */
export function formatMs(ms: number): string {
  if (ms === 0) return `${whole.format(0)} ms`;
  if (ms >= 10_000) return `${oneDigit.format(ms / 1000)} s`;
  if (ms >= 1000) return `${twoDigits.format(ms / 1000)} s`;
  return ms >= 100 ? `${whole.format(Math.round(ms))} ms` : `${oneDigit.format(ms)} ms`;
}

/** The same for a round number: without decimals that are zero. */
export function formatWholeMs(ms: number): string {
  return formatMs(ms).replace(/[.,]0+(?=\s)/, '');
}

/** A whole number with its separators. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** A share of 0 to 1. */
export function formatShare(share: number): string {
  return percent.format(share);
}
