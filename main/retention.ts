/** When the log is looked through for what is older than the settings want to keep. */
import type { Clock } from './pipeline/ports.ts';

const DAY_MS = 86_400_000;
/** After a start, and after the setting was changed: a person may change their mind. */
const FIRST_MS = 60_000;
const EVERY_MS = 6 * 60 * 60 * 1000;

export interface Retention {
  /** Keeps entries for so many days; 0 keeps all. */
  keep(days: number): void;
  /** Resolves when nothing is being removed. */
  stop(): Promise<void>;
}

/** `removeOld` takes a time in epoch milliseconds; what it rejects with, `onFault` hears. */
export function createRetention(
  removeOld: (before: number) => Promise<unknown>,
  clock: Clock,
  onFault: (error: unknown) => void,
): Retention {
  let cancel: (() => void) | undefined;
  let running: Promise<unknown> = Promise.resolve();

  function look(days: number): void {
    running = running.then(() => removeOld(clock.now() - days * DAY_MS)).catch(onFault);
    cancel = clock.after(EVERY_MS, () => look(days));
  }

  return {
    keep(days) {
      cancel?.();
      cancel = days === 0 ? undefined : clock.after(FIRST_MS, () => look(days));
    },
    async stop() {
      cancel?.();
      await running;
    },
  };
}
