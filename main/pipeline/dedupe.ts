/** Two pops for one interaction, user and application inside the window are one pop. */
import { ageOf } from './idempotency.ts';
import type { Clock, History } from './ports.ts';

export interface Dedupe {
  /** False when the interaction popped less than `windowMs` ago; otherwise this pop begins its window now. */
  claim(interaction: string, popId: string | null, windowMs: number): boolean;
  /** Ends the window of a pop that was not shown, unless another pop has begun one since. */
  release(interaction: string, popId: string | null): void;
}

interface Window {
  readonly interaction: string;
  readonly popId: string | null;
  /** On the monotonic clock. */
  readonly at: number;
}

/** Remembers what popped within `windowMs` before this start; while that is being loaded, nothing can be claimed. */
export function createDedupe(deps: { history: History; clock: Clock }, windowMs: number): Dedupe {
  const { history, clock } = deps;
  let remembered = history.loading ? undefined : windowsBefore(deps, windowMs);

  return {
    claim(interaction, popId, window) {
      const now = clock.monotonic();
      remembered ??= windowsBefore(deps, windowMs);
      const windows = remembered;
      const earlier = windows.get(interaction);
      if (earlier && now - earlier.at < window) return false;
      // Oldest first, because a Map keeps its insertion order.
      for (const [other, { at }] of windows) {
        if (now - at < window) break;
        windows.delete(other);
      }
      windows.set(interaction, { interaction, popId, at: now });
      return true;
    },
    release(interaction, popId) {
      if (remembered?.get(interaction)?.popId === popId) remembered.delete(interaction);
    },
  };
}

function windowsBefore(deps: { history: History; clock: Clock }, windowMs: number): Map<string, Window> {
  const { history, clock } = deps;
  const popped: Window[] = [];
  for (const entry of history.resultsWithin(windowMs)) {
    const { status, interaction, popId, latencyMs } = entry;
    if (status !== 'delivered' || interaction === null) continue;
    const at = clock.monotonic() - ageOf(entry, clock) - (latencyMs ?? 0);
    popped.push({ interaction, popId, at });
  }
  // Results come in the order in which pops ended, windows in that in which they began.
  return new Map(popped.sort((a, b) => a.at - b.at).map((one) => [one.interaction, one]));
}
