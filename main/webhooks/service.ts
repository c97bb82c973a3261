/** The webhooks: their sender, the messages that it gave up, and what a change of the settings means to both. */
import type { AuditEntry } from '../../shared/audit.ts';
import { entryOf } from '../../shared/log-events.ts';
import type { Observable } from '../platform/observable.ts';
import type { Outbox } from '../store/outbox.ts';
import { createDeadLetterBox, type DeadLetterBox } from './dead-letters.ts';
import type { WebhookTarget } from './post-message.ts';
import { createWebhookSender, type WebhookSenderDeps } from './sender.ts';

export interface WebhookService {
  readonly deadLetters: DeadLetterBox;
  /** Sends what waits, and what the settings change from now on. */
  open(): void;
  stop(): Promise<void>;
}

export interface WebhookServiceDeps
  extends Pick<
    WebhookSenderDeps,
    'http' | 'clock' | 'random' | 'isBusy' | 'audit' | 'checkpoint' | 'onCheckpoint'
  > {
  readonly outbox: Outbox;
  /** The webhooks of the settings. */
  readonly targets: Observable<ReadonlyMap<string, WebhookTarget>>;
  /** Which messages wait, and which webhooks are stopped, is known only when the whole log was read. */
  readonly whole: () => Promise<void>;
  /** From now on it gets every entry of the log. */
  readonly addSubscriber: (subscriber: (entry: AuditEntry) => void) => void;
  readonly onFault: (error: unknown) => void;
}

export function createWebhookService(deps: WebhookServiceDeps): WebhookService {
  const { targets, whole, addSubscriber, audit, outbox, onFault } = deps;
  const sender = createWebhookSender({ ...deps, target: (webhook) => targets.current.get(webhook) });
  let before = targets.current;

  async function open(): Promise<void> {
    await whole();
    addSubscriber(sender.enqueue);
    targets.subscribe((now) => {
      for (const [webhook, { url }] of now) {
        // Its receiver had said that it was gone; at another address there may be somebody.
        const hasMoved = before.get(webhook)?.url !== url && outbox.isStopped(webhook);
        if (!hasMoved) continue;
        const restarted = entryOf({ kind: 'webhook', what: 'restarted', webhook });
        audit.append(restarted, 'written').catch(onFault);
      }
      before = now;
      // One that is no longer there has its messages given up.
      sender.wake();
    });
  }

  return {
    deadLetters: createDeadLetterBox(outbox, audit, sender.wake, whole),
    open: () => void open().catch(() => {}),
    stop: sender.stop,
  };
}
