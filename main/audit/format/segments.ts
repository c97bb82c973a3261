/** The segment files of a log and their lines. */
import { closeSync, fstatSync, mkdirSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isGone, openForReading } from './open-file.ts';

const NAME = /^audit-(\d{12})\.ndjson$/;
const CHUNK_BYTES = 1 << 20;
/** More than two of the longest entries. */
const LAST_LINES_BYTES = 256 * 1024;
/** More than an opening has. */
const FIRST_LINE_BYTES = 4096;
/** No entry makes a longer line; what has no newline within so much is none. */
export const LINE_MAX_BYTES: number = 1 << 20;
const NEWLINE = 0x0a;

export function auditDir(dataDir: string): string {
  return join(dataDir, 'audit');
}

/** Creates the audit folder, readable by its owner alone. */
export function ensureAuditDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** Names sort by the number of their first entry. */
export function segmentName(firstSeq: number): string {
  return `audit-${String(firstSeq).padStart(12, '0')}.ndjson`;
}

/** The number of a segment's first entry. */
export function firstSeqOf(segment: string): number {
  return Number(NAME.exec(segment)?.[1]);
}

/** The segments' names, oldest first; none when there is no folder. Only files count. Throws what the file system throws. */
export function listSegments(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile() && NAME.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

export interface LogLine {
  readonly segment: string;
  /** Byte offset of its start. */
  readonly offset: number;
  /** With its newline; without one it is a torn tail. */
  readonly bytes: Buffer;
}

export function isFinished({ bytes }: LogLine): boolean {
  return bytes.at(-1) === NEWLINE;
}

/** A segment's lines from the byte `offset` on, in constant memory; none behind one that is too long. Throws what the file system throws. */
export function* readLines(
  dir: string,
  segment: string,
  offset = 0,
  chunkBytes = CHUNK_BYTES,
): Generator<LogLine> {
  const fd = openForReading(join(dir, segment));
  try {
    const left = fstatSync(fd).size - offset;
    const chunk = Buffer.allocUnsafe(Math.max(4096, Math.min(chunkBytes, left)));
    // One byte is free before each line, for leafHash.
    let rest = Buffer.alloc(1);
    let start = offset;
    for (let position = offset; rest.length <= LINE_MAX_BYTES + 1; ) {
      const count = readSync(fd, chunk, 0, chunk.length, position);
      if (count === 0) break;
      position += count;
      const data = Buffer.concat([rest, chunk.subarray(0, count)]);
      let from = 1;
      for (let end = data.indexOf(NEWLINE, from); end !== -1; end = data.indexOf(NEWLINE, from)) {
        yield { segment, offset: start, bytes: data.subarray(from, end + 1) };
        start += end + 1 - from;
        from = end + 1;
      }
      rest = Buffer.from(data.subarray(from - 1));
    }
    if (rest.length > 1) yield { segment, offset: start, bytes: rest.subarray(1) };
  } finally {
    closeSync(fd);
  }
}

/** As readLines, where another process may be writing; an unfinished line comes again, longer perhaps, for as long as its reader goes on. */
export function* growingLines(dir: string, segment: string): Generator<LogLine> {
  for (let offset = 0; ; ) {
    let last: LogLine | undefined;
    for (const line of readLines(dir, segment, offset)) {
      yield line;
      last = line;
    }
    if (!last || isFinished(last)) return;
    offset = last.offset;
  }
}

/** Undefined for an empty segment. Throws what the file system throws. */
export function firstLineOf(dir: string, segment: string): LogLine | undefined {
  // To destructure ends the generator, which closes the file; to call next() would leave it open.
  const [first] = readLines(dir, segment, 0, FIRST_LINE_BYTES);
  return first;
}

/**
 * The last two finished lines before the byte `upTo`, one or none if there are no more; the byte at which they end; and the
 * file's size. Throws what the file system throws.
 */
export function readEnd(
  dir: string,
  segment: string,
  upTo = Number.POSITIVE_INFINITY,
): { lines: Buffer[]; length: number; size: number } {
  const fd = openForReading(join(dir, segment));
  try {
    const { size } = fstatSync(fd);
    const end = Math.min(size, upTo);
    const start = Math.max(0, end - LAST_LINES_BYTES);
    const bytes = Buffer.alloc(end - start);
    readSync(fd, bytes, 0, bytes.length, start);
    const length = bytes.lastIndexOf(NEWLINE) + 1;
    const lines: Buffer[] = [];
    for (let end = length; end > 0 && lines.length < 2; ) {
      const begin = bytes.subarray(0, end - 1).lastIndexOf(NEWLINE) + 1;
      lines.unshift(bytes.subarray(begin, end));
      end = begin;
    }
    return { lines, length: start + length, size };
  } finally {
    closeSync(fd);
  }
}
