/** When the log is looked through for what is older than the settings want to keep. */

import { plural } from '../../../shared/plural.ts';
import type { Why } from '../../../shared/trouble.ts';
import type { Clock } from '../../pipeline/ports.ts';
import type { ClockCheck } from '../../platform/clock-check.ts';
import { listSegments } from '../format/segments.ts';
import type { Present } from './age.ts';
import { countOldSegments } from './old-segments.ts';

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

/** `removeOld` takes an age in milliseconds; what it rejects with, `onFault` hears. */
export function createRetention(
  removeOld: (keepMs: number) => Promise<unknown>,
  clock: Clock,
  onFault: (error: unknown) => void,
): Retention {
  let cancel: (() => void) | undefined;
  let running: Promise<unknown> = Promise.resolve();

  function look(days: number): void {
    running = running.then(() => removeOld(days * DAY_MS)).catch(onFault);
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

export interface RemovalDeps {
  readonly auditLog: {
    readonly dir: string;
    /** Removes what is at least `keepMs` old, and before entry `firstNeeded`; resolves with how many entries. */
    removeOld(keepMs: number, present: Present, firstNeeded: number): Promise<number>;
  };
  readonly clock: Clock;
  readonly clockCheck: ClockCheck;
  /** The first entry that somebody still has to read. */
  readonly firstNeeded: () => number;
  /** Hears why what seems old is kept, and null when nothing is. */
  readonly report: (why: Why | null) => void;
}

/** Removes what is old for certain; what only a clock that nobody has checked calls old waits, and that is told. */
export function createRemoval(deps: RemovalDeps) {
  const { auditLog, clock, clockCheck, firstNeeded, report } = deps;
  return async (keepMs: number): Promise<void> => {
    const doubt = await clockCheck.doubt();
    const now = { at: clock.now(), boot: clock.boot, uptimeMs: clock.uptime() };
    await auditLog.removeOld(keepMs, { ...now, isChecked: doubt === null }, firstNeeded());
    report(doubt === null ? null : waiting(keepMs, { ...now, isChecked: true }, doubt));
  };

  function waiting(keepMs: number, ifRight: Present, doubt: string): Why | null {
    const segments = countOldSegments(auditLog.dir, listSegments(auditLog.dir), keepMs, ifRight);
    if (segments === 0) return null;
    return {
      code: 'clock_doubted',
      why: `${plural(segments, 'file')} of the log seem old and are kept: ${doubt}. Set the clock right; what is old is then removed within six hours`,
    };
  }
}
