/** The leaf hashes of a segment's entries beside it: with a signed root they tell which entry was changed. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openForReading } from '../format/open-file.ts';
import type { Hash } from './merkle.ts';

const HASH_BYTES = 32;
const CHUNK_BYTES = HASH_BYTES * 4096;

export function leavesName(segment: string): string {
  return segment.replace('.ndjson', '.leaves');
}

/** Writes the hashes of consecutive entries, the first of which is the segment's entry `index`, from 0. Throws what the file system throws. */
export function writeLeaves(dir: string, segment: string, index: number, leaves: readonly Hash[]): void {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const fd = openSync(join(dir, leavesName(segment)), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    writeSync(fd, Buffer.from(leaves.join(''), 'latin1'), 0, undefined, index * HASH_BYTES);
  } finally {
    closeSync(fd);
  }
}

/**
 * A segment's leaf hashes, in constant memory; none when there is no such file. It is open only while a chunk is read,
 * so that whoever takes the hashes may stop at any of them.
 */
export function* readLeaves(dir: string, segment: string): Generator<Hash> {
  const path = join(dir, leavesName(segment));
  for (let position = 0; ; position += CHUNK_BYTES) {
    const chunk = readChunk(path, position);
    for (let at = 0; at + HASH_BYTES <= chunk.length; at += HASH_BYTES)
      yield chunk.toString('latin1', at, at + HASH_BYTES);
    if (chunk.length < CHUNK_BYTES) return;
  }
}

/** Empty where no file is. */
function readChunk(path: string, position: number): Buffer {
  let fd: number | undefined;
  try {
    fd = openForReading(path);
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    return chunk.subarray(0, readSync(fd, chunk, 0, CHUNK_BYTES, position));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
