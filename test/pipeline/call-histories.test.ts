import * as fc from 'fast-check';
import { test } from 'vitest';
import { anyHistory, checkHistory } from './call-histories.ts';

test('in whatever order its triggers come, and whatever fails meanwhile, a call pops once: never twice, and not never', async () => {
  await fc.assert(fc.asyncProperty(anyHistory, checkHistory), { numRuns: 300 });
}, 60_000);
