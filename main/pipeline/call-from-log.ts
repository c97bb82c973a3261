/** What the log knows of a call. */
import type { AuditEntry } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import type { Result } from '../../shared/pop-events.ts';
import { type Call, type Ending, end, newCall, noteEvent } from './call.ts';

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
  const open = new Set<string>();
  for (const entry of entries) {
    const event = eventOf(entry);
    if (event?.kind !== 'intent' && event?.kind !== 'result') continue;
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
      open.add(popId);
      call.key ??= event.destinationKey ?? event.idempotencyKey;
    } else if (open.delete(popId)) end(call, endingOf(event));
  }
  if (open.size > 0) end(call, 'perhaps');
  return call;
}

/** How far the pop of a result has come. */
function endingOf({ status, code, attempts, mayHaveArrived }: Result): Ending {
  if (status === 'delivered') return 'delivered';
  if (code === 'outcome_unknown') return 'lost';
  if (status === 'unknown') return 'perhaps';
  // Version 0.1 did not take down whether it may have arrived.
  if (status !== 'failed') return 'unused';
  return (mayHaveArrived ?? attempts > 0) ? 'perhaps' : 'refused';
}
