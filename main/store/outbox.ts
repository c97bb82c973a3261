/** The webhook outbox: messages that wait for their next attempt, and dead letters. */
import type { DatabaseSync } from 'node:sqlite';
import type { Place } from '../../shared/audit.ts';
import type { WebhookEvent } from '../../shared/log-events.ts';
import { messageIdOf, type Notification, notificationOf } from '../../shared/webhook.ts';
import type { LogToRead } from './catch-up-steps.ts';

export interface OutboxMessage extends Notification {
  readonly attempts: number;
}

interface Row extends Place {
  readonly popId: string;
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
  /** A webhook's messages due at `now` (epoch milliseconds): those that were tried before, then the new ones, each oldest first. */
  due(webhook: string, now: number, limit: number): OutboxMessage[];
  /** When its first message falls due that is not due at `now`, in epoch milliseconds. */
  nextDueAfter(webhook: string, now: number): number | undefined;
  /** Puts a message off after a failed attempt. */
  postpone(message: OutboxMessage, attempts: number, dueAt: number, failure: string): void;
  /** May lag by some milliseconds. */
  pendingCount(): number;
  deadLetters(): DeadLetter[];
  /** How many of a webhook's messages wait. */
  waitingCount(webhook: string): number;
  /** Whether some of them have failed before. */
  hasFailed(webhook: string): boolean;
  /** All of its messages that were put off fall due now. */
  hurry(webhook: string): void;
  /** Whether the log still has what a message is made of. Throws what reading the log throws. */
  isReadable(message: Pick<Notification, 'popId' | 'webhook'>): boolean;
  /** Whether the receiver has said that it is gone. */
  isStopped(webhook: string): boolean;
  /** Adds a message of the result that stands there, unless it has been added. */
  insert(message: Pick<Notification, 'popId' | 'webhook'>, result: Place): void;
  /** Learns at once which webhooks are stopped. */
  note(event: WebhookEvent): void;
  /** Applies what the log says of a message or a webhook; `at`: since when, in epoch milliseconds. */
  project(event: WebhookEvent, at: number): void;
}

/** `flush` writes what the store has gathered, so that every question sees it; throws when it cannot. */
export function createOutbox(database: DatabaseSync, log: Pick<LogToRead, 'at'>, flush: () => void): Outbox {
  const insert = database.prepare("INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, 'new', 0, NULL, NULL)");
  const remove = database.prepare('DELETE FROM outbox WHERE pop_id = ? AND webhook = ?');
  const bury = database.prepare(
    "UPDATE outbox SET state = 'dead', attempts = ?, failure = ? WHERE pop_id = ? AND webhook = ?",
  );
  const putOff = database.prepare(
    "UPDATE outbox SET state = 'again', attempts = ?, due_at = ?, failure = ? WHERE pop_id = ? AND webhook = ?",
  );
  const stop = database.prepare('INSERT OR IGNORE INTO stopped_webhooks VALUES (?)');
  const start = database.prepare('DELETE FROM stopped_webhooks WHERE webhook = ?');
  const selectAgain = database.prepare(
    "SELECT seq, place, pop_id AS popId, attempts FROM outbox WHERE state = 'again' AND webhook = ? AND due_at <= ? ORDER BY due_at LIMIT ?",
  );
  const selectNew = database.prepare(
    "SELECT seq, place, pop_id AS popId, attempts FROM outbox WHERE state = 'new' AND webhook = ? ORDER BY pop_id LIMIT ?",
  );
  const selectNext = database.prepare(
    "SELECT min(due_at) AS at FROM outbox WHERE state = 'again' AND webhook = ? AND due_at > ?",
  );
  const selectWebhooks = database.prepare("SELECT DISTINCT webhook FROM outbox WHERE state <> 'dead'");
  const count = database.prepare("SELECT count(*) AS n FROM outbox WHERE state <> 'dead'");
  const selectDead = database.prepare(
    "SELECT webhook, pop_id AS popId, attempts, failure FROM outbox WHERE state = 'dead' ORDER BY pop_id",
  );
  const countOf = database.prepare("SELECT count(*) AS n FROM outbox WHERE state <> 'dead' AND webhook = ?");
  const selectFailed = database.prepare(
    "SELECT 1 FROM outbox WHERE state = 'again' AND webhook = ? AND attempts > 0 LIMIT 1",
  );
  const hurry = database.prepare("UPDATE outbox SET due_at = 0 WHERE state = 'again' AND webhook = ?");
  const selectResult = database.prepare('SELECT seq, place FROM outbox WHERE pop_id = ? AND webhook = ?');
  const stopped = new Set(
    database
      .prepare('SELECT webhook FROM stopped_webhooks')
      .all()
      .map((row) => row.webhook as string),
  );

  function note(event: WebhookEvent): void {
    if (event.what !== 'ended') stopped.delete(event.webhook);
    else if (event.status === 'refused') stopped.add(event.webhook);
  }

  /** Gives up those whose result others have taken out of the log. */
  function messagesOf(rows: readonly Row[], webhook: string): OutboxMessage[] {
    const told = new Map(log.at(rows).map((entry) => [entry.seq, notificationOf(entry, webhook)]));
    return rows.flatMap(({ seq, popId, attempts }) => {
      const message = told.get(seq);
      if (message) return [{ ...message, attempts }];
      bury.run(attempts, 'unreadable', popId, webhook);
      return [];
    });
  }

  return {
    webhooks() {
      flush();
      return selectWebhooks.all().map((row) => row.webhook as string);
    },
    due(webhook, now, limit) {
      flush();
      for (;;) {
        const again = selectAgain.all(webhook, now, limit);
        const fresh = again.length < limit ? selectNew.all(webhook, limit - again.length) : [];
        const rows = [...again, ...fresh] as unknown as Row[];
        const messages = messagesOf(rows, webhook);
        if (messages.length > 0 || rows.length === 0) return messages;
      }
    },
    nextDueAfter(webhook, now) {
      flush();
      return (selectNext.get(webhook, now) as { at: number | null }).at ?? undefined;
    },
    postpone({ popId, webhook }, attempts, dueAt, failure) {
      flush();
      putOff.run(attempts, dueAt, failure, popId, webhook);
    },
    pendingCount: () => (count.get() as { n: number }).n,
    deadLetters() {
      flush();
      const rows = selectDead.all() as unknown as Omit<DeadLetter, 'id'>[];
      return rows.map((row) => ({ id: messageIdOf(row.popId), ...row }));
    },
    waitingCount(webhook) {
      flush();
      return (countOf.get(webhook) as { n: number }).n;
    },
    hasFailed(webhook) {
      flush();
      return selectFailed.get(webhook) !== undefined;
    },
    hurry(webhook) {
      flush();
      hurry.run(webhook);
    },
    isReadable({ popId, webhook }) {
      const result = selectResult.get(popId, webhook) as Place | undefined;
      const [entry] = result ? log.at([result]) : [];
      return entry !== undefined && notificationOf(entry, webhook) !== undefined;
    },
    isStopped: (webhook) => stopped.has(webhook),
    insert({ popId, webhook }, { seq, place }) {
      insert.run(popId, webhook, seq, place);
    },
    note,
    project(event, at) {
      note(event);
      const { webhook } = event;
      if (event.what !== 'ended') {
        if (event.what === 'resent') putOff.run(0, at, null, event.popId, webhook);
        start.run(webhook);
        return;
      }
      const { popId, status, attempts, code } = event;
      if (status === 'delivered') remove.run(popId, webhook);
      else bury.run(attempts, code, popId, webhook);
      if (status === 'refused') stop.run(webhook);
    },
  };
}
