/** The machine's clock. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Clock } from '../pipeline/ports.ts';

/** The system's own clocks; timers do not keep the process alive. */
export function createSystemClock(): Clock {
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    // Microseconds are noise in a log.
    uptime: () => Math.round(uptime() * 1000),
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
