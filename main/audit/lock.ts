/** One writer per log: a lock that the operating system drops when the process dies, however it dies. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ensureAuditDir } from './segments.ts';

/** Another process writes this log. */
export class LogLocked extends Error {
  override readonly name = 'LogLocked';
}

/** Makes the folder, takes the lock and returns its release; throws LogLocked. SQLite's own file lock works on every platform. */
export function lockLog(dir: string): () => void {
  ensureAuditDir(dir);
  const database = new DatabaseSync(join(dir, 'writer.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new LogLocked(`another poptray already uses this data folder: ${dir}`, { cause: error });
  }
  return () => database.close();
}
