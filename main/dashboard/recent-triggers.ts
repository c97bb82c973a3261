/** The triggers of the last pops, in memory alone, so that a person can send one again. */
import type { Trigger } from '../../shared/trigger.ts';

const MOST = 200;

export interface RecentTriggers {
  remember(popId: string, trigger: Trigger): void;
  /** The trigger without what made it one pop: its key, its interaction and its expiry. */
  find(popId: string): Trigger | undefined;
}

export function createRecentTriggers(): RecentTriggers {
  const ring: { popId: string; trigger: Trigger }[] = [];
  let next = 0;
  return {
    remember(popId, trigger) {
      ring[next] = { popId, trigger };
      next = (next + 1) % MOST;
    },
    find(popId) {
      const found = ring.find((one) => one.popId === popId);
      if (!found) return undefined;
      const { idempotencyKey, interactionId, expiresAt, ...rest } = found.trigger;
      return rest;
    },
  };
}
