import type { AuditEntry } from '../../shared/audit.ts';
import { outcomeWord } from './outcome.tsx';

/** What people look for first stands first. */
const order = [
  'delivered',
  'failed',
  'refused',
  'suppressed',
  'expired',
  'unknown',
] as const satisfies readonly NonNullable<AuditEntry['status']>[];

/** The outcomes as a filter lists them; `any` is the word for all of them. */
export function OutcomeOptions({ any }: { any: string }) {
  return (
    <>
      <option value="">{any}</option>
      {order.map((status) => (
        <option key={status} value={status}>
          {outcomeWord(status)}
        </option>
      ))}
    </>
  );
}
