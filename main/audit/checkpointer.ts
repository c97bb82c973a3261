/** Follows the log on the disk, behind the reply's path: hashes its lines into the tree and signs checkpoints. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../pipeline/ports.ts';
import { parseLine } from './chain.ts';
import { type Checkpoint, type Signer, signCheckpoint } from './checkpoint.ts';
import type { CheckpointFile, Mark } from './checkpoint-file.ts';
import { createCheckpointKeeper } from './checkpoint-keeper.ts';
import { writeLeaves } from './leaves.ts';
import { createTree, leafHash, MISSING } from './merkle.ts';
import { firstSeqOf, isFinished, type LogLine, listSegments, readLines } from './segments.ts';

/** A checkpoint is due after so many entries, or after so many milliseconds. */
const EVERY_ENTRIES = 100;
const EVERY_MS = 5000;
/** The next one follows at this distance: under load each costs as much as a pop, so one then serves more entries. */
const SPACING_MS = 50;
/** Pops get to run after this many entries. */
const SLICE = 100;

export interface Checkpointer {
  /** Hears that the log is on disk up to this entry. */
  reached(seq: number): void;
  latest(): Checkpoint;
  /** Signs for all that is on disk. */
  close(): Promise<void>;
}

export interface CheckpointerOptions {
  readonly dir: string;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly from: Mark;
  readonly file: CheckpointFile;
  /** Keeps a checkpoint where whoever changes files does not reach; see createCheckpointKeeper. */
  readonly keep?: ((checkpoint: Checkpoint) => Promise<void>) | undefined;
  readonly onFault: (error: unknown) => void;
}

/** Goes on from `from`. */
export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { dir, signer, clock, from, file, keep, onFault } = options;
  const tree = createTree(from.tree);
  let { checkpoint: latest, segment, offset } = from;
  let { mac } = latest;
  const keeper = keep && createCheckpointKeeper(latest, keep, clock, onFault);
  let durable = tree.size;
  let work: Generator<void> | undefined;
  let isRunning = false;
  let isSoon = false;
  let ranAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let cancelTimer: (() => void) | undefined;

  return {
    reached(seq) {
      durable = Math.max(durable, seq);
      schedule();
    },
    latest: () => latest,
    async close() {
      cancelTimer?.();
      isClosed = true;
      work?.return(undefined);
      try {
        work = catchUp();
        while (!work.next().done);
        mark();
        file.close();
      } catch (error) {
        onFault(error);
      }
      await keeper?.close();
    },
  };

  function schedule(): void {
    const due = durable - tree.size;
    if (isRunning || isClosed || due <= 0) return;
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
    if (isClosed) return;
    cancelTimer = undefined;
    isSoon = false;
    isRunning = true;
    ranAt = clock.monotonic();
    try {
      work ??= catchUp();
      if (!work.next().done) {
        setImmediate(run);
        return;
      }
      mark();
    } catch (error) {
      onFault(error);
    }
    work = undefined;
    isRunning = false;
    // Entries that vanished are known to be missing once a new segment continues them.
    if (tree.size < durable) cancelTimer ??= clock.after(EVERY_MS, run);
  }

  /** Hashes what is on disk and not in the tree yet; pauses after each slice. */
  function* catchUp(): Generator<void> {
    while (tree.size < durable) {
      const before = tree.size;
      if (segment !== '' && existsSync(join(dir, segment))) yield* readOn();
      if (tree.size === before && !enterNext()) return;
    }
  }

  function* readOn(): Generator<void> {
    let slice: LogLine[] = [];
    for (const line of readLines(dir, segment, offset)) {
      if (!isFinished(line)) break;
      slice.push(line);
      if (slice.length < SLICE && tree.size + slice.length < durable) continue;
      take(slice);
      slice = [];
      if (tree.size >= durable) return;
      yield;
    }
    take(slice);
  }

  /** Into the tree once their leaves are written: after a fault the same lines come again. */
  function take(lines: readonly LogLine[]): void {
    const last = lines.at(-1);
    if (!last) return;
    const leaves = lines.map(({ bytes }) => leafHash(bytes));
    writeLeaves(dir, segment, tree.size + 1 - firstSeqOf(segment), leaves);
    for (const leaf of leaves) tree.add(leaf);
    offset = last.offset + last.bytes.length;
    mac = parseLine(last.bytes)?.mac ?? mac;
  }

  /** Goes on in the next segment; entries that vanished in between are hashed as missing. */
  function enterNext(): boolean {
    // A file that claims to be further ahead than the log is none of its segments.
    const next = listSegments(dir).find((name) => {
      return firstSeqOf(name) > tree.size && firstSeqOf(name) <= durable;
    });
    if (next === undefined) return false;
    while (tree.size < firstSeqOf(next) - 1) tree.add(MISSING);
    [segment, offset] = [next, 0];
    return true;
  }

  function mark(): void {
    if (tree.size === latest.count) return;
    latest = signCheckpoint({ count: tree.size, root: tree.root(), mac }, signer);
    file.write({ checkpoint: latest, tree, segment, offset });
    keeper?.offer(latest);
  }
}
