/** Reads entries back, oldest first, without checking their chain. */
import { scheduler } from 'node:timers/promises';
import type { AuditEntry, Logged } from '../../../shared/audit.ts';
import { entryIn } from '../format/entry.ts';
import { isGone } from '../format/open-file.ts';
import { firstLineOf, firstSeqOf, type LogLine, listSegments, readLines } from '../format/segments.ts';

/** The entries from number `from` to `to`; lines that are none are passed over. Throws what the file system throws. */
export function* readEntries(dir: string, from?: number, to?: number): Generator<AuditEntry> {
  for (const { entry } of readPlaced(dir, from, to)) yield entry;
}

/** The same, each with its place. */
export function* readPlaced(dir: string, from = 1, to = Number.POSITIVE_INFINITY): Generator<Logged> {
  const segments = listSegments(dir);
  const start = segments.findLastIndex((segment) => firstSeqOf(segment) <= from);
  for (const segment of segments.slice(Math.max(0, start))) {
    let seq = firstSeqOf(segment) - 1;
    for (const line of linesLeft(dir, segment)) {
      seq += 1;
      if (seq < from) continue;
      if (seq > to) return;
      const entry = entryIn(line.bytes);
      if (entry) yield { entry, place: line.offset };
    }
  }
}

/** None of a segment that retention has removed meanwhile. */
function* linesLeft(dir: string, segment: string): Generator<LogLine> {
  try {
    yield* readLines(dir, segment);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** How many segments, from the first on, have old entries alone; never the last one. Throws what the file system throws. */
export function countOld(
  dir: string,
  segments: readonly string[],
  isOld: (entry: AuditEntry) => boolean,
): number {
  // A segment is as old as the one that follows it begins.
  const following = segments.slice(1);
  const recent = following.findIndex((segment) => {
    const first = firstLineOf(dir, segment);
    const entry = first && entryIn(first.bytes);
    return !entry || !isOld(entry);
  });
  return recent === -1 ? following.length : recent;
}

/**
 * The number with which the first segment begins that has entries which are not old; 1 when that is the first segment.
 * Throws what the file system throws.
 */
export function firstRecent(dir: string, isOld: (entry: AuditEntry) => boolean): number {
  const segments = listSegments(dir);
  const old = countOld(dir, segments, isOld);
  return old === 0 ? 1 : firstSeqOf(segments[old] as string);
}

/** Pops pass after this many items. */
const SLICE = 500;

/** The items of long work on the log, with room for pops between them. */
export async function* gently<T>(items: Iterable<T>): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % SLICE === 0) await scheduler.yield();
  }
}
