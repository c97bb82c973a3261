/** The triggers of the last pops, in memory alone, so that a person can send one again. */
import type { Trigger } from '../../shared/trigger.ts';

const MOST = 200;

export interface RecentTriggers {
  remember(popId: string, trigger: Trigger): void;
  /** The trigger without what made it one pop: its key, its interaction and its expiry. */
  find(popId: string): Trigger | undefined;
}

export function createRecentTriggers(): RecentTriggers {
  const triggers = new Map<string, Trigger>();
  return {
    remember(popId, trigger) {
      triggers.set(popId, trigger);
      if (triggers.size <= MOST) return;
      const [oldest] = triggers.keys();
      if (oldest !== undefined) triggers.delete(oldest);
    },
    find(popId) {
      const trigger = triggers.get(popId);
      if (!trigger) return undefined;
      const { idempotencyKey, interactionId, expiresAt, ...rest } = trigger;
      return rest;
    },
  };
}
