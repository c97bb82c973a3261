/** Follows the log on the disk, behind the reply's path, and signs checkpoints: on from the furthest, and nothing over a change. */
import type { Clock } from '../../pipeline/ports.ts';
import type { ChainKey } from '../format/chain.ts';
import type { LogLock } from '../format/lock.ts';
import { type Checkpoint, type Signer, signCheckpoint } from './checkpoint.ts';
import type { CheckpointFile, Mark } from './checkpoint-file.ts';
import { createCheckpointKeeper } from './checkpoint-keychain-copy.ts';
import { createKeyStep } from './key-step.ts';
import { Inconsistent } from './line-check.ts';
import { createSignableTree } from './signable-tree.ts';

/** A checkpoint is due after so many entries, or after so many milliseconds. */
const EVERY_ENTRIES = 100;
const EVERY_MS = 5000;
/** The next one follows at this distance: under load each costs as much as a pop, so one then serves more entries. */
const SPACING_MS = 50;

export interface Checkpointer {
  /** Hears that the log is on disk up to this entry, which `key` has chained. */
  reached(seq: number, key: ChainKey): void;
  /** Holds the log against one more checkpoint of it, which came from elsewhere. */
  hold(checkpoint: Checkpoint): void;
  /** From now on nothing is signed, for this reason. */
  halt(reason: string): void;
  /** The furthest that is known; undefined without one. */
  latest(): Checkpoint | undefined;
  /** Signs for all that is on disk, and has that on disk, too, before it returns. */
  signNow(): void;
  /** Does the same for the last time, and keeps it. */
  close(): Promise<void>;
}

export interface CheckpointerOptions {
  readonly dir: string;
  readonly signer: Signer;
  readonly clock: Clock;
  /** The one that is kept. */
  readonly key: ChainKey;
  /** Without it nothing is signed or kept: what is there may be another process's by then. */
  readonly lock: Pick<LogLock, 'demand'>;
  /** The furthest beside the log; it is made with the log. */
  readonly from: Mark | undefined;
  /** All that are known, wherever they are kept; lowest first. */
  readonly known: readonly Checkpoint[];
  readonly file: CheckpointFile;
  /** Keeps a checkpoint among the secrets; see createCheckpointKeeper. */
  readonly keep: (checkpoint: Checkpoint) => Promise<void>;
  /** Whether all along, and not only the last one: where whoever changes files does not reach it. */
  readonly isKeptAllAlong: boolean;
  /** Hears which key the log has come to: those before it are needed no more. */
  readonly onCovered: (key: ChainKey) => void;
  /** Hears, once, why nothing is signed any more. */
  readonly onInconsistent: (reason: string) => void;
  readonly onFault: (error: unknown) => void;
}

export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { signer, clock, key: kept, lock, from, known, file, onFault } = options;
  const tree = from && createSignableTree(options.dir, from, known, kept);
  let latest = known.at(-1);
  const step = createKeyStep({ kept, lock, file, onCovered: options.onCovered });
  const keeper = latest && createCheckpointKeeper(latest, options.keep, clock, onFault);
  let durable = tree?.size() ?? 0;
  /** How many entries the log must have for what came from elsewhere, and whether it has said how many it has. */
  let demanded = 0;
  let isHeard = false;
  let work: Generator<void> | undefined;
  let isRunning = false;
  let isSoon = false;
  let ranAt = Number.NEGATIVE_INFINITY;
  let isOver = false;
  let cancelTimer: (() => void) | undefined;
  if (!tree) setImmediate(() => halt('the checkpoint that was kept beside the log is gone'));

  return {
    reached(seq, key) {
      durable = Math.max(durable, seq);
      isHeard = true;
      checkDemanded();
      step.reached(seq, key);
      if (isOver) attempt(step.take);
      else schedule();
    },
    hold(checkpoint) {
      if (isOver || !tree) return;
      tree.owe(checkpoint);
      demanded = Math.max(demanded, checkpoint.count);
      checkDemanded();
      if (isRunning) return;
      cancelTimer?.();
      isRunning = true;
      setImmediate(run);
    },
    halt,
    latest: () => latest,
    signNow,
    async close() {
      signNow();
      end();
      attempt(() => {
        lock.demand();
        file.close();
      });
      if (latest) keeper?.offer(latest);
      await keeper?.close();
    },
  };

  function signNow(): void {
    if (isOver) return;
    work?.return(undefined);
    work = undefined;
    attempt(() => {
      const rest = tree?.grow(durable);
      while (rest?.next().done === false);
      mark();
      file.sync();
    });
  }

  function end(): void {
    isOver = true;
    cancelTimer?.();
  }

  function halt(reason: string): void {
    if (isOver) return;
    end();
    attempt(step.take);
    options.onInconsistent(reason);
  }

  /** What was signed was on disk before: a log that ends before that is not as it was. */
  function checkDemanded(): void {
    if (isHeard && demanded > durable)
      halt(`a receiver has a checkpoint of ${demanded} entries, and the log has ${durable}`);
  }

  function attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof Inconsistent) halt(error.message);
      else onFault(error);
    }
  }

  function schedule(): void {
    if (!tree) return;
    const due = durable - tree.size();
    if (isRunning || due <= 0) return;
    if (due < EVERY_ENTRIES) {
      cancelTimer ??= clock.after(EVERY_MS, run);
      return;
    }
    if (isSoon) return;
    cancelTimer?.();
    const wait = ranAt + SPACING_MS - clock.monotonic();
    if (wait > 0) {
      isSoon = true;
      cancelTimer = clock.after(wait, run);
    } else {
      isRunning = true;
      setImmediate(run);
    }
  }

  function run(): void {
    if (isOver || !tree) return;
    cancelTimer = undefined;
    isSoon = false;
    isRunning = true;
    ranAt = clock.monotonic();
    let isPaused = false;
    attempt(() => {
      work ??= tree.grow(durable);
      isPaused = work.next().done === false;
      if (!isPaused) mark();
    });
    if (isPaused) {
      setImmediate(run);
      return;
    }
    work = undefined;
    isRunning = false;
    // Entries that are out of sight are known to be missing once a new segment continues them.
    if (tree.size() < durable && !isOver) cancelTimer ??= clock.after(EVERY_MS, run);
  }

  function mark(): void {
    lock.demand();
    const now = tree?.signable();
    if (!now || now.tree.size === latest?.count) return;
    latest = signCheckpoint({ count: now.tree.size, root: now.tree.root(), mac: now.mac }, signer);
    file.write({ checkpoint: latest, tree: now.tree });
    if (options.isKeptAllAlong) keeper?.offer(latest);
    step.signed(latest.count);
  }
}
