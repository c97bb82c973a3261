/** The check of the log once a day, on little of a core, while nothing else is to do. */
import { scheduler } from 'node:timers/promises';
import { delay } from '../../../shared/delay.ts';
import type { Clock } from '../../pipeline/ports.ts';

const DAY_MS = 86_400_000;
/** How often it is looked whether a check is due, in milliseconds. */
const LOOK_MS = 60_000;
/** It works about this long at a time, in milliseconds. */
const WORK_MS = 20;
/** Then it rests this long, or longer if it has worked longer: 20 times as long, which is less than 5 % of a core. */
const REST_MS = 400;
const REST_PER_WORK = 20;

export interface DailyCheckDeps {
  readonly clock: Clock;
  /** Whether there is nothing else to do. */
  readonly isIdle: () => boolean;
  /** Whether the log can be judged at all. */
  readonly isOpen: () => boolean;
  /** When it was checked last, here or by anybody else, in epoch milliseconds; undefined: never. */
  readonly lastAt: () => number | undefined;
  /** Why it should be checked before the day is over; null when there is no reason. */
  readonly suspicion: () => string | null;
  /** Checks it, and waits for `pace` after each step; it ends when that rejects. */
  readonly check: (pace: () => Promise<void>) => Promise<unknown>;
  readonly onFault: (error: unknown) => void;
}

/** Resolves when nothing is under way any more: a check is cut off. */
export interface DailyCheck {
  stop(): Promise<void>;
}

export function startDailyCheck(deps: DailyCheckDeps): DailyCheck {
  const { clock, isIdle, lastAt } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  let examined: string | null = null;
  const running = lookOnAndOn();

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };

  async function lookOnAndOn(): Promise<void> {
    for (;;) {
      await delay(clock, LOOK_MS, signal);
      if (signal.aborted) return;
      if (deps.isOpen() && isIdle() && isDue()) await check();
    }
  }

  /** A last time that is yet to come is of a clock that was wrong. */
  function isDue(): boolean {
    const suspicion = deps.suspicion();
    if (suspicion !== null && suspicion !== examined) return true;
    const last = lastAt();
    return last === undefined || last > clock.now() || clock.now() - last >= DAY_MS;
  }

  async function check(): Promise<void> {
    const suspicion = deps.suspicion();
    try {
      await deps.check(createPace());
      examined = suspicion;
    } catch (error) {
      if (!signal.aborted) deps.onFault(error);
    }
  }

  function createPace(): () => Promise<void> {
    let since = clock.monotonic();
    return async () => {
      await scheduler.yield();
      signal.throwIfAborted();
      const worked = clock.monotonic() - since;
      if (worked < WORK_MS && isIdle()) return;
      do {
        await delay(clock, Math.max(REST_MS, worked * REST_PER_WORK), signal);
        signal.throwIfAborted();
      } while (!isIdle());
      since = clock.monotonic();
    };
  }
}
