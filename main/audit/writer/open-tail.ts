/** Finds the end of the log, where the next entry goes, and mends it. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PopError } from '../../pipeline/errors.ts';
import { type ChainKey, isSameMac, keyOf, link, nextKey, parseLine } from '../format/chain.ts';
import { type Opening, openingIn, stampIn } from '../format/entry.ts';
import { findHole, isHole, isOfPowerCut } from '../format/hole.ts';
import { firstLineOf, firstSeqOf, isFinished, listSegments, readEnd } from '../format/segments.ts';
import { beginSegment, continueSegment, dayOf, type End, type Head, type Tail } from './tail.ts';

/** How far the log once was. */
export interface KnownHead extends Head {
  /** This process wrote it: what stands there instead is the doing of others, not another key's log. */
  readonly isOwn?: boolean;
}

interface OpenedTail {
  readonly tail: Tail;
  /** What was found amiss and is no fault of who goes on; null when nothing was. */
  readonly mended: string | null;
  /** Whether entries are missing that the log once had. */
  readonly hasLost: boolean;
}

/**
 * Finds the log's end, drops a torn tail and what is behind a hole, and opens the last segment for appending; begins the log when there is none.
 * `live` is the key that is kept, which a crash may have left a step behind. `known` is how far the log once was:
 * when it no longer is, a new segment continues that, and leaves for all to see what is missing.
 * Throws PopError `audit_unavailable` when the end is not one that this key has written.
 */
export function openTail(dir: string, live: ChainKey, known: KnownHead, today: End['day']): OpenedTail {
  const unopened = dropUnopened(dir, known);
  const last = listSegments(dir).at(-1);
  if (last === undefined && known.seq === 0) {
    const tail = beginSegment(dir, { key: live, ...known, day: today });
    if (live.segment === 0) return { tail, mended: mendedBytes(unopened), hasLost: false };
    return {
      tail,
      mended: `entries are missing: there was a log up to segment ${live.segment}`,
      hasLost: true,
    };
  }
  const found = last === undefined ? undefined : findEnd(dir, last, live, known);
  if (last !== undefined && found && reaches(found.end, known)) {
    const tail = continueSegment(dir, last, found.end, found.length);
    return { tail, mended: mendedBytes(unopened + found.torn, found.hasHole), hasLost: false };
  }
  if (last !== undefined && firstSeqOf(last) > known.seq)
    throw notOurs('its last segment is of an erased key');
  const key = nextKey(found && found.end.key.segment > live.segment ? found.end.key : live);
  const mended = `entries are missing before this one: the log once had ${known.seq}`;
  return { tail: beginSegment(dir, { key, ...known, day: today }), mended, hasLost: true };
}

function reaches(end: Head, known: Head): boolean {
  return end.seq > known.seq || (end.seq === known.seq && isSameMac(end.mac, known.mac));
}

function mendedBytes(dropped: number, hasHole = false): string | null {
  if (dropped === 0) return null;
  return hasHole
    ? `dropped ${dropped} bytes from a hole on, as a power cut leaves it`
    : `dropped ${dropped} bytes of an unfinished entry`;
}

/** Removes a last segment that a crash has left without its first entry; returns its bytes. */
function dropUnopened(dir: string, known: Head): number {
  const last = listSegments(dir).at(-1);
  // One that once had entries was cut by other hands.
  if (last === undefined || firstSeqOf(last) <= known.seq) return 0;
  const path = join(dir, last);
  const first = firstLineOf(dir, last);
  if (first && isFinished(first) && !(isHole(first) && isOfPowerCut(first, dir))) return 0;
  const { size } = statSync(path);
  rmSync(path);
  return size;
}

interface FoundEnd {
  readonly end: End;
  /** Bytes up to there. */
  readonly length: number;
  /** Bytes behind, of a line that was never finished, or from a hole on. */
  readonly torn: number;
  readonly hasHole: boolean;
}

/**
 * What the last line says, if it follows from the one before; so another key's log is never continued. With a hole behind all
 * that is known, the last line before it. Undefined for a segment that was emptied, is of before the live key, as in an old
 * copy, or was changed under our hands.
 */
function findEnd(dir: string, segment: string, live: ChainKey, known: KnownHead): FoundEnd | undefined {
  const found = chainedEnd(dir, segment, live);
  if (known.isOwn) return found ?? undefined;
  const isAsKnown = found?.torn === 0 && found.end.seq === known.seq;
  const hole = isAsKnown ? undefined : findHole(dir, segment);
  const before = hole && chainedEnd(dir, segment, live, hole.offset);
  if (before && reaches(before.end, known)) return { ...before, hasHole: true };
  if (found === null) throw notOurs('its last entry was changed, or another key wrote it');
  return found;
}

/** The last line before the byte `upTo`; null when it does not follow. */
function chainedEnd(
  dir: string,
  segment: string,
  live: ChainKey,
  upTo?: number,
): FoundEnd | null | undefined {
  const { lines, length, size } = readEnd(dir, segment, upTo);
  const opening = openingOf(dir, segment);
  if (lines.length === 0 || (opening && opening.segment < live.segment)) return undefined;
  const [last, before] = lines.map(parseLine).reverse();
  const previous = lines.length === 1 ? opening?.mac : before?.mac;
  const key = opening && keyOf(opening.segment, live);
  const stamp = last && stampIn(last.json);
  if (!key || !stamp || !previous || !isSameMac(last.mac, link(previous, last.json, key))) return null;
  const { seq, timestamp } = stamp;
  const end = { key, seq, mac: last.mac, day: dayOf(Date.parse(timestamp)) };
  return { end, length, torn: size - length, hasHole: false };
}

function openingOf(dir: string, segment: string): Opening | undefined {
  const first = firstLineOf(dir, segment);
  const parsed = first && parseLine(first.bytes);
  return parsed && openingIn(parsed.json);
}

function notOurs(what: string): PopError {
  return new PopError(
    'audit_unavailable',
    `the audit log does not fit its key: ${what}; run "poptray audit verify"`,
  );
}
