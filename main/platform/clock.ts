/** The machine's clock. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Clock } from '../pipeline/ports.ts';

/** Asking the system for its uptime costs more than hashing an entry; a suspend shows after this long. */
const UPTIME_FRESH_MS = 1000;

/** The system's own clocks; timers do not keep the process alive. */
export function createSystemClock(): Clock {
  let asked = { at: Number.NEGATIVE_INFINITY, uptime: 0 };
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    uptime() {
      const at = performance.now();
      if (at - asked.at > UPTIME_FRESH_MS) asked = { at, uptime: uptime() * 1000 };
      return Math.round(asked.uptime + at - asked.at);
    },
    boot: bootId(),
    after(ms, callback) {
      const timer = setTimeout(callback, ms).unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Linux names each start of the machine; elsewhere each start of poptray counts as one. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID();
  }
}
