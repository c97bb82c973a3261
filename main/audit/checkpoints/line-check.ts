/** Whether the lines behind a checkpoint are what the keys of this log have written, before a next one is signed for them. */
import { type ChainKey, isSameMac, keyOf, link, parseLine } from '../format/chain.ts';
import { openingIn } from '../format/entry.ts';
import { firstSeqOf, isFinished, type LogLine, listSegments, readLines } from '../format/segments.ts';
import type { Checkpoint } from './checkpoint.ts';

/** The log is not what was signed, or not what follows from it; the message says where. */
export class Inconsistent extends Error {
  override readonly name = 'Inconsistent';
}

/** How far the lines are checked. */
export interface CheckedUpTo {
  readonly seq: number;
  /** Of that entry. */
  readonly mac: Buffer;
  /** Empty before the first line. */
  readonly segment: string;
  /** Where that entry's line ends in its segment, in bytes. */
  readonly offset: number;
  /** Of this segment; undefined where it is erased. */
  readonly key: ChainKey | undefined;
}

/** A caller that must stay responsive gets to run after this many lines. */
const STEP = 1000;

/** The end of what the checkpoint counts. `kept`: the oldest key that there is. Throws Inconsistent, and what the file system throws. */
export function* findEndOf(
  { count, mac }: Checkpoint,
  dir: string,
  kept: ChainKey,
): Generator<void, CheckedUpTo> {
  if (count === 0) return { seq: 0, mac, segment: '', offset: 0, key: undefined };
  const segment = listSegments(dir).findLast((name) => firstSeqOf(name) <= count);
  let seq = firstSeqOf(segment ?? '') - 1;
  let key: ChainKey | undefined;
  for (const line of segment === undefined ? [] : readLines(dir, segment)) {
    const parsed = isFinished(line) ? parseLine(line.bytes) : undefined;
    if (!parsed) break;
    seq += 1;
    if (line.offset === 0) key = keyOf(openingIn(parsed.json)?.segment ?? -1, kept);
    if (seq === count) {
      if (!isSameMac(parsed.mac, mac)) break;
      return { seq, mac, segment: line.segment, offset: line.offset + line.bytes.length, key };
    }
    if (seq % STEP === 0) yield;
  }
  throw new Inconsistent(`entry ${count} is not the one that was signed`);
}

/** The lines must be those that follow. Throws Inconsistent. */
export function checkLines(from: CheckedUpTo, lines: readonly LogLine[], kept: ChainKey): CheckedUpTo {
  let { seq, mac, segment, offset, key } = from;
  for (const line of lines) {
    const parsed = parseLine(line.bytes);
    if (line.offset === 0) {
      const opening = parsed && openingIn(parsed.json);
      const continues = opening?.count === seq && isSameMac(opening.mac, mac);
      if (!continues) throw new Inconsistent(`entry ${seq + 1} does not continue what is before it`);
      key = keyOf(opening.segment, key ?? kept);
    }
    if (!key) throw new Inconsistent(`entry ${seq + 1} is of an erased key, and no checkpoint counts it`);
    if (!parsed || !isSameMac(parsed.mac, link(mac, parsed.json, key)))
      throw new Inconsistent(`entry ${seq + 1} was changed or moved`);
    seq += 1;
    ({ mac } = parsed);
    ({ segment } = line);
    offset = line.offset + line.bytes.length;
  }
  return { seq, mac, segment, offset, key };
}
