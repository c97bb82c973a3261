/** The webhook event that follows from a result: contract §4. */
import type { AuditEntry } from './audit.ts';

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

/** One message for each webhook that the entry names; none for entries that are no result. */
export function notificationsOf(entry: AuditEntry): Notification[] {
  const { type, popId, webhooks } = entry;
  if (type !== 'result' || popId === null || webhooks.length === 0) return [];
  const payload = JSON.stringify({
    event: entry.status === 'delivered' ? 'screenpop_activated' : 'screenpop_failed',
    userId: entry.userId,
    latencyMs: entry.latencyMs,
    windowFocus: entry.windowFocused,
    timestamp: entry.timestamp,
    popId,
    status: entry.status,
  });
  return webhooks.map((webhook) => ({ id: messageIdOf(popId), webhook, popId, payload }));
}
