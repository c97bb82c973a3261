import { formatClock } from '../../format.ts';
import type { RangeName } from './ranges.tsx';

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** When a bucket begins, as exactly as the range needs. */
export function bucketTime(at: number, range: RangeName): string {
  return range === 'hour' || range === 'day' ? formatClock(at) : `${day.format(at)}, ${formatClock(at)}`;
}

/** The label of a tick of the time axis, given in seconds. */
export function tickTime(seconds: number, range: RangeName): string {
  return range === 'hour' || range === 'day' ? formatClock(seconds * 1000) : day.format(seconds * 1000);
}
