/** The end of the log, where the next entry goes. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PopError } from '../pipeline/errors.ts';
import { type ChainKey, GENESIS, isSameMac, link, parseLine } from './chain.ts';
import { readHead } from './head.ts';
import { listSegments, segmentName } from './segments.ts';

/** More than two of the longest entries. */
const TAIL_BYTES = 256 * 1024;

/** A segment open for appending. */
export interface Tail {
  readonly fd: number;
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

interface End {
  readonly seq: number;
  readonly mac: Buffer;
  readonly day: string;
}

/**
 * Finds the log's end, drops a torn tail, and opens the last segment for appending.
 * Throws PopError `audit_unavailable` when the end is not one that this key has written.
 */
export function openTail(dir: string, key: ChainKey, today: string): { tail: Tail; droppedBytes: number } {
  const segments = listSegments(dir);
  // The last segment can be empty; then the last entry is in the one before.
  const ends = segments.slice(-2).map((segment) => readEnd(join(dir, segment)));
  const [last, before] = ends.flatMap(({ lines }) => lines).reverse();
  const end = last === undefined ? { seq: 0, mac: GENESIS, day: today } : checkedEnd(last, before, key);
  if ((readHead(dir, key)?.seq ?? 0) > end.seq) throw notOurs('entries are missing from its end');

  const length = ends.at(-1)?.length ?? 0;
  const fd = openSync(join(dir, segments.at(-1) ?? segmentName(1)), 'a', 0o600);
  const droppedBytes = fstatSync(fd).size - length;
  if (droppedBytes > 0) ftruncateSync(fd, length);
  return { tail: tailOf(fd, end, length), droppedBytes };
}

/** Begins a new segment behind this one, which stays open. */
export function nextTail(dir: string, { seq, mac }: Tail, today: string): Tail {
  const fd = openSync(join(dir, segmentName(seq + 1)), 'ax', 0o600);
  return tailOf(fd, { seq, mac, day: today }, 0);
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
function readEnd(path: string): { lines: string[]; length: number } {
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
function checkedEnd(last: string, before: string | undefined, key: ChainKey): End {
  const parsed = parseLine(last);
  const previous = before === undefined ? GENESIS : parseLine(before)?.mac;
  if (!parsed || !previous) throw notOurs('its end is not made of entries');
  if (!isSameMac(parsed.mac, link(previous, parsed.json, key))) {
    throw notOurs('its last entry was changed, or another key wrote it');
  }
  const { seq, timestamp } = JSON.parse(parsed.json) as { seq: number; timestamp: string };
  return { seq, mac: parsed.mac, day: timestamp.slice(0, 10) };
}

function notOurs(what: string): PopError {
  return new PopError(
    'audit_unavailable',
    `the audit log does not fit its key: ${what}; run "poptray audit verify"`,
  );
}
