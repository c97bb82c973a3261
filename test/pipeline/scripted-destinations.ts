/** Destinations that do as they are told, and note what was sent to them. */
import type { AttemptResult, Destination, Outlet } from '../../main/pipeline/ports.ts';
import { delay } from '../../shared/delay.ts';
import type { FakeClock } from '../support/fake-clock.ts';

/** What becomes of a pop there: whatever is tried again ends the same way. */
export type Fate = 'shown' | 'behind' | 'unseen' | 'refused' | 'unreachable' | 'lost' | 'limited' | 'never';

export interface Scripted {
  readonly outlet: Outlet;
  /** The keys of the attempts, in order. */
  readonly keys: string[];
  /** When each was made, on the monotonic clock. */
  readonly at: number[];
  /** The next pops all end like this. */
  only(fate: Fate): void;
  /** The next pops end like this, one each, after so many milliseconds; then it shows them at once. */
  next(...fates: (Fate | readonly [Fate, number])[]): void;
}

const RESULTS: Record<Exclude<Fate, 'never'>, AttemptResult> = {
  shown: { kind: 'delivered', windowFocused: true, duplicate: false, correlationId: 'id' },
  behind: { kind: 'delivered', windowFocused: false, duplicate: false },
  unseen: { kind: 'delivered', windowFocused: null, duplicate: false },
  refused: { kind: 'refused', code: 'upstream_rejected' },
  unreachable: { kind: 'retry', code: 'upstream_unavailable', baseMs: 10 },
  limited: { kind: 'retry', code: 'upstream_rate_limited', baseMs: 1000, retryAfterMs: 10_000 },
  lost: { kind: 'retry', code: 'upstream_failed', baseMs: 10, arrival: 'unknown' },
};

export function createScripted(
  clock: FakeClock,
  id: string,
  { keepsKeys = true, required = true }: { keepsKeys?: boolean; required?: boolean } = {},
): Scripted {
  const keys: string[] = [];
  const at: number[] = [];
  const fates: (readonly [Fate, number])[] = [];
  let usual: Fate = 'shown';
  const destination: Destination = {
    kind: 'scripted',
    description: id,
    keepsKeys,
    repeats: false,
    prepare({ idempotencyKey }) {
      const [fate, afterMs] = fates.shift() ?? [usual, 0];
      return {
        endpoint: `https://${id}.test/pops`,
        preview: () => ({ method: 'POST', url: '', headers: {}, body: '' }),
        async attempt(timing) {
          const timeoutMs = timing.beginCall();
          if (timeoutMs === undefined) return { kind: 'again' };
          keys.push(idempotencyKey);
          at.push(clock.monotonic());
          await delay(clock, Math.min(afterMs, timeoutMs));
          if (fate === 'never' || afterMs > timeoutMs) {
            await delay(clock, timeoutMs);
            return { ...RESULTS.lost, code: 'upstream_timeout' } as AttemptResult;
          }
          return RESULTS[fate];
        },
      };
    },
    check: async () => ({ ok: true, detail: '' }),
  };
  return {
    outlet: { id, required, destination },
    keys,
    at,
    only(fate) {
      usual = fate;
    },
    next: (...more) =>
      fates.push(...more.map((one) => (typeof one === 'string' ? ([one, 0] as const) : one))),
  };
}
