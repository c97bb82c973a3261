/** The webhooks: their sender, the messages that it gave up, and what a change of the settings means to both. */
import { newEntry } from '../shared/audit.ts';
import type { Books } from './books.ts';
import { createDeadLetterBox } from './dead-letters.ts';
import type { DeadLetterBox } from './endpoint/routes.ts';
import type { Setup } from './setup.ts';
import { createWebhookSender, type WebhookSenderDeps } from './webhooks/sender.ts';

export interface Mailroom {
  readonly deadLetters: DeadLetterBox;
  /** Sends what waits, and what the settings change from now on. */
  open(): void;
  stop(): Promise<void>;
}

export interface MailroomDeps extends Pick<WebhookSenderDeps, 'http' | 'clock' | 'random' | 'isBusy'> {
  readonly setup: Setup;
  readonly books: Pick<Books, 'audit' | 'store' | 'checkpoint' | 'takeCheckpoint' | 'addReader' | 'catchUp'>;
  readonly onFault: (error: unknown) => void;
}

export function createMailroom({ setup, books, onFault, ...rest }: MailroomDeps): Mailroom {
  const { audit, store, checkpoint, takeCheckpoint: onCheckpoint } = books;
  const { outbox } = store;
  const target = (webhook: string) => setup.inForce.webhooks.get(webhook);
  const sender = createWebhookSender({ ...rest, audit, outbox, checkpoint, onCheckpoint, target, onFault });
  let before = setup.inForce.webhooks;

  /** Which messages wait, and which webhooks are stopped, is known only when the whole log was read. */
  async function open(): Promise<void> {
    await books.catchUp.whole;
    books.addReader(sender.offer);
    setup.follow(
      ({ webhooks }) => webhooks,
      (now) => {
        for (const [detail, { url }] of now) {
          // Its receiver had said that it was gone; at another address there may be somebody.
          const hasMoved = before.get(detail)?.url !== url && outbox.isStopped(detail);
          if (hasMoved) audit.append(newEntry('webhook', { detail }), 'written').catch(onFault);
        }
        before = now;
        // One that is no longer there has its messages given up.
        sender.wake();
      },
    );
  }

  return {
    deadLetters: createDeadLetterBox(outbox, audit, sender.wake, () => books.catchUp.whole),
    open: () => void open().catch(() => {}),
    stop: sender.stop,
  };
}
