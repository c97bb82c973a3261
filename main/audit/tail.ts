/** The end of the log, where the next entry goes. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { PopError } from '../pipeline/errors.ts';
import {
  type ChainKey,
  isSameMac,
  keyOf,
  link,
  nextKey,
  type Opening,
  parseLine,
  parseOpening,
} from './chain.ts';
import { openForReading } from './open-file.ts';
import { firstLineOf, firstSeqOf, isFinished, listSegments, segmentName } from './segments.ts';

/** More than two of the longest entries. */
const TAIL_BYTES = 256 * 1024;

/** The last entry's number and MAC. */
export interface Head {
  readonly seq: number;
  readonly mac: Buffer;
}

/** How far the log once was. */
export interface KnownHead extends Head {
  /** This process wrote it: what stands there instead is the doing of others, not another key's log. */
  readonly isOwn?: boolean;
}

/** A segment open for appending. */
export interface Tail extends Head {
  readonly fd: number;
  readonly key: ChainKey;
  /** Bytes in the segment. */
  readonly size: number;
  /** The UTC day of the last entry. */
  readonly day: string;
  /** Appends whole lines that end with entry `seq`; on a fault the file keeps its old length. */
  append(text: string, seq: number, mac: Buffer): void;
  /** Whether the file under its name is still this one, as long as it was left. */
  isInPlace(): boolean;
}

interface OpenedTail {
  readonly tail: Tail;
  /** What was found amiss and is no fault of who goes on; null when nothing was. */
  readonly mended: string | null;
}

type End = Pick<Tail, 'key' | 'seq' | 'mac' | 'day'>;

/**
 * Finds the log's end, drops a torn tail, and opens the last segment for appending; begins the log when there is none.
 * `live` is the key that is kept, which a crash may have left a step behind. `known` is how far the log once was:
 * when it no longer is, a new segment continues that, and leaves for all to see what is missing.
 * Throws PopError `audit_unavailable` when the end is not one that this key has written.
 */
export function openTail(dir: string, live: ChainKey, known: KnownHead, today: string): OpenedTail {
  const unopened = dropUnopened(dir, known);
  const last = listSegments(dir).at(-1);
  if (last === undefined && known.seq === 0) {
    const tail = createSegment(dir, { key: live, ...known, day: today });
    return { tail, mended: mendedBytes(unopened) };
  }
  const { lines, length } = last === undefined ? { lines: [], length: 0 } : readEnd(join(dir, last));
  const end = last === undefined ? undefined : endOf(dir, last, lines, live, known);
  if (last === undefined || !end || !reaches(end, known)) {
    if (last !== undefined && firstSeqOf(last) > known.seq)
      throw notOurs('its last segment is of an erased key');
    const key = nextKey(end && end.key.segment > live.segment ? end.key : live);
    const mended = `entries are missing before this one: the log once had ${known.seq}`;
    return { tail: createSegment(dir, { key, ...known, day: today }), mended };
  }
  const fd = openSync(join(dir, last), 'a', 0o600);
  const torn = fstatSync(fd).size - length;
  if (torn > 0) ftruncateSync(fd, length);
  return { tail: tailOf(fd, join(dir, last), end, length), mended: mendedBytes(unopened + torn) };
}

function reaches(end: Head, known: Head): boolean {
  return end.seq > known.seq || (end.seq === known.seq && isSameMac(end.mac, known.mac));
}

function mendedBytes(dropped: number): string | null {
  return dropped > 0 ? `dropped ${dropped} bytes of an unfinished entry` : null;
}

/** Begins a new segment behind this one, which stays open. */
export function nextTail(dir: string, { key, seq, mac }: Tail, today: string): Tail {
  return createSegment(dir, { key: nextKey(key), seq, mac, day: today });
}

function createSegment(dir: string, end: End): Tail {
  const path = join(dir, segmentName(end.seq + 1));
  const fd = openSync(path, 'ax', 0o600);
  syncFolder(dir);
  return tailOf(fd, path, end, 0);
}

/** A new file survives a power cut only when its folder is on disk. Windows cannot open a folder, and needs not. */
function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes a last segment that a crash has left without its first entry; returns its bytes. */
function dropUnopened(dir: string, known: Head): number {
  const last = listSegments(dir).at(-1);
  // One that once had entries was cut by other hands.
  if (last === undefined || firstSeqOf(last) <= known.seq) return 0;
  const path = join(dir, last);
  const first = firstLineOf(dir, last);
  if (first && isFinished(first)) return 0;
  const { size } = statSync(path);
  rmSync(path);
  return size;
}

function tailOf(fd: number, path: string, end: End, length: number): Tail {
  const { ino, dev } = fstatSync(fd);
  const tail = {
    fd,
    ...end,
    size: length,
    append(text: string, seq: number, mac: Buffer) {
      const bytes = Buffer.from(text);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      } catch (error) {
        ftruncateSync(fd, tail.size);
        throw error;
      }
      tail.size += bytes.length;
      tail.seq = seq;
      tail.mac = mac;
    },
    isInPlace() {
      const now = statSync(path, { throwIfNoEntry: false });
      return now !== undefined && now.size === tail.size && now.ino === ino && now.dev === dev;
    },
  };
  return tail;
}

/** The last whole lines of a file, two at most, and the byte at which they end. */
export function readEnd(path: string): { lines: Buffer[]; length: number } {
  const fd = openForReading(path);
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(0, size - TAIL_BYTES);
    const bytes = Buffer.alloc(size - start);
    readSync(fd, bytes, 0, bytes.length, start);
    const length = bytes.lastIndexOf(0x0a) + 1;
    const lines: Buffer[] = [];
    for (let end = length; end > 0 && lines.length < 2; ) {
      const begin = bytes.subarray(0, end - 1).lastIndexOf(0x0a) + 1;
      lines.unshift(bytes.subarray(begin, end));
      end = begin;
    }
    return { lines, length: start + length };
  } finally {
    closeSync(fd);
  }
}

/**
 * What the last line says, if it follows from the one before; so another key's log is never continued.
 * Undefined for a segment that was emptied, is of before the live key, as in an old copy, or was changed under our hands.
 */
function endOf(
  dir: string,
  segment: string,
  lines: readonly Buffer[],
  live: ChainKey,
  { isOwn }: KnownHead,
): End | undefined {
  const opening = openingOf(dir, segment);
  if (lines.length === 0 || (opening && opening.segment < live.segment)) return undefined;
  const [last, before] = lines.map(parseLine).reverse();
  const previous = lines.length === 1 ? opening?.mac : before?.mac;
  const key = opening && keyOf(opening.segment, live);
  if (key && last && previous && isSameMac(last.mac, link(previous, last.json, key))) {
    const { seq, timestamp } = JSON.parse(last.json.toString()) as { seq: number; timestamp: string };
    return { key, seq, mac: last.mac, day: timestamp.slice(0, 10) };
  }
  if (isOwn) return undefined;
  throw notOurs('its last entry was changed, or another key wrote it');
}

function openingOf(dir: string, segment: string): Opening | undefined {
  const first = firstLineOf(dir, segment);
  const parsed = first && parseLine(first.bytes);
  return parsed && parseOpening(parsed.json);
}

function notOurs(what: string): PopError {
  return new PopError(
    'audit_unavailable',
    `the audit log does not fit its key: ${what}; run "poptray audit verify"`,
  );
}
