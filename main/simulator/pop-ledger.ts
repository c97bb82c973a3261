/** The pops that the simulator has shown: by key for 24 hours, and the last ones for people and tests. */
import type { Screenpop } from './screenpop-request.ts';

const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** About a hundred bytes each; under heavy use the oldest keys end before their 24 hours. */
const MAX_KEYS = 100_000;
const MAX_RECEIVED = 100;

/** The reply to a screen pop, as it stays for repeats. */
export interface PopReply {
  readonly id: string;
  readonly status: 'delivered';
  /** null: nobody said. */
  readonly windowFocused: boolean | null;
  /** Milliseconds. */
  readonly deliveryTimeMs: number;
}

export interface ReceivedPop {
  readonly userId: string;
  readonly applicationId: string;
  readonly idempotencyKey: string;
  /** Epoch milliseconds. */
  readonly time: number;
  /** null: nobody said. */
  readonly windowFocused: boolean | null;
  /** The body of the call, with the context in `uri`: customer data, never to be logged. */
  readonly body: Screenpop;
}

export interface PopLedger {
  /** The reply that this key got within the last 24 hours. */
  find(key: string): PopReply | undefined;
  record(userId: string, body: Screenpop, reply: PopReply): void;
  /** The last 100, oldest first. */
  received(): ReceivedPop[];
  /** All pops ever shown. */
  shown(): number;
}

export function createPopLedger(clock: { now(): number }): PopLedger {
  const replies = new Map<string, { reply: PopReply; at: number }>();
  const received: ReceivedPop[] = [];
  let shown = 0;
  const isOver = (at: number) => clock.now() - at >= KEY_LIFETIME_MS;

  return {
    find(key) {
      const known = replies.get(key);
      return known && !isOver(known.at) ? known.reply : undefined;
    },

    record(userId, body, reply) {
      const { applicationId, idempotencyKey } = body;
      const time = clock.now();
      for (const [key, { at }] of replies) {
        if (!isOver(at) && replies.size < MAX_KEYS) break;
        replies.delete(key);
      }
      replies.set(idempotencyKey, { reply, at: time });
      const { windowFocused } = reply;
      received.push({ userId, applicationId, idempotencyKey, time, windowFocused, body });
      if (received.length > MAX_RECEIVED) received.shift();
      shown += 1;
    },

    received: () => [...received],
    shown: () => shown,
  };
}
