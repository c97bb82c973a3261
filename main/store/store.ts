/** The read models: what the audit log says, kept for quick questions. Writes lag the log by some milliseconds. */
import { type AuditEntry, type Logged, type Place, usesKey } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import type { Clock, History } from '../pipeline/ports.ts';
import { createAppliedMark, isFit } from './applied.ts';
import { createBlocks } from './blocks.ts';
import { createCallEntries, ofCalls } from './call-entries.ts';
import { type CatchUpStep, catchUpSteps, type LogToRead, type Parts } from './catch-up-steps.ts';
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
  /** How such a pop has ended at those of several destinations where it has. */
  deliveriesOf(popId: string): AuditEntry[];
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
  const { database, applied } = openDatabase(dir, (found) => {
    const [standing] = log.entries(found.seq, found.seq);
    return isFit(found, standing?.entry, clock);
  });
  let gathered: Logged[] = [];
  let isCaughtUp = false;
  /** The last entry that was written while the models were not caught up. */
  let ahead: AuditEntry | undefined;
  let recent = new Map<string, AuditEntry>();
  let cancelFlush: (() => void) | undefined;

  const blocks = createBlocks(database);
  const quarters = createQuarters(database, blocks);
  const forgetSome = createForget(database, quarters, blocks);
  const selectIntents = database.prepare('SELECT seq, place FROM intents WHERE seq <= ? ORDER BY seq');
  const selectDeliveries = database.prepare(
    'SELECT seq, place FROM deliveries WHERE pop_id = ? ORDER BY seq',
  );
  const selectByKey = database.prepare(
    'SELECT seq, place FROM history WHERE key = ? ORDER BY seq DESC LIMIT 1',
  );
  const mark = createAppliedMark(database, clock);
  const outbox = createOutbox(database, log, flushOrThrow);
  const calls = createCallEntries(database);
  const project = createProjection(database, { quarters, blocks, calls, outbox });

  return {
    outbox,
    queries: createQueries(database, { log, quarters, blocks, flush: flushOrThrow }),

    apply(entry, place) {
      gathered.push({ entry, place });
      if (usesKey(entry) && entry.idempotencyKey !== null) recent.set(entry.idempotencyKey, entry);
      const event = eventOf(entry);
      if (event?.kind === 'webhook') outbox.note(event);
      if (event?.kind === 'removed') setImmediate(forget, event.upTo);
      if (gathered.length === GATHER_MOST) setImmediate(flush);
      cancelFlush ??= clock.after(GATHER_MS, flush);
    },

    *catchUp() {
      let step: CatchUpStep = { read: 0, of: 0, knowsRecent: true, isStuck: false };
      const write = (batch: readonly Logged[], parts: Parts) =>
        tryInTransaction(() => {
          project(batch, parts);
          // What is written out of order is begun anew when a stop cuts it short.
          mark.forget();
        });
      for (step of catchUpSteps(log, applied, write)) yield step;
      const [first] = log.entries(1, log.lastSeq);
      for (let more = true; first && more; ) {
        const done = tryInTransaction(() => {
          more = forgetSome(first.entry.seq - 1);
        });
        if (more) yield { ...step, knowsRecent: true, isStuck: !done };
      }
      flush();
      isCaughtUp = true;
      const [standing] = ahead ? [] : log.entries(log.lastSeq, log.lastSeq);
      const last = ahead ?? standing?.entry;
      if (last) tryInTransaction(() => mark.set(last));
      attempt(mark.open);
    },

    openIntents(upTo = Number.MAX_SAFE_INTEGER) {
      flush();
      return log.at(selectIntents.all(upTo) as unknown as Place[]);
    },

    deliveriesOf(popId) {
      flush();
      return log.at(selectDeliveries.all(popId) as unknown as Place[]);
    },

    findByKey(key) {
      const found = recent.get(key);
      if (found) return found;
      const row = selectByKey.get(key) as Place | undefined;
      return row && log.at([row])[0];
    },

    entriesOf(interaction) {
      const fresh = ofCalls(gathered).filter((entry) => entry.interaction === interaction);
      return [...log.at(calls.of(interaction)), ...fresh];
    },

    callsOf(party) {
      const fresh = ofCalls(gathered).filter((entry) => entry.party === party);
      const names = fresh.reverse().map(({ interaction }) => interaction);
      return [...new Set([...names, ...calls.callsOf(party)])];
    },

    flush,

    close() {
      flush();
      // Set when that failed.
      cancelFlush?.();
      if (gathered.length === 0) attempt(mark.close);
      // What could not be written is in the log, and is read from there at the next start.
      gathered = [];
      database.close();
    },
  };

  /** In steps, between which pops pass; what a stop leaves, the next start does. */
  function forget(upTo: number): void {
    if (!database.isOpen) return;
    flush();
    tryInTransaction(() => {
      if (forgetSome(upTo)) setImmediate(forget, upTo);
    });
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
      if (isCaughtUp) mark.set(last);
      else mark.forget();
    });
    if (isWritten) {
      // A new one rather than an emptied one, whose tables would keep these entries alive until the next full garbage collection.
      recent = new Map();
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

  function attempt(action: () => void): void {
    try {
      action();
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
