import * as fc from 'fast-check';
import { test } from 'vitest';
import { anyHistory, checkHistory } from './call-histories.ts';

test('twelve thousand histories of calls: never two pops, never none, and nobody told what is not so', async () => {
  await fc.assert(fc.asyncProperty(anyHistory, checkHistory), { numRuns: 12_000 });
});
