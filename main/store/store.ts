/** The read models: what the audit log says, kept for quick questions. Writes lag the log by some milliseconds. */
import { type AuditEntry, removedUpTo } from '../../shared/audit.ts';
import { type Notification, notificationsOf } from '../../shared/webhook.ts';
import type { Clock, History } from '../pipeline/ports.ts';
import { openDatabase } from './database.ts';
import { createForget } from './forget.ts';
import { createHours } from './hours.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createQueries, type Queries } from './queries.ts';

/** Entries are gathered this long, in milliseconds, to share one transaction off the reply's path. */
const GATHER_MS = 20;
/** So many are written sooner, in a turn of their own: a long transaction would hold up the pops behind it. */
const GATHER_MOST = 128;
/** In place of the machine's start, once the database was closed in order. */
const CLOSED = 'closed';
/** A rebuild commits this many entries at a time. */
const REBUILD_BATCH = 5000;

export interface Store extends History {
  readonly outbox: Outbox;
  readonly queries: Queries;
  /** Takes the next entry of the log, with its JSON. */
  apply(entry: AuditEntry, json: string): void;
  /**
   * Brings the models up to the log, from scratch when they do not fit it.
   * `entriesFrom(seq)` yields the log's entries from that number on. Returns how many entries were read.
   */
  catchUp(entriesFrom: (seq: number) => Iterable<AuditEntry>): number;
  /** Intents without a result: what a crash interrupted. */
  openIntents(): AuditEntry[];
  /** Writes what was gathered. */
  flush(): void;
  close(): void;
}

