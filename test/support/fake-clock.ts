/** A clock that a test moves by hand. */
import type { Clock } from '../../main/pipeline/ports.ts';

export interface FakeClock extends Clock {
  /** Moves all clocks on and runs what falls due, in order. */
  advance(ms: number): Promise<void>;
  /** Lets the wall clock jump; the others do not notice. */
  jump(ms: number): void;
  /** The machine sleeps: wall clock and uptime go on, the monotonic clock and timers do not. */
  suspend(ms: number): void;
  /** What has not fired: milliseconds from now, soonest first. */
  pending(): number[];
}

export function createFakeClock(start = Date.parse('2026-11-23T12:00:00Z')): FakeClock {
  let wall = start;
  let elapsed = 1_000_000;
  let slept = 0;
  const timers = new Set<{ at: number; callback: () => void }>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    boot: 'test-boot',
    now: () => wall,
    monotonic: () => elapsed,
    uptime: () => elapsed + slept,
    after(ms, callback) {
      const timer = { at: elapsed + Math.max(0, ms), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const until = elapsed + ms;
      for (;;) {
        await settle();
        const next = [...timers].sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > until) break;
        wall += next.at - elapsed;
        elapsed = next.at;
        timers.delete(next);
        next.callback();
      }
      wall += until - elapsed;
      elapsed = until;
      await settle();
    },
    jump(ms) {
      wall += ms;
    },
    suspend(ms) {
      wall += ms;
      slept += ms;
    },
    pending: () => [...timers].map(({ at }) => at - elapsed).sort((a, b) => a - b),
  };
}
