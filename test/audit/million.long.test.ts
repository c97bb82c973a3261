import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { fillLog } from '../bench/fill-log.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { Measured } from './measured-verify.ts';

const ENTRIES = 1_000_000;
const SCRIPT = join(import.meta.dirname, 'measured-verify.ts');

async function measure(dataDir: string, keys: 'root' | 'public-key'): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, dataDir, keys, `${ENTRIES}`]);
  return JSON.parse(stdout);
}

test('a million entries are verified in under 15 s, and in the same memory from first to last', async () => {
  const dataDir = tempDir();
  await fillLog(dataDir, ENTRIES);
  for (const keys of ['root', 'public-key'] as const) {
    const { verdict, seconds, bareSeconds, rss } = await measure(dataDir, keys);
    expect(verdict).toMatchObject({ verdict: 'whole' });
    expect(verdict.entries).toBeGreaterThan(ENTRIES);
    expect(verdict.vouched).toBe(verdict.entries);
    expect(verdict.macs).toBe(keys === 'root' ? verdict.entries : 0);
    // Of the processor's time; on a slow machine, in proportion to hashing the same bytes there.
    expect(seconds).toBeLessThan(Math.max(15, 4 * bareSeconds));
    const [first = 0] = rss;
    expect(first).toBeGreaterThan(0);
    // The log has 800 megabytes. What is read stays until the garbage collector comes.
    expect(Math.max(...rss) - first).toBeLessThan(100e6);
  }
});
