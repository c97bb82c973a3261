/** One writer per log: a lock that the operating system drops when the process dies, however it dies. */
import { closeSync, constants, fstatSync, lstatSync, openSync, rmSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeCause, sayCause } from '../../../shared/causes.ts';
import { PopError } from '../../pipeline/errors.ts';
import { ensureAuditDir } from './segments.ts';

/** Another process writes this log. */
export class LogLocked extends Error {
  override readonly name = 'LogLocked';
}

/** What stands in the lock's place is no lock. */
export class LockUnfit extends Error {
  override readonly name = 'LockUnfit';
}

export interface LogLock {
  /** Throws PopError `audit_unavailable` when the file was removed or replaced: then another process may write the log too. */
  demand(): void;
  release(): void;
}

/** Who only looks whether it is locked holds it for an instant; milliseconds. */
const LOOK_MS = 100;
const SQLITE_BUSY = 5;

const lockFile = (dir: string) => join(dir, 'writer.lock');

/** Makes the folder and takes the lock; throws LogLocked and LockUnfit. SQLite's own file lock works on every platform. */
export function lockLog(dir: string): LogLock {
  ensureAuditDir(dir);
  const path = lockFile(dir);
  const made = make(path);
  const isThere = () => isSame(made, lstatSync(path, { throwIfNoEntry: false }));
  const database = new DatabaseSync(path, { timeout: LOOK_MS });
  try {
    // Nothing is ever written to it, so it needs no journal, in whose place others might put what is none.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    // It opens by name, so what it has locked may be another file by now.
    if (!isThere()) throw new LockUnfit(`${path} was replaced while poptray started: start it again`);
  } catch (error) {
    database.close();
    if (error instanceof LockUnfit) throw error;
    if (!canLock(dir))
      throw new LockUnfit(sayCause(makeCause('no_locks', { path: dirname(dir) })), { cause: error });
    if (!isBusy(error)) throw error;
    throw new LogLocked(sayCause(makeCause('folder_in_use', { path: dirname(dir) })), { cause: error });
  }
  return {
    demand() {
      if (isThere()) return;
      const what = 'its file writer.lock was removed or replaced, so another poptray may write it';
      throw new PopError('audit_unavailable', `the audit log is not written: ${what}; start poptray anew`);
    },
    release: () => database.close(),
  };
}

/** Whether a file that nobody holds for longer than an instant can be locked: SQLite calls it busy too where there are no locks (ENOLCK). */
export function canLock(dir: string): boolean {
  const path = join(dir, 'lock-probe');
  let database: DatabaseSync | undefined;
  try {
    make(path);
    database = new DatabaseSync(path, { timeout: LOOK_MS });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch {
    return false;
  } finally {
    database?.close();
    rmSync(path, { force: true });
  }
}

/** Whether a process writes this log; changes nothing in its folder. */
export function isLogLocked(dir: string): boolean {
  const path = lockFile(dir);
  let database: DatabaseSync | undefined;
  try {
    // SQLite would wait for who writes into a pipe.
    if (!lstatSync(path).isFile()) return false;
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.exec('SELECT count(*) FROM sqlite_schema');
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    database?.close();
  }
}

/** The file, empty and for its owner alone; SQLite would make it readable by all, and follow a link. */
function make(path: string): Stats {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let fd: number | undefined;
  try {
    fd = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const stats = fstatSync(fd);
    if (stats.isFile() && stats.size === 0) return stats;
  } catch (error) {
    if (!NO_FILE.has(`${(error as NodeJS.ErrnoException).code}`)) throw error;
  } finally {
    // Before SQLite locks it: to close any descriptor of a file lets go of all locks of this process on it.
    if (fd !== undefined) closeSync(fd);
  }
  throw new LockUnfit(`${path} is not the empty file that poptray locks: move it away`);
}

/** A link, a folder, a pipe that nobody reads, or a device without a driver. */
const NO_FILE = new Set(['ELOOP', 'EISDIR', 'ENXIO']);

function isSame(made: Stats, now: Stats | undefined): boolean {
  return now !== undefined && now.ino === made.ino && now.dev === made.dev;
}

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === SQLITE_BUSY;
}
