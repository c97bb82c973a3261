/** The Merkle tree over the log's lines on the disk, grown from the furthest checkpoint beside them: of what may be signed, and no more. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainKey } from '../format/chain.ts';
import { firstSeqOf, isFinished, type LogLine, listSegments, readLines } from '../format/segments.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Mark } from './checkpoint-file.ts';
import { byCount } from './evidence.ts';
import { writeLeaves } from './leaves.ts';
import { type CheckedUpTo, checkLines, findEndOf, Inconsistent } from './line-check.ts';
import { createTree, leafHash, type Tree } from './merkle.ts';

/** Pops get to run after this many entries. */
const SLICE = 100;

export interface SignableTree {
  /** How many entries it has. */
  size(): number;
  /** It and the last entry's MAC; undefined as long as it falls short of a checkpoint that is known. */
  signable(): { tree: Tree; mac: Buffer } | undefined;
  /** Has it agree with one more checkpoint, before anything more is signed. */
  owe(checkpoint: Checkpoint): void;
  /**
   * Takes in what is on disk up to entry `until`; pauses after each slice. Throws Inconsistent when a line is not what the keys
   * have written or a checkpoint has signed, and what the file system throws: then the same lines come again.
   */
  grow(until: number): Generator<void>;
}

/** `known`: all checkpoints there are. `kept`: the oldest key there is. */
export function createSignableTree(
  dir: string,
  from: Mark,
  known: readonly Checkpoint[],
  kept: ChainKey,
): SignableTree {
  let tree = createTree(from.tree);
  let checked: CheckedUpTo | undefined;
  /** What the tree has yet to agree with, once it has grown so far. */
  let owed = byCount(known).filter(({ count }) => count > tree.size);
  /** And those that it has passed: the entry there tells of all before it. */
  let passed = known.filter(({ count, note }) => count <= tree.size && note !== from.checkpoint.note);

  return {
    size: () => tree.size,
    signable: () => (checked && owed.length + passed.length === 0 ? { tree, mac: checked.mac } : undefined),
    owe(checkpoint) {
      if (checkpoint.count > tree.size) owed = byCount([...owed, checkpoint]);
      else passed = [...passed, checkpoint];
    },
    *grow(until) {
      checked ??= yield* findEndOf(from.checkpoint, dir, kept);
      for (let [one] = passed; one; [one] = passed) {
        if (!isRemoved(one)) yield* findEndOf(one, dir, kept);
        passed = passed.slice(1);
      }
      while (tree.size < until) {
        const before = tree.size;
        const { segment, offset } = checked;
        if (segment !== '' && existsSync(join(dir, segment))) yield* readOn(segment, offset, until);
        if (tree.size > before) continue;
        const next = following(until);
        if (next === undefined) return;
        yield* readOn(next, 0, until);
        if (tree.size === before) return;
      }
    },
  };

  /** Of entries that retention has removed nothing can be asked any more. */
  function isRemoved({ count }: Checkpoint): boolean {
    return firstSeqOf(listSegments(dir)[0] ?? '') > count;
  }

  function* readOn(segment: string, offset: number, until: number): Generator<void> {
    let slice: LogLine[] = [];
    for (const line of readLines(dir, segment, offset)) {
      if (!isFinished(line)) break;
      slice.push(line);
      if (slice.length < SLICE && tree.size + slice.length < until) continue;
      take(slice);
      slice = [];
      if (tree.size >= until) return;
      yield;
    }
    take(slice);
  }

  /** All of them or none. */
  function take(lines: readonly LogLine[]): void {
    const [first] = lines;
    if (!first || !checked) return;
    const next = checkLines(checked, lines, kept);
    const grown = createTree(tree);
    const left = owed.slice();
    const leaves = lines.map(({ bytes }) => leafHash(bytes));
    for (const leaf of leaves) {
      grown.add(leaf);
      for (; left[0]?.count === grown.size; left.shift()) {
        if (left[0].root !== grown.root())
          throw new Inconsistent(`one of the entries up to ${grown.size} is not what was signed`);
      }
    }
    writeLeaves(dir, first.segment, tree.size + 1 - firstSeqOf(first.segment), leaves);
    [tree, checked, owed] = [grown, next, left];
  }

  /** The segment that comes next. A file that claims to be further ahead than the log is none of its segments. */
  function following(until: number): string | undefined {
    return listSegments(dir).find((name) => firstSeqOf(name) > tree.size && firstSeqOf(name) <= until);
  }
}
