/** The webhooks: their sender, the messages that it gave up, and what a change of the settings means to both. */
import { newEntry } from '../../shared/audit.ts';
import type { AuditServices } from '../app/audit-services.ts';
import type { RuntimeConfig } from '../app/runtime-config.ts';
import type { DeadLetterBox } from '../endpoint/routes.ts';
import { createDeadLetterBox } from './dead-letters.ts';
import { createWebhookSender, type WebhookSenderDeps } from './sender.ts';

export interface WebhookService {
  readonly deadLetters: DeadLetterBox;
  /** Sends what waits, and what the settings change from now on. */
  open(): void;
  stop(): Promise<void>;
}

export interface WebhookServiceDeps extends Pick<WebhookSenderDeps, 'http' | 'clock' | 'random' | 'isBusy'> {
  readonly runtimeConfig: RuntimeConfig;
  readonly auditServices: Pick<
    AuditServices,
    'audit' | 'store' | 'checkpoint' | 'takeCheckpoint' | 'addSubscriber' | 'catchUp'
  >;
  readonly onFault: (error: unknown) => void;
}

export function createWebhookService({
  runtimeConfig,
  auditServices,
  onFault,
  ...rest
}: WebhookServiceDeps): WebhookService {
  const { audit, store, checkpoint, takeCheckpoint: onCheckpoint } = auditServices;
  const { outbox } = store;
  const target = (webhook: string) => runtimeConfig.current.webhooks.get(webhook);
  const sender = createWebhookSender({ ...rest, audit, outbox, checkpoint, onCheckpoint, target, onFault });
  let before = runtimeConfig.current.webhooks;

  /** Which messages wait, and which webhooks are stopped, is known only when the whole log was read. */
  async function open(): Promise<void> {
    await auditServices.catchUp.whole;
    auditServices.addSubscriber(sender.enqueue);
    runtimeConfig.follow(
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
    deadLetters: createDeadLetterBox(outbox, audit, sender.wake, () => auditServices.catchUp.whole),
    open: () => void open().catch(() => {}),
    stop: sender.stop,
  };
}
