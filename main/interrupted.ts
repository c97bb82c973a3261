/** Pops that a crash has cut off between intent and result. */
import type { AuditLog } from './pipeline/ports.ts';
import { resultEntry } from './pipeline/record.ts';
import type { Store } from './store/store.ts';

/** Opens the log; each intent without a result gets one that says that nobody knows. Rejects with `audit_unavailable`. */
export async function closeInterrupted(store: Store, audit: AuditLog & { open(): void }): Promise<void> {
  audit.open();
  const open = store.openIntents();
  await Promise.all(
    open.map((intent) => audit.append(resultEntry(intent, { status: 'unknown' }, null, []), 'written')),
  );
}
