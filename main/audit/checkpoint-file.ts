/** The latest checkpoint beside the keys, with what is needed to go on from it. */
import { closeSync, constants, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GENESIS } from './chain.ts';
import {
  base64,
  type Checkpoint,
  fromBase64,
  openCheckpoint,
  type Signer,
  signCheckpoint,
  type Verifier,
} from './checkpoint.ts';
import { createTree, type Tree } from './merkle.ts';
import { openForReading } from './open-file.ts';
import type { Removal } from './removal.ts';

/** A checkpoint, the tree that it signs, and where in the log its entries end. */
export interface Mark {
  readonly checkpoint: Checkpoint;
  readonly tree: Pick<Tree, 'size' | 'range'>;
  readonly segment: string;
  readonly offset: number;
}

/** Every line has this length in bytes, so that one can be replaced without touching the other. */
const LINE_BYTES = 4096;

export interface CheckpointFile {
  /** Replaces the older of the two lines; throws what the file system throws. */
  write(mark: Mark): void;
  /** Makes it durable. */
  close(): void;
}

/** What stands before the first entry that is there, which is behind `removal` if there was one. */
export function firstMark(signer: Signer, removal?: Removal): Mark {
  const tree = removal?.tree ?? createTree();
  const about = { count: tree.size, root: tree.root(), mac: removal?.mac ?? GENESIS };
  return { checkpoint: signCheckpoint(about, signer), tree, segment: '', offset: 0 };
}

/** Begins the file anew, for a new log. Throws what the file system throws. */
export function beginCheckpoints(path: string, signer: Signer): void {
  rmSync(path, { force: true });
  const file = openCheckpointFile(path, signer);
  file.write(firstMark(signer));
  file.close();
}

/** In the data folder, not in the log's own: whoever puts an old copy of that one in its place does not reach this one. */
export function checkpointPath(dataDir: string): string {
  return join(dataDir, 'audit-checkpoint');
}

/**
 * Opens the file for writing. Its two lines are written in turn, in place: a power cut can spoil one of them,
 * never both, and a rename each second would wait for the file system's journal.
 */
export function openCheckpointFile(path: string, verifier: Verifier): CheckpointFile {
  const { O_RDWR, O_CREAT, O_NOFOLLOW = 0 } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  const [first, second] = marksIn(fd, verifier);
  let slot = (first?.checkpoint.count ?? -1) > (second?.checkpoint.count ?? -1) ? 1 : 0;
  return {
    write({ checkpoint: { note }, tree: { range }, segment, offset }) {
      const line = Buffer.alloc(LINE_BYTES, ' ');
      line.write(JSON.stringify({ note, range: range.map(base64), segment, offset }));
      line.write('\n', LINE_BYTES - 1);
      writeSync(fd, line, 0, LINE_BYTES, slot * LINE_BYTES);
      slot = 1 - slot;
    },
    close() {
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

/** The furthest mark that this key has signed; undefined when there is none. Throws what the file system throws. */
export function readMark(path: string, verifier: Verifier): Mark | undefined {
  let fd: number | undefined;
  try {
    fd = openForReading(path);
    return marksIn(fd, verifier).reduce((a, b) => {
      return (b?.checkpoint.count ?? -1) > (a?.checkpoint.count ?? -1) ? b : a;
    }, undefined);
  } catch (error) {
    if (NO_FILE.has(`${(error as NodeJS.ErrnoException).code}`)) return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Nothing is there, or a folder, a link, or a pipe. */
const NO_FILE = new Set(['ENOENT', 'EISDIR', 'ELOOP', 'ESPIPE']);

function marksIn(fd: number, verifier: Verifier): (Mark | undefined)[] {
  const bytes = Buffer.alloc(2 * LINE_BYTES);
  const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
  return text.split('\n').map((line) => markIn(line, verifier));
}

function markIn(line: string, verifier: Verifier): Mark | undefined {
  try {
    const { note, range, segment, offset } = JSON.parse(line);
    const checkpoint = openCheckpoint(note, verifier);
    if (!checkpoint || !Array.isArray(range) || typeof segment !== 'string' || !Number.isSafeInteger(offset))
      return undefined;
    const tree = createTree({ size: checkpoint.count, range: range.map(fromBase64) });
    return tree.root() === checkpoint.root ? { checkpoint, tree, segment, offset } : undefined;
  } catch {
    // Half written, or not ours.
    return undefined;
  }
}
