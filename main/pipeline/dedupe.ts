/** Two pops for one interaction, user and application inside the window are one pop. */
import { ageOf } from './idempotency.ts';
import type { Clock, History } from './ports.ts';

export interface Dedupe {
  /** False when the interaction popped less than `windowMs` ago; otherwise it begins its window now. */
  claim(interaction: string, windowMs: number): boolean;
  /** Ends the window of a pop that was not shown. */
  release(interaction: string): void;
}

/** Remembers what popped within `windowMs` before this start. */
export function createDedupe(deps: { history: History; clock: Clock }, windowMs: number): Dedupe {
  const { history, clock } = deps;
  const startedAt = new Map<string, number>();
  for (const entry of history.resultsWithin(windowMs)) {
    if (entry.status !== 'delivered' || entry.interaction === null) continue;
    const began = ageOf(entry, clock) + (entry.latencyMs ?? 0);
    startedAt.set(entry.interaction, clock.monotonic() - began);
  }

  return {
    claim(interaction, window) {
      const now = clock.monotonic();
      // Oldest first, because a Map keeps its insertion order.
      for (const [other, started] of startedAt) {
        if (now - started < window) break;
        startedAt.delete(other);
      }
      if (startedAt.has(interaction)) return false;
      startedAt.set(interaction, now);
      return true;
    },
    release(interaction) {
      startedAt.delete(interaction);
    },
  };
}
