/** Holds a log against its checkpoints, line by line, and finds the first entry that they do not vouch for. */

import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { readLeaves } from '../checkpoints/leaves.ts';
import { createTree, type Hash, leafHash, type Tree } from '../checkpoints/merkle.ts';
import { isSameMac } from '../format/chain.ts';

export interface CheckpointCheck {
  /** How many entries the furthest checkpoint counts; 0 without one. */
  readonly signed: number;
  /** Whether what was removed is what was signed; `mac` is that of its last entry. */
  fits(mac: Buffer): boolean;
  beginSegment(segment: string): void;
  /** Takes the next line, whose MAC is `mac`; false when a checkpoint does not vouch for the lines up to it. */
  sees(line: Buffer, mac: Buffer): boolean;
  /** Up to which entry the lines are known to be those that were signed. */
  sure(): number;
  /**
   * The first line that is not what was signed, by its number of the entry; undefined when that cannot be told. `rest` are the
   * segments that were not begun yet.
   */
  suspect(rest: readonly string[]): number | undefined;
}

/** `checkpoints`: lowest first. `base`: the tree of what retention has removed; checkpoints of less say nothing of the rest. */
export function createCheckpointCheck(
  dir: string,
  checkpoints: readonly Checkpoint[],
  base?: Pick<Tree, 'size' | 'range'>,
): CheckpointCheck {
  const tree = createTree(base);
  const signed = checkpoints.at(-1)?.count ?? 0;
  let next = 0;
  let sure = tree.size;
  let recorded: Iterator<Hash> | undefined;
  /** The tree of the recorded hashes, from the first on that differs from its line. */
  let sworn: Tree | undefined;
  let isProven = false;
  let first: number | undefined;

  const nextRecorded = () => {
    const next = recorded?.next();
    return next?.done ? undefined : next?.value;
  };

  /** The hashes beside the log are no proof by themselves; those that make up a signed root are. */
  const swear = (record: Hash) => {
    sworn?.add(record);
    isProven ||= checkpoints.some(({ count, root }) => count === sworn?.size && root === sworn.root());
  };

  const fits = (mac: Buffer): boolean => {
    while ((checkpoints[next]?.count ?? tree.size) < tree.size) next += 1;
    for (let now = checkpoints[next]; now?.count === tree.size; now = checkpoints[next]) {
      if (tree.root() !== now.root || !isSameMac(mac, now.mac)) return false;
      next += 1;
      sure = tree.size;
    }
    return true;
  };

  return {
    signed,
    fits,
    beginSegment(segment) {
      recorded = readLeaves(dir, segment);
    },
    sees(line, mac) {
      if (tree.size >= signed) return true;
      const leaf = leafHash(line);
      const record = nextRecorded();
      if (!sworn && record !== leaf) {
        sworn = createTree(tree);
        first = tree.size + 1;
      }
      if (record !== undefined && !isProven) swear(record);
      tree.add(leaf);
      return fits(mac);
    },
    sure: () => sure,
    suspect(rest) {
      for (const segment of [undefined, ...rest]) {
        if (segment !== undefined) recorded = readLeaves(dir, segment);
        while (sworn && !isProven && sworn.size < signed) {
          const record = nextRecorded();
          if (record === undefined) break;
          swear(record);
        }
      }
      return isProven ? first : undefined;
    },
  };
}
