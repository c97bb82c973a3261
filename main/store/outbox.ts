/** The webhook outbox: messages that wait for their next attempt, and dead letters. */
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Notification } from '../../shared/webhook.ts';

export interface OutboxMessage extends Notification {
  readonly attempts: number;
}

export interface DeadLetter {
  readonly id: string;
  readonly webhook: string;
  readonly popId: string;
  readonly attempts: number;
  readonly failure: string | null;
}

export interface Outbox {
  /** The webhooks that have messages waiting. */
  webhooks(): string[];
  /** A webhook's messages due at `now` (epoch milliseconds), oldest first. */
  due(webhook: string, now: number, limit: number): OutboxMessage[];
  /** When its first message falls due that is not due at `now`, in epoch milliseconds. */
  nextDueAfter(webhook: string, now: number): number | undefined;
  /** Puts a message off after a failed attempt. */
  postpone(message: OutboxMessage, attempts: number, dueAt: number, failure: string): void;
  /** May lag by some milliseconds. */
  pendingCount(): number;
  deadLetters(): DeadLetter[];
  /** Whether the receiver has said that it is gone. */
  isStopped(webhook: string): boolean;
  /** Adds a message, unless it is there. */
  insert(message: Notification, dueAt: number): void;
  /** Learns at once from a `webhook` entry which webhooks are stopped. */
  note(entry: AuditEntry): void;
  /** Applies a `webhook` entry of the log. */
  project(entry: AuditEntry): void;
}

/** `flush` writes what the store has gathered, so that every question sees it; throws when it cannot. */
export function createOutbox(database: DatabaseSync, flush: () => void): Outbox {
  const insert = database.prepare("INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, 'pending', 0, ?, NULL)");
  const remove = database.prepare('DELETE FROM outbox WHERE id = ? AND webhook = ?');
  const bury = database.prepare(
    "UPDATE outbox SET state = 'dead', attempts = ?, failure = ? WHERE id = ? AND webhook = ?",
  );
  const revive = database.prepare(
    "UPDATE outbox SET state = 'pending', attempts = 0, due_at = ? WHERE id = ? AND webhook = ?",
  );
  const update = database.prepare(
    'UPDATE outbox SET attempts = ?, due_at = ?, failure = ? WHERE id = ? AND webhook = ?',
  );
  const stop = database.prepare('INSERT OR IGNORE INTO stopped_webhooks VALUES (?)');
  const start = database.prepare('DELETE FROM stopped_webhooks WHERE webhook = ?');
  const selectDue = database.prepare(
    "SELECT id, webhook, pop_id AS popId, payload, attempts FROM outbox WHERE state = 'pending' AND webhook = ? AND due_at <= ? ORDER BY due_at LIMIT ?",
  );
  const selectNext = database.prepare(
    "SELECT min(due_at) AS at FROM outbox WHERE state = 'pending' AND webhook = ? AND due_at > ?",
  );
  const selectWebhooks = database.prepare("SELECT DISTINCT webhook FROM outbox WHERE state = 'pending'");
  const count = database.prepare("SELECT count(*) AS n FROM outbox WHERE state = 'pending'");
  const selectDead = database.prepare(
    "SELECT id, webhook, pop_id AS popId, attempts, failure FROM outbox WHERE state = 'dead' ORDER BY id",
  );
  const stopped = new Set(
    database
      .prepare('SELECT webhook FROM stopped_webhooks')
      .all()
      .map((row) => row.webhook as string),
  );

  function note({ type, detail, status }: AuditEntry): void {
    if (type !== 'webhook' || detail === null) return;
    if (status === 'refused') stopped.add(detail);
    // A person sends a dead letter again, which also starts a stopped webhook anew.
    if (status === null) stopped.delete(detail);
  }

  return {
    webhooks() {
      flush();
      return selectWebhooks.all().map((row) => row.webhook as string);
    },
    due(webhook, now, limit) {
      flush();
      return selectDue.all(webhook, now, limit) as unknown as OutboxMessage[];
    },
    nextDueAfter(webhook, now) {
      flush();
      return (selectNext.get(webhook, now) as { at: number | null }).at ?? undefined;
    },
    postpone({ id, webhook }, attempts, dueAt, failure) {
      flush();
      update.run(attempts, dueAt, failure, id, webhook);
    },
    pendingCount: () => (count.get() as { n: number }).n,
    deadLetters() {
      flush();
      return selectDead.all() as unknown as DeadLetter[];
    },
    isStopped: (webhook) => stopped.has(webhook),
    insert({ id, webhook, popId, payload }, dueAt) {
      insert.run(id, webhook, popId, payload, dueAt);
    },
    note,
    project(entry) {
      const { popId, detail, success, status, attempts, code, timestamp } = entry;
      const id = `msg_${popId}`;
      note(entry);
      if (success) remove.run(id, detail);
      else if (status === null) {
        revive.run(Date.parse(timestamp), id, detail);
        start.run(detail);
      } else {
        bury.run(attempts, code, id, detail);
        if (status === 'refused') stop.run(detail);
      }
    },
  };
}
