/** Tries again to open what a locked keychain keeps shut, so that nobody has to start poptray anew. */
import type { Clock } from '../pipeline/ports.ts';

/** Between two tries, in milliseconds. */
const EVERY_MS = 60_000;
const LONGEST_MS = 60 * EVERY_MS;
/** A try that took longer, in milliseconds, has shown somebody a dialog; one that did not may come again so soon. */
const DIALOG_MS = 1000;

export interface UnlockRetry {
  /** Tries now, unless a try is under way, or a dialog was turned down within the last minute. */
  tryNow(): void;
  stop(): void;
}

/**
 * Calls `attempt` now, and again until it resolves with true: every minute, but after a dialog that was turned down each
 * time twice as late, so that nobody is pestered. One that stands open is waited for, however long; the signal tells
 * that it is too late for anything but to end.
 */
export function createUnlockRetry(
  clock: Pick<Clock, 'after' | 'monotonic'>,
  attempt: (stopped: AbortSignal) => Promise<boolean>,
): UnlockRetry {
  const over = new AbortController();
  let isTrying = false;
  let mayTryAt = 0;
  let waitMs = EVERY_MS;
  let cancel = () => {};

  async function tryIt(): Promise<void> {
    if (isTrying || over.signal.aborted) return;
    cancel();
    isTrying = true;
    const began = clock.monotonic();
    if (await attempt(over.signal).catch(() => false)) over.abort();
    isTrying = false;
    if (over.signal.aborted) return;
    const ended = clock.monotonic();
    const hadDialog = ended - began > DIALOG_MS;
    mayTryAt = ended + (hadDialog ? EVERY_MS : DIALOG_MS);
    cancel = clock.after(waitMs, tryIt);
    if (hadDialog) waitMs = Math.min(2 * waitMs, LONGEST_MS);
  }

  void tryIt();
  return {
    tryNow() {
      if (clock.monotonic() >= mayTryAt) void tryIt();
    },
    stop() {
      over.abort();
      cancel();
    },
  };
}
