/** The webhook event that follows from a result: contract §4. */
import type { AuditEntry } from './audit.ts';
import { eventOf } from './log-events.ts';

/** A message for one webhook; `id` is its Standard Webhooks `webhook-id`, the same in every attempt. */
export interface Notification {
  readonly id: string;
  readonly webhook: string;
  readonly popId: string;
  readonly payload: string;
}

/** The `webhook-id` of what is said of a pop. */
export function messageIdOf(popId: string): string {
  return `msg_${popId}`;
}

/** What a webhook is told of an entry; undefined when the entry is no result, or does not name it. */
export function notificationOf(entry: AuditEntry, webhook: string): Notification | undefined {
  const event = eventOf(entry);
  if (event?.kind !== 'result' || !event.webhooks.includes(webhook)) return undefined;
  const { popId } = event;
  const payload = JSON.stringify({
    event: entry.status === 'delivered' ? 'screenpop_activated' : 'screenpop_failed',
    userId: entry.userId,
    latencyMs: entry.latencyMs,
    windowFocus: entry.windowFocused,
    timestamp: entry.timestamp,
    popId,
    status: entry.status,
  });
  return { id: messageIdOf(popId), webhook, popId, payload };
}
