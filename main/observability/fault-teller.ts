/** Faults for the program's log, whoever brings them about: each kind once a second, and how often it came. */
import type { Clock } from '../pipeline/ports.ts';
import { kindOfError, type Logger } from './logger.ts';

/** Between two lines of one event and kind, in milliseconds. */
const INTERVAL_MS = 1000;

/** Takes errors for an event: the log gets the event, the kind of the error, and how many more there were of it. */
export function faultTeller(logger: Pick<Logger, 'error'>, clock: Pick<Clock, 'after'>) {
  return (event: string) => {
    /** Those that were told within the last second, and how many came since. */
    const recent = new Map<string, number>();

    function tell(kind: string, more?: number): void {
      recent.set(kind, 0);
      clock.after(INTERVAL_MS, () => {
        const since = recent.get(kind) ?? 0;
        recent.delete(kind);
        if (since > 0) tell(kind, since);
      });
      logger.error(event, { kind, more });
    }

    return (error: unknown) => {
      const kind = kindOfError(error);
      const since = recent.get(kind);
      if (since === undefined) tell(kind);
      else recent.set(kind, since + 1);
    };
  };
}
