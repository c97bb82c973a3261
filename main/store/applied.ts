/** How far the read models are, and whether what the disk has of them can be trusted. */
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { Applied } from './database.ts';

/** In place of the machine's start, once the database was closed in order. */
const CLOSED = 'closed';

/** Whether that entry, of which `standing` is what the log has under its number, is of this log, and what is there can be trusted. */
export function isFit({ entry, boot }: Applied, standing: AuditEntry | undefined, clock: Clock): boolean {
  // Not closed in order before the machine last stopped: what the disk has of it may not fit together.
  const isSafe = boot === clock.boot || boot === CLOSED;
  return isSafe && standing !== undefined && identityOf(standing) === entry;
}

export interface AppliedMark {
  /** The models know all up to this entry. To be called within a transaction. */
  set(last: AuditEntry): void;
  /** They are to be built anew at the next start, unless `set` is called before. To be called within a transaction. */
  forget(): void;
  /** From now on they are written, also without an entry: messages are put off. Throws what SQLite throws. */
  open(): void;
  /** All is written. Throws what SQLite throws. */
  close(): void;
}

export function createAppliedMark(database: DatabaseSync, clock: Clock): AppliedMark {
  const setApplied = database.prepare('INSERT OR REPLACE INTO applied VALUES (1, ?, ?, ?)');
  const forgetApplied = database.prepare('DELETE FROM applied');
  const setBoot = database.prepare('UPDATE applied SET boot = ?');

  return {
    set: (last) => void setApplied.run(last.seq, identityOf(last), clock.boot),
    forget: () => void forgetApplied.run(),
    open() {
      mark(clock.boot);
      database.exec('PRAGMA synchronous = OFF');
    },
    close: () => mark(CLOSED),
  };

  /** On disk before what follows, and after all that came before: the only writes that wait for the disk. */
  function mark(boot: string): void {
    database.exec('PRAGMA synchronous = FULL');
    setBoot.run(boot);
  }
}

/** Tells an entry from any other that may stand at its place in another log. */
function identityOf({ timestamp, uptimeMs, type, popId, detail }: AuditEntry): string {
  return JSON.stringify([timestamp, uptimeMs, type, popId, detail]);
}
