import { describe, expect, test } from 'vitest';
import { frameVerdict } from '../../main/policy/framing.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { framingCases } from './cases.ts';
import { openChromiumFrames } from './chromium-frames.ts';

const EACH = 2;

describe.skipIf(HAS_NO_CHROMIUM)('a real Chromium', () => {
  test('agrees with the verdict, for cases of every rule', { timeout: 60_000 }, async () => {
    const byRule = Map.groupBy(framingCases, (one) => {
      const { verdict, rule } = frameVerdict(one);
      return `${rule} ${verdict}`;
    });
    const ask = await openChromiumFrames();
    for (const [rule, cases] of byRule) {
      for (const one of cases.slice(-EACH)) {
        expect([rule, one.id, await ask(one)]).toEqual([rule, one.id, frameVerdict(one).verdict]);
      }
    }
  });
});
