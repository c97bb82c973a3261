/** What each entry of the log means to the read models. */
import type { DatabaseSync } from 'node:sqlite';
import { type AuditEntry, type Logged, type Place, usesKey } from '../../shared/audit.ts';
import { eventOf, type WebhookEvent } from '../../shared/log-events.ts';
import type { Blocks } from './blocks.ts';
import type { CallEntries } from './call-entries.ts';
import { ALL_PARTS, type Parts } from './catch-up-steps.ts';
import type { Outbox } from './outbox.ts';
import type { Quarters } from './quarters.ts';

/** Returns what writes entries, oldest first, within the caller's transaction; it throws what SQLite throws. */
export function createProjection(
  database: DatabaseSync,
  {
    quarters,
    blocks,
    calls,
    outbox,
  }: { quarters: Quarters; blocks: Blocks; calls: CallEntries; outbox: Outbox },
): (batch: readonly Logged[], parts?: Parts) => void {
  // Somebody may have copied a line of the log.
  const insertHistory = database.prepare(
    'INSERT OR IGNORE INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertIntent = database.prepare('INSERT OR REPLACE INTO intents VALUES (?, ?, ?)');
  const deleteIntent = database.prepare('DELETE FROM intents WHERE pop_id = ?');
  const insertDelivery = database.prepare('INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?)');
  const deleteDeliveries = database.prepare('DELETE FROM deliveries WHERE pop_id = ?');

  return (batch, parts = ALL_PARTS) => {
    quarters.begin();
    // What is opened and closed within the batch need not be written at all.
    const intents = new Map<string, Place>();
    const deliveries = new Map<string, Place[]>();
    const messages = new Map<string, { popId: string; webhook: string; result: Place }>();
    for (const { entry, place } of batch) {
      const { seq } = entry;
      const event = eventOf(entry);
      if (parts.history) {
        if (event?.kind === 'intent') intents.set(event.popId, { seq, place });
        if (event?.kind === 'delivery')
          deliveries.set(event.popId, [...(deliveries.get(event.popId) ?? []), { seq, place }]);
        calls.insert(entry, place);
        if (event?.kind === 'result' || event?.kind === 'refused' || event?.kind === 'changed')
          insertEntry(entry, place);
      }
      // Also where the history has the result already: the intent may be older than what was read first.
      if (event?.kind === 'result') {
        if (!intents.delete(event.popId)) deleteIntent.run(event.popId);
        deliveries.delete(event.popId);
        if (event.destinations) deleteDeliveries.run(event.popId);
      }
      if (!parts.outbox) continue;
      if (event?.kind === 'result') {
        const { popId } = event;
        for (const webhook of event.webhooks)
          messages.set(nameOf(popId, webhook), { popId, webhook, result: { seq, place } });
      }
      if (event?.kind === 'webhook') projectWebhook(event, Date.parse(entry.timestamp));
    }
    for (const [popId, { seq, place }] of intents) insertIntent.run(popId, seq, place);
    for (const [popId, places] of deliveries)
      for (const { seq, place } of places) insertDelivery.run(popId, seq, place);
    for (const one of messages.values()) outbox.insert(one, one.result);
    quarters.write();
    blocks.write();

    function projectWebhook(event: WebhookEvent, at: number): void {
      if (event.what !== 'restarted') {
        const name = nameOf(event.popId, event.webhook);
        const fresh = messages.get(name);
        messages.delete(name);
        if (fresh && event.what === 'ended' && event.status === 'delivered') return;
        if (fresh) outbox.insert(fresh, fresh.result);
      }
      outbox.project(event, at);
    }
  };

  function insertEntry(entry: AuditEntry, place: number): void {
    const { seq, type, popId, userId, application, status, code, windowFocused, latencyMs, phases } = entry;
    const key = usesKey(entry) ? entry.idempotencyKey : null;
    const at = Date.parse(entry.timestamp);
    const focused = windowFocused === null ? null : Number(windowFocused);
    const { queue = null, token = null, delivery = null } = phases ?? {};
    const { changes } = insertHistory.run(
      ...[seq, place, at, type, key, popId, userId, application, status, code],
      ...[focused, latencyMs, queue, token, delivery],
    );
    if (changes === 0) return;
    blocks.add(seq, at, entry);
    if (type === 'result') {
      quarters.add(at, { status: status ?? '', focused, total: latencyMs, queue, token, delivery });
    }
  }
}

function nameOf(popId: string, webhook: string): string {
  return `${popId} ${webhook}`;
}
