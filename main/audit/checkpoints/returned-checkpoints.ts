/** Checkpoints that the receivers of webhooks send back: what they hold binds the log from outside of this machine's reach. */

import type { Clock } from '../../pipeline/ports.ts';
import { keepLatest } from '../../platform/keep-latest.ts';
import { type Checkpoint, openCheckpoint, type Verifier } from './checkpoint.ts';
import type { Checkpointer } from './checkpointer.ts';

/** In base64 one has less than 500 characters; nothing longer than this is looked at. */
const MAX_LENGTH = 1024;
/** So many that went out are known again without a look at the log. */
const REMEMBERED = 256;
/** An older one costs the reading of a segment, so at most one is looked for in so many milliseconds. */
const SPACING_MS = 60_000;

export interface ReturnedCheckpoints {
  /** The furthest, a signed note, for receivers to keep; undefined without one. */
  handOut(): string | undefined;
  /** Holds the log against the checkpoint that comes in base64; false when it is none of this log. */
  take(returned: unknown): boolean;
  /** Hears that nothing is signed any more: the checkpoint that may have told why is kept. */
  settle(): void;
  /** Resolves once what is to be kept is kept, or could not be. */
  idle(): Promise<void>;
}

export interface ReturnedCheckpointsOptions {
  readonly verifier: Verifier;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly checkpointer: Pick<Checkpointer, 'latest' | 'hold'>;
  /** Keeps one that the log has not shown to fit, so that it counts after the next start too. */
  readonly keep: (checkpoint: Checkpoint) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

export function createReturnedCheckpoints(options: ReturnedCheckpointsOptions): ReturnedCheckpoints {
  const { verifier, clock, checkpointer, keep, onFault } = options;
  const known = new Set<string>();
  /** The one that the log was held against last. */
  let held: Checkpoint | undefined;
  let isSettled = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let keeping: Promise<void> = Promise.resolve();

  function remember(note: string): void {
    known.delete(note);
    known.add(note);
    keepLatest(known, REMEMBERED);
  }

  function keepHeld(): void {
    const checkpoint = held;
    if (checkpoint) keeping = keeping.then(() => keep(checkpoint)).catch(onFault);
  }

  return {
    handOut() {
      const note = checkpointer.latest()?.note;
      if (note !== undefined) remember(note);
      return note;
    },

    take(returned) {
      if (typeof returned !== 'string' || returned.length > MAX_LENGTH) return false;
      const note = Buffer.from(returned, 'base64').toString();
      if (known.has(note)) return true;
      const checkpoint = openCheckpoint(note, verifier);
      if (!checkpoint) return false;
      const isFurther = checkpoint.count > (checkpointer.latest()?.count ?? 0);
      const now = clock.monotonic();
      if (isSettled || (!isFurther && now - lookedAt < SPACING_MS)) return true;
      if (!isFurther) lookedAt = now;
      remember(note);
      held = checkpoint;
      // A stop may come before the log has shown whether it fits.
      if (isFurther) keepHeld();
      checkpointer.hold(checkpoint);
      return true;
    },

    settle() {
      isSettled = true;
      keepHeld();
    },

    idle: () => keeping,
  };
}
