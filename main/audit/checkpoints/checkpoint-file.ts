/** The latest checkpoint beside the keys, with the tree that it signs. */
import { closeSync, constants, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../platform/folder.ts';
import { GENESIS } from '../format/chain.ts';
import { openForReading } from '../format/open-file.ts';
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

/** A checkpoint and the tree that it signs. */
export interface Mark {
  readonly checkpoint: Checkpoint;
  readonly tree: Pick<Tree, 'size' | 'range'>;
}

/** Every line has this length in bytes, so that one can be replaced without touching the other. */
const LINE_BYTES = 4096;

export interface CheckpointFile {
  /** Replaces the older of the two lines; throws what the file system throws, as all here do. */
  write(mark: Mark): void;
  /** Makes what was written durable. */
  sync(): void;
  /** Leaves the last mark in both lines, so that a spoiled one hides nothing, and makes it durable. */
  close(): void;
}

/** Begins the file anew, for a new log. Throws what the file system throws. */
export function beginCheckpoints(path: string, signer: Signer): void {
  rmSync(path, { force: true });
  const file = createCheckpointFile(path, signer);
  const tree = createTree();
  const checkpoint = signCheckpoint({ count: 0, root: tree.root(), mac: GENESIS }, signer);
  file.write({ checkpoint, tree });
  file.close();
  syncFolder(dirname(path));
}

/** In the data folder, not in the log's own: whoever puts an old copy of that one in its place does not reach this one. */
export function checkpointPath(dataDir: string): string {
  return join(dataDir, 'audit-checkpoint');
}

/**
 * The file for writing; it is opened with the first mark. Its two lines are written in turn, in place: a power cut can
 * spoil one of them, never both, and a rename each second would wait for the file system's journal.
 */
export function createCheckpointFile(path: string, verifier: Verifier): CheckpointFile {
  let fd: number | undefined;
  let slot = 0;
  let last: Buffer | undefined;

  function opened(): number {
    if (fd !== undefined) return fd;
    const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const [first, second] = marksIn(fd, verifier);
    slot = (first?.checkpoint.count ?? -1) > (second?.checkpoint.count ?? -1) ? 1 : 0;
    return fd;
  }

  function put(line: Buffer): void {
    writeSync(opened(), line, 0, LINE_BYTES, slot * LINE_BYTES);
    slot = 1 - slot;
  }

  return {
    write({ checkpoint: { note }, tree: { range } }) {
      const line = Buffer.alloc(LINE_BYTES, ' ');
      line.write(JSON.stringify({ note, range: range.map(base64) }));
      line.write('\n', LINE_BYTES - 1);
      opened();
      put(line);
      last = line;
    },
    sync() {
      if (fd !== undefined) fsyncSync(fd);
    },
    close() {
      if (fd === undefined) return;
      // The new line first: until the other one follows, the file has what it had before.
      fsyncSync(fd);
      if (last) {
        put(last);
        fsyncSync(fd);
      }
      closeSync(fd);
      fd = undefined;
    },
  };
}

/** The marks that this key has signed, the furthest last; none where no regular file is. Throws what the file system throws. */
export function readMarks(path: string, verifier: Verifier): Mark[] {
  let fd: number | undefined;
  try {
    fd = openForReading(path);
    return marksIn(fd, verifier)
      .filter((mark) => mark !== undefined)
      .sort((a, b) => a.checkpoint.count - b.checkpoint.count);
  } catch (error) {
    if (NO_FILE.has(`${(error as NodeJS.ErrnoException).code}`)) return [];
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Nothing is there, or a folder, a link, a socket, or a pipe. */
const NO_FILE = new Set(['ENOENT', 'EISDIR', 'ELOOP', 'ESPIPE', 'ENXIO']);

function marksIn(fd: number, verifier: Verifier): (Mark | undefined)[] {
  const bytes = Buffer.alloc(2 * LINE_BYTES);
  const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
  return text.split('\n').map((line) => markIn(line, verifier));
}

function markIn(line: string, verifier: Verifier): Mark | undefined {
  try {
    const { note, range } = JSON.parse(line);
    const checkpoint = openCheckpoint(note, verifier);
    if (!checkpoint || !Array.isArray(range)) return undefined;
    const tree = createTree({ size: checkpoint.count, range: range.map(fromBase64) });
    return tree.root() === checkpoint.root ? { checkpoint, tree } : undefined;
  } catch {
    // Half written, or not ours.
    return undefined;
  }
}
