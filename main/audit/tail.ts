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
import { type ChainKey, GENESIS, isSameMac, keyOf, link, nextKey, parseLine, parseOpening } from './chain.ts';
import { readHead } from './head.ts';
import { listSegments, readLines, segmentName } from './segments.ts';

/** More than two of the longest entries. */
const TAIL_BYTES = 256 * 1024;

/** A segment open for appending. */
export interface Tail {
  readonly fd: number;
  readonly key: ChainKey;
  /** The last entry's number and MAC. */
  readonly seq: number;
  readonly mac: Buffer;
  /** Bytes in the segment. */
  readonly size: number;
  /** The UTC day of the last entry. */
  readonly day: string;
  /** Appends whole lines that end with entry `seq`; on a fault the file keeps its old length. */
  append(text: string, seq: number, mac: Buffer): void;
}

type End = Pick<Tail, 'key' | 'seq' | 'mac' | 'day'>;

/**
 * Finds the log's end, drops a torn tail, and opens the last segment for appending; begins the log when there is none.
 * `live` is the key that is kept, which a crash may have left a step behind.
 * Throws PopError `audit_unavailable` when the end is not one that this key has written.
 */
export function openTail(dir: string, live: ChainKey, today: string): { tail: Tail; droppedBytes: number } {
  const unopened = dropUnopened(dir);
  const last = listSegments(dir).at(-1);
  const { lines, length } = last === undefined ? { lines: [], length: 0 } : readEnd(join(dir, last));
  const end = last === undefined ? undefined : checkedEnd(dir, last, lines, live);
  const key = end?.key ?? live;
  if ((readHead(dir, live, key)?.seq ?? 0) > (end?.seq ?? 0))
    throw notOurs('entries are missing from its end');
  if (last === undefined || end === undefined) {
    return { tail: createSegment(dir, { key, seq: 0, mac: GENESIS, day: today }), droppedBytes: unopened };
  }
  const fd = openSync(join(dir, last), 'a', 0o600);
  const torn = fstatSync(fd).size - length;
  if (torn > 0) ftruncateSync(fd, length);
  return { tail: tailOf(fd, end, length), droppedBytes: unopened + torn };
}

/** Begins a new segment behind this one, which stays open. */
export function nextTail(dir: string, { key, seq, mac }: Tail, today: string): Tail {
  return createSegment(dir, { key: nextKey(key), seq, mac, day: today });
}

function createSegment(dir: string, end: End): Tail {
  const fd = openSync(join(dir, segmentName(end.seq + 1)), 'ax', 0o600);
  syncFolder(dir);
  return tailOf(fd, end, 0);
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
function dropUnopened(dir: string): number {
  const last = listSegments(dir).at(-1);
  if (last === undefined) return 0;
  const path = join(dir, last);
  const first = readLines(dir, last).next().value;
  if (first?.text.endsWith('\n')) return 0;
  const { size } = statSync(path);
  rmSync(path);
  return size;
}

function tailOf(fd: number, end: End, length: number): Tail {
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
  };
  return tail;
}

/** The last whole lines of a file, two at most, and the byte at which they end. */
export function readEnd(path: string): { lines: string[]; length: number } {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(0, size - TAIL_BYTES);
    const bytes = Buffer.alloc(size - start);
    readSync(fd, bytes, 0, bytes.length, start);
    const length = bytes.lastIndexOf(0x0a) + 1;
    const lines = bytes.toString('utf8', 0, length).split(/(?<=\n)/);
    return { lines: lines.filter((line) => line !== '').slice(-2), length: start + length };
  } finally {
    closeSync(fd);
  }
}

/** What the last line says, if it follows from the one before; so another key's log is never continued. */
function checkedEnd(dir: string, segment: string, lines: readonly string[], live: ChainKey): End {
  const first = parseLine(readLines(dir, segment).next().value?.text ?? '');
  const opening = first && parseOpening(first.json);
  const [last, before] = lines.map(parseLine).reverse();
  const previous = lines.length === 1 ? opening?.mac : before?.mac;
  if (!opening || !last || !previous) throw notOurs('its end is not made of entries');
  const key = keyOf(opening.segment, live);
  if (!key || !isSameMac(last.mac, link(previous, last.json, key))) {
    throw notOurs('its last entry was changed, or another key wrote it');
  }
  const { seq, timestamp } = JSON.parse(last.json) as { seq: number; timestamp: string };
  return { key, seq, mac: last.mac, day: timestamp.slice(0, 10) };
}

function notOurs(what: string): PopError {
  return new PopError(
    'audit_unavailable',
    `the audit log does not fit its key: ${what}; run "poptray audit verify"`,
  );
}
