/** As power-cut.test.ts, at many more steps. */
import { beforeEach, describe, test } from 'vitest';
import { needsRecorder } from '../support/record-disk.ts';
import { cutPower, KINDS } from './power-cut.ts';
import { recordLog } from './recorded-log.ts';
import { recordPops } from './recorded-pops.ts';

const CUTS = 120;

beforeEach(needsRecorder);

describe('F17 when the power is cut at any step', () => {
  test.each(KINDS)('and the disk has %s, pops go on as they must', async (kind) => {
    await cutPower(await recordPops(), kind, CUTS);
  });

  test.each(KINDS)('and the disk has %s, the log does', async (kind) => {
    await cutPower(await recordLog('together'), kind, CUTS);
  });
});
