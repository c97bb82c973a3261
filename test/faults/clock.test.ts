import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { deliveringTo } from '../support/environment.ts';
import { startHeadless } from '../support/headless.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

vi.setConfig({ testTimeout: 60_000 });

const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
if (LIBRARY === undefined && process.env.CI === 'true' && process.platform === 'linux')
  throw new Error('no libfaketime: apt-get install libfaketime');

/** A poptray whose wall clock the test sets, while it runs and between two runs; its other clocks are the machine's. */
async function setUp() {
  const destination = await startStubDestination();
  const folder = tempDir();
  const shift = join(folder, 'shift');
  const set = (offset: string) => writeFileSync(shift, `${offset}\n`);
  set('+0');
  const options = {
    dataDir: join(folder, 'data'),
    env: {
      ...deliveringTo(destination.url),
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: shift,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
    },
  };
  const start = () => startHeadless(options);
  /** By how much the log's wall clock moved from one pop to the other. */
  const jumpedHours = (from: string, to: string) => {
    const entries = [...readEntries(auditDir(options.dataDir))];
    const at = (key: string) =>
      Date.parse(entries.find(({ idempotencyKey }) => idempotencyKey === key)?.timestamp ?? '');
    return (at(to) - at(from)) / 3_600_000;
  };
  return { destination, set, start, jumpedHours };
}

describe.skipIf(LIBRARY === undefined)('F16 a wall clock that jumps, for the whole process,', () => {
  test.each(['-2h', '+2h', '+25h'])(
    'by %s while it runs, neither drops a key early nor shows a pop twice',
    async (offset) => {
      const { destination, set, start, jumpedHours } = await setUp();
      const app = await start();
      const trigger = { userId: USER, idempotencyKey: 'call-1' };
      const first = await (await app.post(trigger)).text();
      set(offset);
      const again = await app.post(trigger);
      expect([again.headers.get('idempotent-replayed'), await again.text()]).toEqual(['true', first]);
      expect((await app.post({ userId: USER, idempotencyKey: 'call-2' })).status).toBe(200);
      expect(destination.pops).toHaveLength(2);
      expect(jumpedHours('call-1', 'call-2')).toBeCloseTo(Number.parseInt(offset, 10), 1);
      set('+0');
      const back = await app.post(trigger);
      expect([back.headers.get('idempotent-replayed'), await back.text()]).toEqual(['true', first]);
      app.kill('SIGTERM');
      expect(await app.ended).toBe(0);
    },
  );

  // The machine was not started anew, so its uptime tells that no day has passed, whatever the calendar says.
  test.each(['-2h', '+2h', '+25h'])('by %s between two runs, keeps the key', async (offset) => {
    const { destination, set, start, jumpedHours } = await setUp();
    const trigger = { userId: USER, idempotencyKey: 'call-1' };
    const first = await start();
    const answer = await (await first.post(trigger)).text();
    first.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    set(offset);
    const second = await start();
    const again = await second.post(trigger);
    expect([again.headers.get('idempotent-replayed'), await again.text()]).toEqual(['true', answer]);
    expect(destination.pops).toHaveLength(1);
    await second.post({ ...trigger, idempotencyKey: 'call-2' });
    expect(jumpedHours('call-1', 'call-2')).toBeCloseTo(Number.parseInt(offset, 10), 1);
  });
});
