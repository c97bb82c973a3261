/** Sends the outbox, never in the way of a pop: a few at a time, each until it is taken or dead. */
import type { AuditEntry } from '../../shared/audit.ts';
import { type Notification, notificationsOf } from '../pipeline/notify.ts';
import { type AuditLog, type Clock, type HttpClient, HttpFailure, type Random } from '../pipeline/ports.ts';
import { noteEntry } from '../pipeline/record.ts';
import { webhookDelay } from './schedule.ts';
import { webhookHeaders } from './standard-webhooks.ts';

const CONCURRENCY = 8;
/** Messages kept in memory; the rest wait in the outbox on disk. */
const READY_MAX = 1000;
const TIMEOUT_MS = 15_000;
/** Calls under way get this long to end when the sender stops. */
const STOP_GRACE_MS = 2000;
/** After a fault of our own disk the sender rests this long, or it would send the same messages over and over. */
const REST_MS = 5000;
/** A timer that would be longer is set again when it fires; Node's own limit is 24.8 days. */
const LONGEST_TIMER_MS = 60 * 60 * 1000;

export interface WebhookTarget {
  readonly url: string;
  readonly key: Buffer;
}

interface Message extends Notification {
  readonly attempts: number;
}

/** The part of the outbox that the sender needs. */
export interface WaitingMessages {
  due(now: number, limit: number): Message[];
  nextDueAt(): number | undefined;
  postpone(message: Message, attempts: number, dueAt: number, failure: string): void;
  isStopped(webhook: string): boolean;
}

export interface WebhookSender {
  /** Takes the messages that follow from an entry of the log. */
  offer(entry: AuditEntry): void;
  /** Looks into the outbox: at the start, and when a person sends a dead letter again. */
  wake(): void;
  stop(): Promise<void>;
}

export interface WebhookSenderDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: AuditLog;
  readonly outbox: WaitingMessages;
  /** Where a webhook goes; undefined when it is no longer configured. */
  readonly target: (webhook: string) => WebhookTarget | undefined;
}

export function createWebhookSender(deps: WebhookSenderDeps): WebhookSender {
  const { http, clock, random, audit, outbox } = deps;
  const ready: Message[] = [];
  const underWay = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let mayBeMore = false;
  let isStopped = false;
  let isResting = false;
  let cancelTimer: (() => void) | undefined;

  return {
    offer(entry) {
      for (const notification of notificationsOf(entry)) {
        if (ready.length < READY_MAX && !mayBeMore) ready.push({ ...notification, attempts: 0 });
        else mayBeMore = true;
      }
      if (ready.length > 0) pump();
    },

    wake() {
      mayBeMore = true;
      pump();
    },

    async stop() {
      isStopped = true;
      cancelTimer?.();
      const cancel = clock.after(STOP_GRACE_MS, () => stopping.abort());
      await Promise.all(underWay.values());
      cancel();
    },
  };

  function pump(): void {
    while (!isStopped && !isResting && underWay.size < CONCURRENCY) {
      const message = ready.shift() ?? refill();
      if (!message) return;
      const name = nameOf(message);
      const sending = send(message)
        .catch(rest)
        .finally(() => {
          underWay.delete(name);
          pump();
        });
      underWay.set(name, sending);
    }
  }

  function rest(): void {
    isResting = true;
    clock.after(REST_MS, () => {
      isResting = false;
      mayBeMore = true;
      pump();
    });
  }

  /** The next message from disk; with none due, a timer for the first that will be. */
  function refill(): Message | undefined {
    if (!mayBeMore) return undefined;
    const now = clock.now();
    for (const message of outbox.due(now, READY_MAX)) {
      if (!underWay.has(nameOf(message))) ready.push(message);
    }
    if (ready.length > 0) return ready.shift();
    // Those under way are still on disk: look again when they have ended.
    mayBeMore = underWay.size > 0;
    if (!mayBeMore) sleepUntil(outbox.nextDueAt(), now);
    return undefined;
  }

  function sleepUntil(dueAt: number | undefined, now: number): void {
    cancelTimer?.();
    cancelTimer = undefined;
    if (dueAt === undefined) return;
    const wait = Math.min(Math.max(0, dueAt - now), LONGEST_TIMER_MS);
    cancelTimer = clock.after(wait, () => {
      mayBeMore = true;
      pump();
    });
  }

  async function send(message: Message): Promise<void> {
    const { id, webhook, payload } = message;
    const target = deps.target(webhook);
    if (!target) return giveUp(message, message.attempts, 'not_configured', 'failed');
    if (outbox.isStopped(webhook)) return giveUp(message, message.attempts, 'gone', 'failed');
    const attempts = message.attempts + 1;
    const headers = {
      'content-type': 'application/json',
      ...webhookHeaders(id, clock.now(), payload, target.key),
    };
    const request = { url: target.url, headers, body: Buffer.from(payload) };
    let failure: string;
    try {
      const { status } = await http.post(request, TIMEOUT_MS, stopping.signal);
      if (status >= 200 && status < 300) return await close(message, attempts, null, 'delivered');
      if (status === 410) return await giveUp(message, attempts, 'gone', 'refused');
      failure = `http_${status}`;
    } catch (error) {
      if (stopping.signal.aborted) return;
      failure = error instanceof HttpFailure ? error.kind : 'internal';
    }
    const delay = webhookDelay(attempts, random);
    if (delay === undefined) return giveUp(message, attempts, failure, 'failed');
    outbox.postpone(message, attempts, clock.now() + delay, failure);
    mayBeMore = true;
  }

  function giveUp(
    message: Message,
    attempts: number,
    failure: string,
    status: 'failed' | 'refused',
  ): Promise<void> {
    return close(message, attempts, failure, status);
  }

  /** Writes the end of a message into the log, from which the outbox learns it. */
  async function close(
    { popId, webhook }: Message,
    attempts: number,
    code: string | null,
    status: 'delivered' | 'failed' | 'refused',
  ): Promise<void> {
    const end = { popId, detail: webhook, attempts, code, status, success: status === 'delivered' };
    await audit.append(noteEntry('webhook', end), 'written');
  }
}

function nameOf({ id, webhook }: Notification): string {
  return `${id} ${webhook}`;
}
