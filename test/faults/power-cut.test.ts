/** The disk is cut off at steps of a real run: docs/testing.md, Durability. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { needsRecorder } from '../support/record-disk.ts';
import { cutPower, KINDS } from './power-cut.ts';
import { recordLog } from './recorded-log.ts';
import { recordPops } from './recorded-pops.ts';

vi.setConfig({ testTimeout: 240_000 });
beforeEach(needsRecorder);

describe('F17 when the power is cut', () => {
  test('no pop is lost that was acknowledged, none is shown twice, and every webhook comes', async () => {
    const recorded = await recordPops();
    expect(await cutPower(recorded, 'only what was synced', 18)).toBe(18);
    for (const kind of KINDS) await cutPower(recorded, kind, 2);
  });

  test.each(['alone', 'together'] as const)(
    'no entry is missing that was told to be durable, and the log is whole or torn: entries %s',
    async (how) => {
      const recorded = await recordLog(how);
      expect(await cutPower(recorded, 'only what was synced', 24)).toBe(24);
      for (const kind of KINDS) await cutPower(recorded, kind, 2);
    },
  );
});
