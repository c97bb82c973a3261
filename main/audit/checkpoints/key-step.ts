/** The step from the kept key to the one that the log has come to, once nothing is left that only the older one vouches for. */

import type { ChainKey } from '../format/chain.ts';
import type { LogLock } from '../format/lock.ts';
import type { CheckpointFile } from './checkpoint-file.ts';

export interface KeyStep {
  /** Hears which key has chained the entry that is on disk. */
  reached(seq: number, key: ChainKey): void;
  /** Hears that a checkpoint in the file counts so many entries. */
  signed(count: number): void;
  /** Lets the key that the log has come to take the place of those before it. Throws what the file system throws. */
  take(): void;
}

export interface KeyStepOptions {
  readonly kept: ChainKey;
  readonly lock: Pick<LogLock, 'demand'>;
  /** Has the checkpoints; they are durable before a key goes. */
  readonly file: Pick<CheckpointFile, 'sync'>;
  /** Hears which key the log has come to: those before it are needed no more. */
  readonly onCovered: (key: ChainKey) => void;
}

export function createKeyStep({ kept, lock, file, onCovered }: KeyStepOptions): KeyStep {
  /** The key that follows the kept one, and the entry that must be signed for before it takes its place. */
  let step: { readonly seq: number; readonly key: ChainKey } | undefined;
  let covered = kept.segment;

  function take(): void {
    if (!step || step.key.segment === covered) return;
    lock.demand();
    file.sync();
    covered = step.key.segment;
    onCovered(step.key);
  }

  return {
    reached(seq, key) {
      if (key.segment > (step?.key ?? kept).segment) step = { seq, key };
    },
    signed(count) {
      if (step && step.seq <= count) take();
    },
    take,
  };
}
