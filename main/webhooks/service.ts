/** The webhooks: their sender, the messages that it gave up, and what a change of the settings means to both. */
import type { AuditEntry } from '../../shared/audit.ts';
import { sayCause } from '../../shared/causes.ts';
import { entryOf } from '../../shared/log-events.ts';
import type { Why } from '../../shared/trouble.ts';
import { sayWebhookFailure } from '../../shared/webhook-failure.ts';
import type { Troubles } from '../observability/troubles.ts';
import type { Observable } from '../platform/observable.ts';
import type { Outbox } from '../store/outbox.ts';
import { createDeadLetterBox, type DeadLetterBox } from './dead-letters.ts';
import { isSigned, isUnsignedCode, type Unsigned, type WebhookFailure } from './post-message.ts';
import { createWebhookSender, type WebhookSenderDeps } from './sender.ts';
import { isSameTarget, type WebhookTargets } from './targets.ts';

export interface WebhookService {
  readonly deadLetters: DeadLetterBox;
  /** Sends what waits, and what the settings change from now on. */
  start(): void;
  stop(): Promise<void>;
}

export interface WebhookServiceDeps
  extends Pick<
    WebhookSenderDeps,
    'http' | 'clock' | 'random' | 'isBusy' | 'audit' | 'checkpoint' | 'onCheckpoint'
  > {
  readonly outbox: Outbox;
  /** The webhooks of the settings. */
  readonly targets: Observable<WebhookTargets>;
  /** Which messages wait, and which webhooks are stopped, is known only when the whole log was read. */
  readonly whole: () => Promise<void>;
  /** From now on it gets every entry of the log. */
  readonly addSubscriber: (subscriber: (entry: AuditEntry) => void) => void;
  readonly troubles: Pick<Troubles, 'report' | 'keepOnly' | 'list'>;
  readonly onFault: (error: unknown) => void;
}

export function createWebhookService(deps: WebhookServiceDeps): WebhookService {
  const { targets, whole, addSubscriber, audit, outbox, troubles, onFault } = deps;
  const target = (webhook: string) => targets.current.get(webhook);
  const sender = createWebhookSender({
    ...deps,
    target,
    report(webhook, failure) {
      const found = target(webhook);
      if (!found) return;
      const why = failure && (isSigned(found) ? whyOf(failure) : (found.key as Unsigned));
      troubles.report('webhook', webhook, why);
    },
  });
  let before: WebhookTargets | undefined;

  async function start(): Promise<void> {
    await whole();
    addSubscriber(sender.enqueue);
    targets.subscribe(take);
  }

  function take(now: WebhookTargets): void {
    troubles.keepOnly('webhook', now.keys());
    for (const [id, found] of now) {
      const old = before?.get(id);
      // Its receiver had said that it was gone; at another address there may be somebody.
      const hasMoved = before !== undefined && old?.url !== found.url && outbox.isStopped(id);
      if (hasMoved) {
        const restarted = entryOf({ kind: 'webhook', what: 'restarted', webhook: id });
        audit.append(restarted, 'written').catch(onFault);
      }
      if (!isSigned(found)) troubles.report('webhook', id, found.key as Unsigned);
      else if (outbox.isStopped(id) && !hasMoved) troubles.report('webhook', id, whyOf({ code: 'gone' }));
      else if (before ? !isSameTarget(old, found) : wasUnsigned(id)) troubles.report('webhook', id, null);
      // What was in the way may be gone with the change, and nobody should wait a day to see that.
      if (!isSameTarget(old, found)) outbox.hurry(id);
    }
    before = now;
    // One that is no longer there has its messages given up.
    sender.wake();
  }

  function wasUnsigned(id: string): boolean {
    const found = troubles.list().find(({ part, name }) => part === 'webhook' && name === id);
    return found !== undefined && isUnsignedCode(found.code);
  }

  return {
    deadLetters: createDeadLetterBox(outbox, audit, sender.wake, whole),
    start: () => void start().catch(onFault),
    stop: sender.stop,
  };
}

function whyOf({ code, because }: WebhookFailure): Why {
  return because ? { code: because.code, why: sayCause(because) } : { code, why: sayWebhookFailure(code) };
}
