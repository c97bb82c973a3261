/** What each entry of the log means to the read models. */
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '../../shared/audit.ts';
import { type Notification, notificationsOf } from '../../shared/webhook.ts';
import { ALL_PARTS, type Parts } from './catch-up-steps.ts';
import type { Hours } from './hours.ts';
import type { Outbox } from './outbox.ts';

/** An entry with its JSON. */
export interface Logged {
  readonly entry: AuditEntry;
  readonly json: string;
}

/** Returns what writes entries, oldest first, within the caller's transaction; it throws what SQLite throws. */
export function createProjection(
  database: DatabaseSync,
  hours: Hours,
  outbox: Outbox,
): (batch: readonly Logged[], parts?: Parts) => void {
  const insertHistory = database.prepare(
    'INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertText = database.prepare('INSERT INTO entries VALUES (?, ?)');
  const insertIntent = database.prepare('INSERT OR REPLACE INTO intents VALUES (?, ?)');
  const deleteIntent = database.prepare('DELETE FROM intents WHERE pop_id = ?');

  return (batch, parts = ALL_PARTS) => {
    // What is opened and closed within the batch need not be written at all.
    const intents = new Map<string, string>();
    const notifications = new Map<string, Notification & { at: number }>();
    for (const { entry, json } of batch) {
      const { type, popId } = entry;
      if (parts.history && type === 'intent' && popId !== null) intents.set(popId, json);
      if (parts.history && (type === 'result' || type === 'refused')) insertEntry(entry, json);
      // Also where the history has the result already: the intent may be older than what was read first.
      if (type === 'result' && popId !== null && !intents.delete(popId)) deleteIntent.run(popId);
      if (!parts.outbox) continue;
      for (const one of notificationsOf(entry)) {
        notifications.set(`${one.id} ${one.webhook}`, { ...one, at: Date.parse(entry.timestamp) });
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
    hours.write();
  };

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
