/** One writer per log: a lock that the operating system drops when the process dies, however it dies. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ensureAuditDir } from './segments.ts';

/** Another process writes this log. */
export class LogLocked extends Error {
  override readonly name = 'LogLocked';
}

/** Who only looks whether it is locked holds it for an instant; milliseconds. */
const LOOK_MS = 100;
const SQLITE_BUSY = 5;

const lockFile = (dir: string) => join(dir, 'writer.lock');

/** Makes the folder, takes the lock and returns its release; throws LogLocked. SQLite's own file lock works on every platform. */
export function lockLog(dir: string): () => void {
  ensureAuditDir(dir);
  const path = lockFile(dir);
  // SQLite would make it readable by all.
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: LOOK_MS });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new LogLocked(`another poptray already uses this data folder: ${dir}`, { cause: error });
  }
  return () => database.close();
}

/** Whether a process writes this log; changes nothing in its folder. */
export function isLogLocked(dir: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lockFile(dir), { readOnly: true, timeout: 0 });
    database.exec('SELECT count(*) FROM sqlite_schema');
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    database?.close();
  }
}

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === SQLITE_BUSY;
}
