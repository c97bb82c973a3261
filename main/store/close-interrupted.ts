/** Pops that a crash has cut off between intent and result. */
import { eventOf } from '../../shared/log-events.ts';
import type { Intent } from '../../shared/pop-events.ts';
import { wholeOfCut } from '../pipeline/deliver-all.ts';
import { endsOfCut } from '../pipeline/destination-ends.ts';
import type { AuditLog } from '../pipeline/ports.ts';
import { resultEntry } from '../pipeline/record.ts';
import type { Store } from './store.ts';

/**
 * Each intent up to that entry without a result gets one that says that nobody knows, or, of a pop that went to several
 * destinations, what is known. Rejects with `audit_unavailable`.
 */
export async function closeInterrupted(
  store: Pick<Store, 'openIntents' | 'deliveriesOf' | 'findByKey'>,
  audit: AuditLog,
  upTo: number,
): Promise<void> {
  const notes = store.openIntents(upTo).flatMap((entry) => {
    const intent = eventOf(entry);
    if (intent?.kind !== 'intent') return [];
    const { kind: _, carriedOver: __, ...facts } = intent;
    const { idempotencyKey: key } = facts;
    // When the key has gone on since, what became of it then stands; this pop's end must not take its place.
    const isOver = key !== null && (store.findByKey(key)?.seq ?? 0) > entry.seq;
    const { latencyMs, ...outcome } = outcomeOf(intent, store);
    return resultEntry({ ...facts, idempotencyKey: isOver ? null : key }, outcome, latencyMs, []);
  });
  await Promise.all(notes.map((note) => audit.append(note, 'written')));
}

function outcomeOf(intent: Intent, store: Pick<Store, 'deliveriesOf'>) {
  if (!intent.destinations) return { status: 'unknown' as const, latencyMs: null };
  const ended = store.deliveriesOf(intent.popId).flatMap((entry) => {
    const event = eventOf(entry);
    return event?.kind === 'delivery' ? [event] : [];
  });
  return wholeOfCut(endsOfCut(intent, ended));
}
