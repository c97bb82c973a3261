/** Files that only their owner may read: plain-text secrets and token hashes. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { sayCause } from '../../shared/causes.ts';
import { type NotUtf8, textIn } from '../../shared/utf8.ts';
import { opennessOf } from './file-modes.ts';
import { syncFolder } from './folder.ts';
import { readOpenFile } from './read-named-file.ts';

// NONBLOCK: opening a planted FIFO must not hang. Windows lacks both flags.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A private file that holds no UTF-8. */
export class NoText extends Error {
  override readonly name = 'NoText';
}

/** The text, or undefined if there is no file; throws if it is a link, someone else's, open to other users, or no UTF-8. */
export function readPrivateFile(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, READ);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new Error(`${path} is a symbolic link: put the file itself in its place.`);
    throw error;
  }
  try {
    // The opened file is judged, not the name: between two looks at a name it can be swapped.
    const stats = fstatSync(fd);
    const fault = faultOf(stats);
    if (fault) throw new Error(`${path} ${fault}`);
    const open = opennessOf(path, stats, dirname(path));
    if (open) throw new Error(sayCause(open));
    return textOf(path, readOpenFile(path, fd));
  } finally {
    closeSync(fd);
  }
}

/**
 * Replaces the file as a whole (mode 0600), on disk when it returns; a link at `path` is replaced, never followed.
 * Not write-file-atomic: that one resolves the link first, and opens a guessable temporary name without O_EXCL.
 */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    // The name that whoever reads of it knows.
    throw Object.assign(error as Error, { path });
  }
  // The rename is on disk only once its folder is.
  syncFolder(dirname(path));
}

/** One private file. */
export interface PrivateFile {
  read(): string | undefined;
  write(text: string): void;
  /** Differs after every write by any process; empty while there is no file. */
  stamp(): string;
}

/** The file at `path`; `read` throws as readPrivateFile does. */
export function privateFileAt(path: string): PrivateFile {
  return {
    read: () => readPrivateFile(path),
    write: (text) => writePrivateFile(path, text),
    stamp: () => {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stats ? `${stats.ino}:${stats.mtimeNs}:${stats.size}` : '';
    },
  };
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return textIn(bytes);
  } catch (error) {
    throw new NoText(`${path} ${(error as NotUtf8).message}: restore it from a backup.`);
  }
}

function faultOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'is not a regular file: move it away.';
  // On Windows the ACL of the user's profile rules; these bits say nothing there.
  if (process.platform === 'win32') return undefined;
  if (stats.uid !== process.getuid?.()) return 'belongs to another user: move it away.';
  return undefined;
}
