/** Lets so many through in a while and counts those that it did not. */
import type { Clock } from '../pipeline/ports.ts';

export interface BurstGate {
  /** How many were held back before this one; undefined when this one is. */
  pass(): number | undefined;
}

/** At most `count` in any `windowMs`. */
export function createBurstGate(clock: Clock, count: number, windowMs: number): BurstGate {
  let passed: number[] = [];
  let heldBack = 0;
  return {
    pass() {
      // The uptime, not the wall clock: it goes on during a suspend and nobody sets it.
      const now = clock.uptime();
      passed = passed.filter((at) => now - at < windowMs);
      if (passed.length >= count) {
        heldBack += 1;
        return undefined;
      }
      passed.push(now);
      const before = heldBack;
      heldBack = 0;
      return before;
    },
  };
}
