/** The off switch: while it is on, pops are suppressed and callers are told so. */
import type { Clock } from './ports.ts';

export type PausedUntil = number | 'until-resumed' | null;

export interface Pause {
  /** Epoch milliseconds; null when pops are shown. */
  until(): PausedUntil;
  /** For that many minutes, or until it is called with null. */
  set(minutes: number | 'until-resumed' | null): void;
}

/** `onChange` hears when it begins and ends, also by itself. */
export function createPause(clock: Clock, onChange: () => void): Pause {
  let until: PausedUntil = null;
  let cancel: (() => void) | undefined;

  function change(to: PausedUntil): void {
    until = to;
    onChange();
  }

  return {
    // Also by the wall clock: the timer stands still while the machine sleeps.
    until: () => (typeof until === 'number' && until <= clock.now() ? null : until),
    set(minutes) {
      cancel?.();
      cancel = undefined;
      if (typeof minutes !== 'number') {
        change(minutes);
        return;
      }
      const ms = minutes * 60_000;
      cancel = clock.after(ms, () => change(null));
      change(clock.now() + ms);
    },
  };
}
