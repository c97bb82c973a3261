/** The triggers of the last pops, in memory alone, so that a person can have one shown again. */
import type { Trigger } from '../../shared/trigger.ts';

const MOST = 200;

export interface RecentTriggers {
  /** `trigger` with the key that its pop has, whoever made it. */
  remember(popId: string, trigger: Trigger): void;
  /** The same trigger, whose key the destination may know; without its expiry, because a person wants it now. */
  toTryAgain(popId: string): Trigger | undefined;
  /** A trigger with the same context that is of no call and has no key: a person's wish. */
  toPopAsNew(popId: string): Trigger | undefined;
}

export function createRecentTriggers(): RecentTriggers {
  const ring: { popId: string; trigger: Trigger }[] = [];
  let next = 0;
  const find = (popId: string) => ring.find((one) => one.popId === popId)?.trigger;
  return {
    remember(popId, trigger) {
      ring[next] = { popId, trigger };
      next = (next + 1) % MOST;
    },
    toTryAgain(popId) {
      const { expiresAt, ...trigger } = find(popId) ?? {};
      return 'userId' in trigger ? trigger : undefined;
    },
    toPopAsNew(popId) {
      const found = find(popId);
      if (!found) return undefined;
      const { idempotencyKey, interactionId, leg, expiresAt, repeat, ...rest } = found;
      return { ...rest, phase: 'manual' };
    },
  };
}
