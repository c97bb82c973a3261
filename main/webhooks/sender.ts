/** Sends the outbox, never in the way of a pop: each webhook in a queue of its own, so that one that hangs delays no other. */
import type { AuditEntry } from '../../shared/audit.ts';
import { createEndpointQueue, type EndpointQueue, type EndpointQueueDeps } from './endpoint-queue.ts';

/** Calls under way get this long to end when the sender stops, in milliseconds. */
const STOP_GRACE_MS = 2000;
/** After a fault of our own disk, in milliseconds. */
const LOOK_AGAIN_MS = 5000;

export interface WebhookSender {
  /** Takes the messages that follow from an entry of the log. */
  enqueue(entry: AuditEntry): void;
  /** Looks into the outbox: at the start, and when a person sends a dead letter again. */
  wake(): void;
  stop(): Promise<void>;
}

export interface WebhookSenderDeps extends Omit<EndpointQueueDeps, 'outbox' | 'stopping'> {
  readonly outbox: EndpointQueueDeps['outbox'] & {
    /** Those that messages wait for, also when they are no longer configured. */
    webhooks(): string[];
  };
}

export function createWebhookSender(deps: WebhookSenderDeps): WebhookSender {
  const stopping = new AbortController();
  const queues = new Map<string, EndpointQueue>();
  let isStopped = false;

  function queueOf(webhook: string): EndpointQueue {
    const endpointQueue =
      queues.get(webhook) ?? createEndpointQueue(webhook, { ...deps, stopping: stopping.signal });
    queues.set(webhook, endpointQueue);
    return endpointQueue;
  }

  function wake(): void {
    if (isStopped) return;
    try {
      for (const webhook of deps.outbox.webhooks()) queueOf(webhook).wake();
    } catch {
      deps.clock.after(LOOK_AGAIN_MS, wake);
    }
  }

  return {
    enqueue(entry) {
      if (isStopped) return;
      for (const webhook of entry.webhooks) queueOf(webhook).enqueue(entry);
    },

    wake,

    async stop() {
      isStopped = true;
      const cancel = deps.clock.after(STOP_GRACE_MS, () => stopping.abort());
      await Promise.all([...queues.values()].map((endpointQueue) => endpointQueue.stop()));
      cancel();
    },
  };
}
