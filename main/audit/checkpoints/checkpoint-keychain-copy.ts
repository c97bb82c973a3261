/** Keeps the latest checkpoint where whoever changes files does not reach: in the keychain. */
import type { Clock } from '../../pipeline/ports.ts';
import type { Checkpoint } from './checkpoint.ts';

/** How often, at most, in milliseconds. */
const EVERY_MS = 5000;

export interface CheckpointKeeper {
  /** Keeps this one, or a later one, in some seconds. */
  offer(checkpoint: Checkpoint): void;
  /** Resolves once the latest is kept, or could not be. */
  close(): Promise<void>;
}

/** `kept` need not be kept again. */
export function createCheckpointKeeper(
  kept: Checkpoint,
  keep: (checkpoint: Checkpoint) => Promise<void>,
  clock: Clock,
  onFault: (error: unknown) => void,
): CheckpointKeeper {
  let latest = kept;
  let last = kept;
  let hasFailed = false;
  let cancelTimer: (() => void) | undefined;
  let keeping: Promise<void> | undefined;

  return {
    offer(checkpoint) {
      latest = checkpoint;
      keepSoon();
    },
    async close() {
      await keeping;
      cancelTimer?.();
      await keepNow();
    },
  };

  function keepSoon(): void {
    if (keeping || hasFailed || last === latest) return;
    cancelTimer ??= clock.after(EVERY_MS, () => {
      cancelTimer = undefined;
      keeping = keepNow().finally(() => {
        keeping = undefined;
        keepSoon();
      });
    });
  }

  async function keepNow(): Promise<void> {
    if (hasFailed || last === latest) return;
    const checkpoint = latest;
    try {
      await keep(checkpoint);
      last = checkpoint;
    } catch (error) {
      // A keychain that was locked asks a person to open it: once is enough, until the next start.
      hasFailed = true;
      onFault(error);
    }
  }
}
