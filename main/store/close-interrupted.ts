/** Pops that a crash has cut off between intent and result. */
import type { AuditLog } from '../pipeline/ports.ts';
import { resultEntry } from '../pipeline/record.ts';
import type { Store } from './store.ts';

/** Each intent up to that entry without a result gets one that says that nobody knows. Rejects with `audit_unavailable`. */
export async function closeInterrupted(store: Store, audit: AuditLog, upTo: number): Promise<void> {
  const notes = store.openIntents(upTo).map((intent) => {
    const { idempotencyKey: key } = intent;
    // When the key has gone on since, what became of it then stands; this pop's end must not take its place.
    const isOver = key !== null && (store.findByKey(key)?.seq ?? 0) > intent.seq;
    const facts = { ...intent, idempotencyKey: isOver ? null : key };
    // What the intent says of itself is not said of its end.
    return { ...resultEntry(facts, { status: 'unknown' }, null, []), detail: null };
  });
  await Promise.all(notes.map((note) => audit.append(note, 'written')));
}
