import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTree, type Hash, leafHash } from '../../main/audit/checkpoints/merkle.ts';
import { readLines } from '../../main/audit/format/segments.ts';
import { tempDir } from '../support/temp-dir.ts';

const sha256 = (...parts: (Buffer | string)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** RFC 9162, section 2.1.1, word for word. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0] as Buffer);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

/** As readLines gives them: with a free byte before. */
const leafOf = (bytes: Buffer): Hash => leafHash(Buffer.concat([Buffer.of(0x0a), bytes]).subarray(1));
const hex = (hash: Hash) => Buffer.from(hash, 'latin1').toString('hex');

/** From the test data of Certificate Transparency (google/certificate-transparency, merkletree). */
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('the Merkle tree', () => {
  test('has the roots of Certificate Transparency’s test data', () => {
    const tree = createTree();
    expect(hex(tree.root())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const roots = INPUTS.map((input) => {
      tree.add(leafOf(Buffer.from(input, 'hex')));
      return hex(tree.root());
    });
    expect(roots).toEqual(ROOTS);
  });

  test('is that of RFC 9162 at any size, also when it goes on from its range', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 70 }),
        fc.nat(70),
        (inputs, cut) => {
          const leaves = inputs.map((bytes) => Buffer.from(bytes));
          let tree = createTree();
          for (const [index, leaf] of leaves.entries()) {
            if (index === cut) tree = createTree({ size: tree.size, range: [...tree.range] });
            tree.add(leafOf(leaf));
          }
          expect(hex(tree.root())).toBe(mth(leaves).toString('hex'));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('refuses a range that is not of its size', () => {
    for (const size of [1, 3, 2 ** 40]) expect(() => createTree({ size, range: [] })).toThrow(RangeError);
  });

  test('hashes each line of a file as it stands there, and leaves it as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 99 }), { maxLength: 20 }), (texts) => {
        const lines = texts.map((text) => Buffer.from(`${text.replaceAll('\n', ' ')}\n`));
        const dir = tempDirOnce();
        writeFileSync(join(dir, 'lines'), Buffer.concat(lines));
        const read = [...readLines(dir, 'lines')];
        const hashes = read.map(({ bytes }) => hex(leafHash(bytes)));
        expect(hashes).toEqual(lines.map((line) => sha256(Buffer.of(0), line).toString('hex')));
        expect(Buffer.concat(read.map(({ bytes }) => bytes))).toEqual(Buffer.concat(lines));
      }),
      { numRuns: 50 },
    );
  });
});

let dir: string | undefined;
function tempDirOnce(): string {
  dir ??= tempDir();
  return dir;
}
