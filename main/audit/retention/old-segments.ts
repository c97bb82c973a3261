/** Which segments are old for certain. */
import { entryIn } from '../format/entry.ts';
import { firstLineOf, readEnd } from '../format/segments.ts';
import { leastAges, type Moment, type Present } from './age.ts';

/**
 * How many of them, from the first on, have entries alone that are at least `keepMs` old; never the last one. Throws what the file
 * system throws.
 */
export function countOldSegments(
  dir: string,
  segments: readonly string[],
  keepMs: number,
  present: Present,
): number {
  const moments = segments.map((segment) => momentsOf(dir, segment));
  const ages = leastAges(moments.flat(), present);
  let read = 0;
  const recent = moments.findIndex((those, index) => {
    read += those.length;
    // One that cannot be read is as old as what comes behind it.
    const youngest = ages[those.length > 0 ? read - 1 : read] ?? 0;
    return index === segments.length - 1 || youngest < keepMs;
  });
  return Math.max(0, recent);
}

/** The first and the last one of a segment, in order; none of one that cannot be read. */
function momentsOf(dir: string, segment: string): Moment[] {
  const first = firstLineOf(dir, segment)?.bytes;
  const last = readEnd(dir, segment).lines.at(-1);
  return [first, last].flatMap((line) => {
    const entry = line && entryIn(line);
    if (!entry) return [];
    return [{ at: Date.parse(entry.timestamp), boot: entry.boot, uptimeMs: entry.uptimeMs }];
  });
}
