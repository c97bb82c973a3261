import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameVerdict } from '../../main/policy/framing.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { framing } from './arbitraries.ts';
import { framingCases } from './cases.ts';
import { openChromiumFrames } from './chromium-frames.ts';

describe.skipIf(HAS_NO_CHROMIUM)('a real Chromium', () => {
  test('agrees with every measured verdict', { timeout: 600_000 }, async () => {
    const ask = await openChromiumFrames();
    for (const one of framingCases) expect([one.id, await ask(one)]).toEqual([one.id, one.expected]);
  });

  test('agrees about any page in any frames', { timeout: 600_000 }, async () => {
    const ask = await openChromiumFrames();
    await fc.assert(
      fc.asyncProperty(framing, async (one) => {
        expect(await ask(one)).toBe(frameVerdict(one).verdict);
      }),
      // What lands is judged by the same pages each time; who runs it by hand looks at new ones.
      { numRuns: 500, endOnFailure: true, ...(process.env.CI && { seed: 1 }) },
    );
  });
});
