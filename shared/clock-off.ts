import { plural } from './plural.ts';

const MINUTE_MS = 60_000;

/** `7 minutes behind` or `7 minutes ahead of`, and then what: by how much a clock is ahead of the right time, in milliseconds, in words. */
export function sayClockOff(ms: number): string {
  const minutes = Math.abs(ms) / MINUTE_MS;
  const unit = minutes < 90 ? 'minute' : minutes < 36 * 60 ? 'hour' : 'day';
  const count = Math.round(minutes / { minute: 1, hour: 60, day: 24 * 60 }[unit]);
  return `${plural(Math.max(1, count), unit)} ${ms > 0 ? 'ahead of' : 'behind'}`;
}
