/** Whether the wall clock is right: by what servers say whom TLS vouches for, or by the system's word that it is synchronised. */
import { sayClockOff } from '../../shared/clock-off.ts';
import { parseHttpDate } from '../../shared/http-date.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { SystemTime } from './system-time.ts';

/** A clock may be off by so much, in milliseconds, and still be right. */
const TOLERANCE_MS = 86_400_000;
/** To hear one server is as good as to hear all; milliseconds. */
const HEAR_EVERY_MS = 60_000;

/** The wall clock beside the time of somebody who knows it. */
interface MeasuredClock {
  /** Milliseconds; below 0 it is behind. */
  readonly aheadMs: number;
  /** For people: `of what servers say`. */
  readonly than: string;
}

export interface ClockCheck {
  /** Takes the header `Date` of a reply that came over TLS. */
  hear(date: unknown): void;
  /** Undefined: nobody has told the right time. */
  measure(): Promise<MeasuredClock | undefined>;
  /** Why the clock cannot be believed, for people; null when it can. */
  doubt(): Promise<string | null>;
}

/** `askSystem` says what the system holds for the time, where it is synchronised. */
export function createClockCheck(clock: Clock, askSystem: () => Promise<SystemTime | undefined>): ClockCheck {
  let heard: { readonly time: number; readonly uptime: number } | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;

  return {
    hear(date) {
      const now = clock.monotonic();
      if (now - heardAt < HEAR_EVERY_MS || typeof date !== 'string') return;
      const time = parseHttpDate(date);
      if (time === undefined) return;
      heardAt = now;
      heard = { time, uptime: clock.uptime() };
    },
    measure,
    async doubt() {
      const measured = await measure();
      if (!measured)
        return 'nobody has checked the clock: no server has replied over TLS since the start, and the system does not say that it is synchronised';
      const { aheadMs, than } = measured;
      return Math.abs(aheadMs) <= TOLERANCE_MS ? null : `the clock is ${sayClockOff(aheadMs)} ${than}`;
    },
  };

  async function measure(): Promise<MeasuredClock | undefined> {
    if (heard)
      return {
        aheadMs: clock.now() - (heard.time + clock.uptime() - heard.uptime),
        than: 'what servers say',
      };
    const system = await askSystem();
    return system && { aheadMs: clock.now() - system.time, than: 'the system’s synchronised time' };
  }
}