/** Opens the store in a folder. `onFault` hears of failed writes; they are tried again. */
export function openStore(dir: string, clock: Clock, onFault: (error: unknown) => void): Store {
  const database = openDatabase(dir);
  let gathered: Logged[] = [];
  const recent = new Map<string, AuditEntry>();
  let cancelFlush: (() => void) | undefined;

  const hours = createHours(database);
  const forgetSome = createForget(database, hours);
  const insertHistory = database.prepare(
    'INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertText = database.prepare('INSERT INTO entries VALUES (?, ?)');
  const insertIntent = database.prepare('INSERT OR REPLACE INTO intents VALUES (?, ?)');
  const deleteIntent = database.prepare('DELETE FROM intents WHERE pop_id = ?');
  const selectIntents = database.prepare('SELECT entry FROM intents');
  const selectByKey = database.prepare(
    'SELECT entry FROM history JOIN entries USING (seq) WHERE key = ? ORDER BY seq DESC LIMIT 1',
  );
  const selectSince = database.prepare(
    "SELECT entry FROM history JOIN entries USING (seq) WHERE type = 'result' AND at >= ? ORDER BY seq",
  );
  const setApplied = database.prepare('INSERT OR REPLACE INTO applied VALUES (1, ?, ?, ?)');
  const setBoot = database.prepare('UPDATE applied SET boot = ?');
  const getApplied = database.prepare('SELECT seq, entry, boot FROM applied');

  const outbox = createOutbox(database, flushOrThrow);

  return {
    outbox,
    queries: createQueries(database, hours, flushOrThrow),

    apply(entry, json) {
      gathered.push({ entry, json });
      outbox.note(entry);
      if (entry.type === 'result' && entry.idempotencyKey !== null) recent.set(entry.idempotencyKey, entry);
      const removed = removedUpTo(entry);
      if (removed !== undefined) setImmediate(forget, removed);
      if (gathered.length === GATHER_MOST) setImmediate(flush);
      cancelFlush ??= clock.after(GATHER_MS, flush);
    },

    catchUp(entriesFrom) {
      const applied = getApplied.get() as { seq: number; entry: string; boot: string } | undefined;
      const [standing] = applied ? entriesFrom(applied.seq) : [];
      const [first] = entriesFrom(1);
      // Not closed in order before the machine last stopped: what the disk has of it may not fit together.
      const isSafe = applied?.boot === clock.boot || applied?.boot === CLOSED;
      const isFit = isSafe && standing !== undefined && identityOf(standing) === applied.entry;
      const from = isFit ? applied.seq + 1 : 1;
      if (!isFit) {
        database.exec('DELETE FROM history; DELETE FROM entries; DELETE FROM hours; DELETE FROM intents');
        hours.reset();
        outbox.clear();
      }
      let count = 0;
      for (const entry of entriesFrom(from)) {
        gathered.push({ entry, json: JSON.stringify(entry) });
        count += 1;
        if (gathered.length >= REBUILD_BATCH) flush();
      }
      flush();
      while (first && first.seq > 1 && forgetSome(first.seq - 1)) {}
      // Messages that are put off change the database without an entry.
      mark(clock.boot);
      return count;
    },

    openIntents() {
      flush();
      return selectIntents.all().map(entryOf);
    },

    findByKey(key) {
      const found = recent.get(key);
      if (found) return found;
      const row = selectByKey.get(key);
      return row && entryOf(row);
    },

    resultsWithin(ms) {
      flush();
      return selectSince.all(clock.now() - ms).map(entryOf);
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
    try {
      database.exec('BEGIN');
      write(batch);
      hours.write();
      setApplied.run(last.seq, identityOf(last), clock.boot);
      database.exec('COMMIT');
      recent.clear();
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      hours.reset();
      gathered = batch;
      cancelFlush = clock.after(GATHER_MS * 50, flush);
      onFault(error);
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

  function write(batch: readonly Logged[]): void {
    // What is opened and closed within the batch need not be written at all.
    const intents = new Map<string, string>();
    const notifications = new Map<string, Notification & { at: number }>();
    for (const { entry, json } of batch) {
      const { type, popId } = entry;
      if (type === 'intent' && popId !== null) intents.set(popId, json);
      if (type === 'result' || type === 'refused') insertEntry(entry, json);
      if (type === 'result' && popId !== null) {
        if (!intents.delete(popId)) deleteIntent.run(popId);
        for (const one of notificationsOf(entry)) {
          notifications.set(`${one.id} ${one.webhook}`, { ...one, at: Date.parse(entry.timestamp) });
        }
      }
      if (type === 'webhook') {
        const name = `msg_${popId} ${entry.detail}`;
        const fresh = notifications.get(name);
        notifications.delete(name);
        if (fresh && entry.success) continue;
        if (fresh) outbox.insert(fresh, fresh.at);
        outbox.project(entry);
      }
    }
    for (const [popId, json] of intents) insertIntent.run(popId, json);
    for (const one of notifications.values()) outbox.insert(one, one.at);
  }

  function insertEntry(entry: AuditEntry, json: string): void {
    const { seq, type, popId, userId, application, status, code, windowFocused, latencyMs, phases } = entry;
    // A refused trigger stores nothing under its key.
    const key = type === 'result' ? entry.idempotencyKey : null;
    const at = Date.parse(entry.timestamp);
    const focused = windowFocused === null ? null : Number(windowFocused);
    const { queue = null, token = null, delivery = null } = phases ?? {};
    if (type === 'result') {
      hours.add(at, { status: status ?? '', focused, total: latencyMs, queue, token, delivery });
    }
    insertHistory.run(
      ...[seq, at, type, key, popId, userId, application, status, code],
      ...[focused, latencyMs, queue, token, delivery],
    );
    insertText.run(seq, json);
  }
}

interface Logged {
  readonly entry: AuditEntry;
  readonly json: string;
}

/** Tells an entry from any other that may stand at its place in another log. */
function identityOf({ timestamp, uptimeMs, type, popId, detail }: AuditEntry): string {
  return JSON.stringify([timestamp, uptimeMs, type, popId, detail]);
}

function entryOf(row: Record<string, unknown>): AuditEntry {
  return JSON.parse(row.entry as string) as AuditEntry;
}
