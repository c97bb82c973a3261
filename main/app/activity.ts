/** Whether pops press: what can wait, such as webhooks and the rebuilding of the history, then makes room for them. */
import type { Clock } from '../pipeline/ports.ts';

/** They press until there has been no trigger for this long, in milliseconds. */
const QUIET_MS = 10;
/** What takes its time waits until there has been no trigger for this long, in milliseconds. */
const IDLE_MS = 5000;

export interface Activity {
  /** Takes note of a trigger; when it came, on the monotonic clock. */
  note(receivedAt: number): void;
  isOn(): boolean;
  /** Whether there has been no trigger for some seconds. */
  isIdle(): boolean;
}

export function createActivity(clock: Pick<Clock, 'monotonic'>): Activity {
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    note(receivedAt) {
      lastAt = receivedAt;
    },
    isOn: () => clock.monotonic() - lastAt < QUIET_MS,
    isIdle: () => clock.monotonic() - lastAt >= IDLE_MS,
  };
}
