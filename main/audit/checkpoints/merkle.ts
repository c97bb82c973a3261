/** A Merkle tree after RFC 9162, section 2.1, that grows at its end: of what is full it keeps the roots alone. */
import { hash } from 'node:crypto';

/** 32 bytes as a latin1 ("binary") string, which node:crypto makes in a fraction of the time of a Buffer. */
export type Hash = string;

const node = Buffer.alloc(65, 1);

function nodeHash(left: Hash, right: Hash): Hash {
  node.write(left, 1, 'latin1');
  node.write(right, 33, 'latin1');
  return hash('sha256', node, 'binary');
}

/** Of a line as readLines gives it, its newline included: a byte before it is free for the prefix. */
export function leafHash(line: Buffer): Hash {
  const prefixed = Buffer.from(line.buffer, line.byteOffset - 1, line.length + 1);
  const [before = 0] = prefixed;
  prefixed[0] = 0;
  const leaf = hash('sha256', prefixed, 'binary');
  prefixed[0] = before;
  return leaf;
}

export interface Tree {
  readonly size: number;
  /** The roots of the full trees that it consists of, largest first. */
  readonly range: readonly Hash[];
  add(leaf: Hash): void;
  root(): Hash;
}

/** The tree of that size and range, or an empty one. Throws RangeError when they do not fit each other. */
export function createTree(from: Pick<Tree, 'size' | 'range'> = { size: 0, range: [] }): Tree {
  const range = [...from.range];
  let { size } = from;
  if (range.length !== onesOf(size)) throw new RangeError('the range is not that of a tree of this size');
  return {
    get size() {
      return size;
    },
    range,
    add(leaf) {
      let full = leaf;
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) full = nodeHash(range.pop() as Hash, full);
      range.push(full);
      size += 1;
    },
    root: () =>
      range.length === 0
        ? hash('sha256', '', 'binary')
        : range.reduceRight((right, left) => nodeHash(left, right)),
  };
}

function onesOf(size: number): number {
  return size.toString(2).replaceAll('0', '').length;
}
