/** A segment open for appending. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../../platform/folder.ts';
import type { ChainKey } from '../format/chain.ts';
import { segmentName } from '../format/segments.ts';

/** The last entry's number and MAC. */
export interface Head {
  readonly seq: number;
  readonly mac: Buffer;
}

/** Where the log ends, and the key that goes on there. */
export interface End extends Head {
  readonly key: ChainKey;
  /** The UTC day of the last entry, counted from 1970. */
  readonly day: number;
}

export interface Tail extends End {
  readonly fd: number;
  /** Bytes in the segment. */
  readonly size: number;
  /** Appends whole lines that end with entry `seq`; on a fault the file keeps its old length. */
  append(text: string, seq: number, mac: Buffer): void;
  /** Whether the file under its name is still this one, as long as it was left. */
  isInPlace(): boolean;
}

/** Of a time in epoch milliseconds. Counted rather than named, because it is asked for with each write. */
export function dayOf(time: number): End['day'] {
  return Math.floor(time / 86_400_000);
}

/** Begins a new segment behind `end`. Throws what the file system throws. */
export function beginSegment(dir: string, end: End): Tail {
  return openSegment(join(dir, segmentName(end.seq + 1)), 'ax', end, () => {
    syncFolder(dir);
    return 0;
  });
}

/**
 * Goes on in a segment behind its first `length` bytes, which are on disk when it returns, and drops what is there.
 * Throws what the file system throws.
 */
export function continueSegment(dir: string, segment: string, end: End, length: number): Tail {
  return openSegment(join(dir, segment), 'a', end, (fd) => {
    if (fstatSync(fd).size > length) ftruncateSync(fd, length);
    // What a killed writer has left may not be there yet, and a later power cut could bring back what was dropped, in the
    // midst of what comes in its place.
    fsyncSync(fd);
    return length;
  });
}

/** `prepare` returns the length at which it left the file. */
function openSegment(path: string, flags: 'a' | 'ax', end: End, prepare: (fd: number) => number): Tail {
  const fd = openSync(path, flags, 0o600);
  try {
    return tailOf(fd, path, end, prepare(fd));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
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
