/** What of a sealed log the new one needs, so that nothing pops twice and no webhook message is lost. */
import type { AuditEntry } from '../../../shared/audit.ts';
import { entryOf, eventOf, type WebhookEvent } from '../../../shared/log-events.ts';
import type { NewAuditEntry } from '../../../shared/new-entry.ts';
import type { DeliveryEnd, Intent, Result } from '../../../shared/pop-events.ts';
import { ageOf, KEY_LIFETIME_MS } from '../../pipeline/idempotency.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { readEntries } from '../read/entries.ts';

type PopEvent = Intent | DeliveryEnd | Result;

/** An entry with what it says. */
interface Kept<Event> {
  readonly entry: AuditEntry;
  readonly event: Event;
}

/**
 * The entries to carry over, oldest first: intents, deliveries and results of the last 24 hours, intents without a result, results whose webhook
 * messages wait or were given up, and what became of those. They keep their time. Throws what the file system throws.
 */
export function carryOver(auditDir: string, sealed: string, clock: Clock): NewAuditEntry[] {
  const kept = new Map<number, Kept<PopEvent | WebhookEvent>>();
  const keep = (one: Kept<PopEvent | WebhookEvent>) => void kept.set(one.entry.seq, one);
  /** With how it has ended at some of its destinations. */
  const open = new Map<string, Kept<Intent | DeliveryEnd>[]>();
  const messages = new Map<string, { result: Kept<Result>; webhook: string; end?: Kept<WebhookEvent> }>();
  const stopped = new Map<string, Kept<WebhookEvent>>();
  for (const entry of readEntries(auditDir)) {
    const event = eventOf(entry);
    if (event?.kind === 'webhook') noteWebhook({ entry, event });
    if (event?.kind !== 'intent' && event?.kind !== 'delivery' && event?.kind !== 'result') continue;
    if (ageOf(entry, clock) < KEY_LIFETIME_MS) keep({ entry, event });
    const { popId } = event;
    if (event.kind === 'intent') open.set(popId, [{ entry, event }]);
    else if (event.kind === 'delivery') open.get(popId)?.push({ entry, event });
    else {
      open.delete(popId);
      for (const webhook of event.webhooks)
        messages.set(`${popId} ${webhook}`, { result: { entry, event }, webhook });
    }
  }

  function noteWebhook(one: Kept<WebhookEvent>): void {
    const { event } = one;
    const { webhook } = event;
    if (event.what !== 'ended') stopped.delete(webhook);
    else if (event.status === 'refused') stopped.set(webhook, one);
    if (event.what === 'restarted') return;
    const name = `${event.popId} ${webhook}`;
    const result = messages.get(name)?.result;
    if (event.what === 'ended' && event.status === 'delivered') messages.delete(name);
    else if (result) messages.set(name, { result, webhook, ...(event.what === 'ended' && { end: one }) });
  }

  const waiting = new Map<number, string[]>();
  for (const { result, webhook, end } of messages.values()) {
    const { seq } = result.entry;
    keep(result);
    waiting.set(seq, [...(waiting.get(seq) ?? []), webhook]);
    if (end) keep(end);
  }
  for (const one of [...[...open.values()].flat(), ...stopped.values()]) keep(one);
  return [...kept.values()]
    .sort((a, b) => a.entry.seq - b.entry.seq)
    .map(({ entry: { seq, timestamp, boot, uptimeMs }, event }) => {
      const carriedOver = { seq, sealed };
      // Those that were told are not told again.
      const webhooks = waiting.get(seq) ?? [];
      const again = event.kind === 'webhook' ? event : { ...event, carriedOver, webhooks };
      return { ...entryOf(again), carried: { timestamp, boot, uptimeMs } };
    });
}
