/** Webhook messages that were given up, and their way back. */
import { entryOf } from '../../shared/log-events.ts';
import { PopError } from '../pipeline/errors.ts';
import type { AuditLog } from '../pipeline/ports.ts';
import type { Outbox } from '../store/outbox.ts';

/** Dead letters, for a person who looks at them. */
export interface DeadLetterBox {
  list(): readonly object[];
  /** False when there is no such dead letter; rejects with PopError `unreadable` and `audit_unavailable`. */
  resend(id: string, webhook: string, client: string | null): Promise<boolean>;
}

/**
 * Sending one again goes through the log, like everything that happens; `wake` has the sender look. `whole` resolves when
 * the outbox knows all that the log says of it.
 */
export function createDeadLetterBox(
  outbox: Outbox,
  audit: AuditLog,
  wake: () => void,
  whole: () => Promise<void>,
): DeadLetterBox {
  return {
    list: () => outbox.deadLetters(),
    async resend(id, webhook, client) {
      await whole();
      const letter = outbox.deadLetters().find((dead) => dead.id === id && dead.webhook === webhook);
      if (!letter) return false;
      if (!outbox.isReadable(letter))
        throw new PopError('unreadable', `of ${id} nothing but its name is left`);
      const { popId } = letter;
      await audit.append(entryOf({ kind: 'webhook', what: 'resent', popId, webhook, client }), 'written');
      wake();
      return true;
    },
  };
}
