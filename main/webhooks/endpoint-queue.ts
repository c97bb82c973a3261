/** One webhook's messages: a few at a time, each until it is taken or dead. */
import type { AuditEntry } from '../../shared/audit.ts';
import { delay } from '../../shared/delay.ts';
import { entryOf } from '../../shared/log-events.ts';
import { type Notification, notificationOf } from '../../shared/webhook.ts';
import type { AuditLog, Clock, Random } from '../pipeline/ports.ts';
import { type PostDeps, postMessage, type WebhookFailure, type WebhookTarget } from './post-message.ts';
import { webhookDelay } from './schedule.ts';

const CONCURRENCY = 4;
/**
 * While pops press, each message costs them as much as it costs itself: then there is one in so many milliseconds.
 * They press at a hundred a second, which the rate limit does not let through for long where nobody has changed it.
 */
const BUSY_SPACING_MS = 20;
/** Messages kept in memory; the rest wait in the outbox on disk. So few, because no pop can run while they are read. */
const READY_MAX = 100;
/** How long to wait after a fault of our own disk, in milliseconds. */
const REST_MS = 5000;
/** A longer timer is set again when it fires: the wall clock may have jumped, or the machine slept. */
const LONGEST_TIMER_MS = 60_000;

export interface Message extends Notification {
  readonly attempts: number;
}

/** The part of the outbox that a webhook’s queue needs. All of it throws when the disk fails. */
export interface WaitingMessages {
  due(webhook: string, now: number, limit: number): Message[];
  nextDueAfter(webhook: string, now: number): number | undefined;
  postpone(message: Message, attempts: number, dueAt: number, failure: string): void;
  isStopped(webhook: string): boolean;
  /** Whether some wait that have failed before. */
  hasFailed(webhook: string): boolean;
}

export interface EndpointQueueDeps extends PostDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: AuditLog;
  readonly outbox: WaitingMessages;
  /** Whether pops press; messages then wait, in memory and on disk. */
  readonly isBusy: () => boolean;
  /** Hears once for each message that our own disk or log does not take what became of it. */
  readonly onFault: (error: unknown) => void;
  /** Where a webhook goes; undefined when it is no longer configured. */
  readonly target: (webhook: string) => WebhookTarget | undefined;
  /** Hears why a webhook's message was not taken, and null once all are. */
  readonly report: (webhook: string, failure: WebhookFailure | null) => void;
}

export interface EndpointQueue {
  /** Takes the message that follows from a result. */
  enqueue(entry: AuditEntry): void;
  /** Looks into the outbox. */
  wake(): void;
  /** Begins nothing more, and resolves when nothing is under way. */
  stop(): Promise<void>;
}

export function createEndpointQueue(webhook: string, deps: EndpointQueueDeps): EndpointQueue {
  const { clock, random, audit, outbox, isBusy } = deps;
  const ready: Message[] = [];
  const underWay = new Map<string, Promise<void>>();
  const halted = new AbortController();
  let mayBeMore = false;
  /** Until it was seen that there is none: there may be trouble from before the start. */
  let mayBeInTrouble = true;
  let isScheduled = false;
  let cancelPace: (() => void) | undefined;
  let cancelTimer: (() => void) | undefined;

  return {
    enqueue(entry) {
      if (ready.length >= READY_MAX) mayBeMore = true;
      const notification = mayBeMore ? undefined : notificationOf(entry, webhook);
      if (notification) ready.push({ ...notification, attempts: 0 });
      schedule();
    },
    wake,
    async stop() {
      halted.abort();
      cancelTimer?.();
      cancelPace?.();
      await Promise.all(underWay.values());
    },
  };

  function wake(): void {
    mayBeMore = true;
    schedule();
  }

  /** Not at once: whoever offers a message may be about to answer a trigger. */
  function schedule(): void {
    if (isScheduled || cancelPace) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      pump();
    });
  }

  function pump(): void {
    try {
      while (!halted.signal.aborted && !cancelPace && underWay.size < CONCURRENCY) {
        const message = ready.shift() ?? refill();
        if (!message) return;
        const sending = send(message)
          .catch(() => wakeAfter(REST_MS))
          .finally(() => {
            underWay.delete(message.id);
            pump();
          });
        underWay.set(message.id, sending);
        if (isBusy()) pace();
      }
    } catch {
      wakeAfter(REST_MS);
    }
  }

  function pace(): void {
    cancelPace = clock.after(BUSY_SPACING_MS, () => {
      cancelPace = undefined;
      pump();
    });
  }

  /** The next message from disk, and a timer for the first that falls due later. */
  function refill(): Message | undefined {
    if (!mayBeMore) return undefined;
    const now = clock.now();
    // For a webhook that is gone there is nothing to wait for: all its messages die now.
    const until = isGone() ? Number.MAX_SAFE_INTEGER : now;
    const limit = READY_MAX + underWay.size;
    const due = outbox.due(webhook, until, limit);
    const next = outbox.nextDueAfter(webhook, now);
    // Those under way are still on disk.
    const waiting = due.filter(({ id }) => !underWay.has(id));
    ready.push(...waiting);
    mayBeMore = waiting.length > 0;
    if (next !== undefined) wakeAfter(next - now);
    return ready.shift();
  }

  function wakeAfter(ms: number): void {
    cancelTimer?.();
    cancelTimer = clock.after(Math.min(ms, LONGEST_TIMER_MS), wake);
  }

  function isGone(): boolean {
    return deps.target(webhook) === undefined || outbox.isStopped(webhook);
  }

  async function send(message: Message): Promise<void> {
    const target = deps.target(webhook);
    if (!target) return close(message, message.attempts, 'not_configured', 'failed');
    if (outbox.isStopped(webhook)) return close(message, message.attempts, 'gone', 'failed');
    const outcome = await postMessage(message, target, deps);
    if (outcome.end === 'cut') return;
    const attempts = message.attempts + 1;
    if (outcome.end === 'taken') {
      await close(message, attempts, null, 'delivered');
      mayBeInTrouble &&= outbox.hasFailed(webhook);
      if (!mayBeInTrouble) deps.report(webhook, null);
      return;
    }
    const { code } = outcome.failure;
    mayBeInTrouble = true;
    deps.report(webhook, outcome.failure);
    if (outcome.end === 'gone') return close(message, attempts, code, 'refused');
    const delay = webhookDelay(attempts, random);
    // A rule of ours says the same at the next try.
    if (delay === undefined || outcome.end === 'blocked') return close(message, attempts, code, 'failed');
    const dueAt = clock.now() + delay;
    await keep(() => outbox.postpone(message, attempts, dueAt, code));
    mayBeMore = true;
  }

  /** Writes the end of a message into the log, from which the outbox learns it. */
  async function close(
    { popId }: Message,
    attempts: number,
    code: string | null,
    status: 'delivered' | 'failed' | 'refused',
  ): Promise<void> {
    const end = entryOf({ kind: 'webhook', what: 'ended', popId, webhook, status, code, attempts });
    await keep(() => audit.append(end, 'written'));
    if (status === 'refused') mayBeMore = true;
  }

  /** Tries until our own disk takes it, or a fault there would have the message sent over and over. */
  async function keep(note: () => unknown): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        await note();
        return;
      } catch (error) {
        if (isFirst) deps.onFault(error);
        if (halted.signal.aborted) return;
        await delay(clock, REST_MS, halted.signal);
      }
    }
  }
}
