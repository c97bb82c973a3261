/** The end of a Windows session: told to windows alone, without `before-quit`, and a kill right after. */
import type { BaseWindow } from 'electron';
import type { Clock } from '../pipeline/ports.ts';

/** A session that has not ended by then has been kept by its user, in milliseconds. */
const CALLED_OFF_MS = 60_000;

export interface SessionEndDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** There is a moment left, while Windows asks the other programs: stops in order. */
  readonly ending: () => void;
  /** There is none left: does what can be done at once. */
  readonly ended: () => void;
  /** The user has thought better of it, and poptray has stopped. */
  readonly calledOff: () => void;
}

/** `window` is never shown: it is there to be told, also when poptray is in the tray alone. */
export function watchSessionEnd(window: Pick<BaseWindow, 'on'>, deps: SessionEndDeps): void {
  let cancel: (() => void) | undefined;
  // Not prevented: poptray is nothing to hold a logoff up for.
  window.on('query-session-end', () => {
    deps.ending();
    cancel ??= deps.clock.after(CALLED_OFF_MS, deps.calledOff);
  });
  window.on('session-end', () => {
    cancel?.();
    deps.ended();
  });
}
