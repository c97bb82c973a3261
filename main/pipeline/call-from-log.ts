/** What the log knows of a call. */
import type { AuditEntry } from '../../shared/audit.ts';
import { type Call, type Ending, fartherOf, newCall, noteEvent } from './call.ts';

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
    const { type, popId, phase } = entry;
    // What a person wished neither opens nor closes a call.
    if (popId === null || phase === 'manual') continue;
    if (!seen.has(popId)) {
      seen.add(popId);
      const at = timeOf(entry);
      if (at - call.lastAt >= lifetimeMs) {
        call = newCall(id, hasOwnId);
        open.clear();
      }
      noteEvent(call, { popId, phase: phase ?? undefined, at });
    }
    call.party = entry.party ?? call.party;
    if (type === 'intent') {
      open.add(popId);
      call.key ??= entry.destinationKey ?? entry.idempotencyKey;
    } else {
      open.delete(popId);
      call.ending = fartherOf(call.ending, endingOf(entry));
    }
  }
  if (open.size > 0) call.ending = fartherOf(call.ending, 'perhaps');
  return call;
}

/** How far the pop of a result has come. */
function endingOf({ status, code, attempts, mayHaveArrived }: AuditEntry): Ending {
  if (status === 'delivered') return 'delivered';
  if (code === 'outcome_unknown') return 'lost';
  if (status === 'unknown') return 'perhaps';
  // Version 0.1 did not take down whether it may have arrived.
  return status === 'failed' && (mayHaveArrived ?? attempts > 0) ? 'perhaps' : 'nothing';
}
