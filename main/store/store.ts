/** The read models: what the audit log says, kept for quick questions. Writes lag the log by some milliseconds. */
import { type AuditEntry, removedUpTo } from '../../shared/audit.ts';
import type { Clock, History } from '../pipeline/ports.ts';
import { createBlocks } from './blocks.ts';
import { type CatchUpStep, catchUpSteps, type Logged, type LogToRead, type Place } from './catch-up-steps.ts';
import { openDatabase } from './database.ts';
import { createForget } from './forget.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createProjection } from './projection.ts';
import { createQuarters } from './quarters.ts';
import { createQueries, type Queries } from './queries.ts';

/** Entries are gathered this long, in milliseconds, to share one transaction off the reply's path. */
const GATHER_MS = 20;
/** So many are written sooner, in a turn of their own: a long transaction would hold up the pops behind it. */
const GATHER_MOST = 128;
/** In place of the machine's start, once the database was closed in order. */
const CLOSED = 'closed';

export interface Store extends History {
  readonly outbox: Outbox;
  readonly queries: Queries;
  /** Takes the next entry of the log, and where its line begins in its segment, in bytes. */
  apply(entry: AuditEntry, place: number): void;
  /**
   * Brings the models up to where the log ended when the store was opened, in steps between which it may be asked, and
   * take new entries. Throws what reading the log throws.
   */
  catchUp(): Generator<CatchUpStep, void>;
  /** Intents up to that entry without a result: what a crash interrupted. */
  openIntents(upTo?: number): AuditEntry[];
  /** Writes what was gathered. */
  flush(): void;
  close(): void;
}

/** Opens the store in a folder, for this log. `onFault` hears of failed writes; they are tried again. */
export function openStore(
  dir: string,
  log: LogToRead,
  clock: Clock,
  onFault: (error: unknown) => void,
): Store {
  const { database, applied } = openDatabase(dir, ({ seq, entry, boot }) => {
    // Not closed in order before the machine last stopped: what the disk has of it may not fit together.
    const isSafe = boot === clock.boot || boot === CLOSED;
    const [standing] = isSafe ? log.entries(seq, seq) : [];
    return standing !== undefined && identityOf(standing.entry) === entry;
  });
  let gathered: Logged[] = [];
  let isCaughtUp = false;
  /** The last entry that was written while the models were not caught up. */
  let ahead: AuditEntry | undefined;
  const recent = new Map<string, AuditEntry>();
  let cancelFlush: (() => void) | undefined;

  const blocks = createBlocks(database);
  const quarters = createQuarters(database, blocks);
  const forgetSome = createForget(database, quarters, blocks);
  const selectIntents = database.prepare('SELECT seq, place FROM intents WHERE seq <= ? ORDER BY seq');
  const selectByKey = database.prepare(
    'SELECT seq, place FROM history WHERE key = ? ORDER BY seq DESC LIMIT 1',
  );
  const selectSince = database.prepare(
    "SELECT seq, place FROM history WHERE seq >= ? AND type = 'result' AND at >= ? ORDER BY seq",
  );
  const setApplied = database.prepare('INSERT OR REPLACE INTO applied VALUES (1, ?, ?, ?)');
  const forgetApplied = database.prepare('DELETE FROM applied');
  const setBoot = database.prepare('UPDATE applied SET boot = ?');

  const outbox = createOutbox(database, log, flushOrThrow);
  const project = createProjection(database, { quarters, blocks, outbox });

  return {
    outbox,
    queries: createQueries(database, { log, quarters, blocks, flush: flushOrThrow }),

    apply(entry, place) {
      gathered.push({ entry, place });
      outbox.note(entry);
      if (entry.type === 'result' && entry.idempotencyKey !== null) recent.set(entry.idempotencyKey, entry);
      const removed = removedUpTo(entry);
      if (removed !== undefined) setImmediate(forget, removed);
      if (gathered.length === GATHER_MOST) setImmediate(flush);
      cancelFlush ??= clock.after(GATHER_MS, flush);
    },

    *catchUp() {
      yield* catchUpSteps(log, applied, (batch, parts) =>
        tryInTransaction(() => {
          project(batch, parts);
          // What is written out of order is begun anew when a stop cuts it short.
          forgetApplied.run();
        }),
      );
      const [first] = log.entries(1, log.lastSeq);
      while (first && first.entry.seq > 1 && forgetSome(first.entry.seq - 1)) {}
      flush();
      isCaughtUp = true;
      const [standing] = ahead ? [] : log.entries(log.lastSeq, log.lastSeq);
      const last = ahead ?? standing?.entry;
      if (last) tryInTransaction(() => setApplied.run(last.seq, identityOf(last), clock.boot));
      // Messages that are put off change the database without an entry.
      mark(clock.boot);
    },

    openIntents(upTo = Number.MAX_SAFE_INTEGER) {
      flush();
      return log.at(selectIntents.all(upTo) as unknown as Place[]);
    },

    findByKey(key) {
      const found = recent.get(key);
      if (found) return found;
      const row = selectByKey.get(key) as Place | undefined;
      return row && log.at([row])[0];
    },

    resultsWithin(ms) {
      flush();
      const since = clock.now() - ms;
      const { from } = blocks.around(since, Number.MAX_SAFE_INTEGER);
      return log.at(selectSince.all(from, since) as unknown as Place[]);
    },

    flush,

    close() {
      flush();
      // Set when that failed.
      cancelFlush?.();
      if (gathered.length === 0) mark(CLOSED);
      // What could not be written is in the log, and is read from there at the next start.
      gathered = [];
      database.close();
    },
  };

  /** In steps, between which pops pass; what a stop leaves, the next start does. */
  function forget(upTo: number): void {
    if (!database.isOpen) return;
    flush();
    try {
      if (forgetSome(upTo)) setImmediate(forget, upTo);
    } catch (error) {
      onFault(error);
    }
  }

  function flush(): void {
    cancelFlush?.();
    cancelFlush = undefined;
    const batch = gathered;
    const last = batch.at(-1)?.entry;
    if (!last) return;
    gathered = [];
    const isWritten = tryInTransaction(() => {
      project(batch);
      if (isCaughtUp) setApplied.run(last.seq, identityOf(last), clock.boot);
      else forgetApplied.run();
    });
    if (isWritten) {
      recent.clear();
      ahead = last;
    } else {
      gathered = batch;
      cancelFlush = clock.after(GATHER_MS * 50, flush);
    }
  }

  function tryInTransaction(action: () => void): boolean {
    try {
      database.exec('BEGIN');
      action();
      database.exec('COMMIT');
      return true;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      quarters.reset();
      blocks.reset();
      onFault(error);
      return false;
    }
  }

  /** On disk before what follows, and after all that came before: the only write that waits for the disk. */
  function mark(boot: string): void {
    try {
      database.exec('PRAGMA synchronous = FULL');
      setBoot.run(boot);
      if (boot !== CLOSED) database.exec('PRAGMA synchronous = OFF');
    } catch (error) {
      onFault(error);
    }
  }

  /** For answers that must not be older than the log. */
  function flushOrThrow(): void {
    flush();
    if (gathered.length > 0) throw new Error('the read models lag behind the log');
  }
}

/** Tells an entry from any other that may stand at its place in another log. */
function identityOf({ timestamp, uptimeMs, type, popId, detail }: AuditEntry): string {
  return JSON.stringify([timestamp, uptimeMs, type, popId, detail]);
}
