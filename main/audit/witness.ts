/** Holds a log against its checkpoint, line by line, and finds the first entry that the checkpoint does not vouch for. */
import { isSameMac } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readLeaves } from './leaves.ts';
import { createTree, type Hash, leafHash, type Tree } from './merkle.ts';

export interface Witness {
  beginSegment(segment: string): void;
  /** Takes the next line, whose MAC is `mac`; false when the checkpoint does not vouch for the lines up to it. */
  sees(line: Buffer, mac: Buffer): boolean;
  /**
   * The first line that is not what was signed, by its number of the entry; undefined when that cannot be told. `rest` are the
   * segments that were not begun yet.
   */
  suspect(rest: readonly string[]): number | undefined;
}

/** `base`: the tree of what retention has removed. */
export function createWitness(
  dir: string,
  checkpoint: Checkpoint | undefined,
  base?: Pick<Tree, 'size' | 'range'>,
): Witness {
  const tree = createTree(base);
  const end = checkpoint?.count ?? 0;
  let recorded: Iterator<Hash> | undefined;
  /** The tree of the recorded hashes, from the first on that differs from its line. */
  let sworn: Tree | undefined;
  let first: number | undefined;

  const nextRecorded = () => {
    const next = recorded?.next();
    return next?.done ? undefined : next?.value;
  };

  return {
    beginSegment(segment) {
      recorded = readLeaves(dir, segment);
    },
    sees(line, mac) {
      if (!checkpoint || tree.size >= end) return true;
      const leaf = leafHash(line);
      const record = nextRecorded();
      if (!sworn && record !== leaf) {
        sworn = createTree(tree);
        first = tree.size + 1;
      }
      if (record !== undefined) sworn?.add(record);
      tree.add(leaf);
      if (tree.size < end) return true;
      return tree.root() === checkpoint.root && isSameMac(mac, checkpoint.mac);
    },
    suspect(rest) {
      if (!sworn || !checkpoint) return undefined;
      // The hashes beside the log are no proof by themselves; those that make up the signed root are.
      for (const segment of [undefined, ...rest]) {
        if (segment !== undefined) recorded = readLeaves(dir, segment);
        while (sworn.size < end) {
          const record = nextRecorded();
          if (record === undefined) break;
          sworn.add(record);
        }
      }
      return sworn.size === end && sworn.root() === checkpoint.root ? first : undefined;
    },
  };
}
