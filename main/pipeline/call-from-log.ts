/** What the log knows of a call. */
import type { AuditEntry } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import type { DeliveryEnd, Intent } from '../../shared/pop-events.ts';
import { type Call, end, learn, newCall, noteEvent } from './call.ts';
import { endIn, endsIn, endsOfCut } from './destination-ends.ts';

/**
 * The call whose entries these are, oldest first; `timeOf` says when the trigger of an entry came. After a gap of
 * `lifetimeMs` it is another call. An intent without a result is a pop that may have arrived.
 */
export function callFromLog(
  id: string,
  hasOwnId: boolean,
  entries: readonly AuditEntry[],
  timeOf: (entry: AuditEntry) => number,
  lifetimeMs: number,
): Call {
  let call = newCall(id, hasOwnId);
  const seen = new Set<string>();
  const open = new Map<string, { readonly intent: Intent; readonly deliveries: DeliveryEnd[] }>();
  for (const entry of entries) {
    const event = eventOf(entry);
    if (event?.kind !== 'intent' && event?.kind !== 'delivery' && event?.kind !== 'result') continue;
    const { popId, phase } = event;
    if (!seen.has(popId)) {
      seen.add(popId);
      const at = timeOf(entry);
      if (at - call.lastAt >= lifetimeMs) {
        call = newCall(id, hasOwnId);
        open.clear();
      }
      noteEvent(call, { popId, phase: phase ?? undefined, at });
    }
    call.party = event.party ?? call.party;
    if (event.kind === 'intent') {
      open.set(popId, { intent: event, deliveries: [] });
      call.key ??= event.destinationKey ?? event.idempotencyKey;
    } else if (event.kind === 'delivery') {
      open.get(popId)?.deliveries.push(event);
      learn(call, [endIn(event)]);
    } else if (open.delete(popId)) end(call, endsIn(event), event.status === 'delivered');
  }
  for (const { intent, deliveries } of open.values()) learn(call, endsOfCut(intent, deliveries));
  return call;
}
