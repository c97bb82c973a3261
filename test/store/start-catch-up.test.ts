import { describe, expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { PopError } from '../../main/pipeline/errors.ts';
import { startCatchUp } from '../../main/store/catch-up.ts';
import type { CatchUpStep } from '../../main/store/catch-up-steps.ts';
import { logToRead as readLog } from '../../main/store/log-source.ts';
import type { Store } from '../../main/store/store.ts';
import { openStore } from '../../main/store/store.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { intent, openLedger, result } from '../support/ledger.ts';
import { tempDir } from '../support/temp-dir.ts';

const step = (read: number, more: Partial<CatchUpStep> = {}): CatchUpStep => ({
  read,
  of: 4,
  knowsRecent: false,
  isStuck: false,
  ...more,
});

/** A catching up whose steps the test gives, and all that it says. */
function setUp(steps: () => Generator<CatchUpStep, void>, isBusy = false) {
  const clock = createFakeClock();
  const said: unknown[] = [];
  const deps = {
    store: { catchUp: steps } as unknown as Store,
    clock,
    isBusy: () => isBusy,
    closeInterrupted: async () => void said.push('closed'),
    onProgress: (share: number) => said.push(['progress', share]),
    onWhole: (read: number, wasBehind: boolean) => said.push(['whole', read, wasBehind]),
    onFault: (event: string) => () => said.push(['fault', event]),
  };
  return { clock, said, start: () => startCatchUp(deps) };
}

test('a short log is read before the start goes on: nobody waits, and nothing is said of progress', async () => {
  const { said, start } = setUp(function* () {
    yield step(2);
    yield step(4, { knowsRecent: true });
  });
  const { loading, whole, share } = await start();
  await whole;
  expect([loading, share()]).toEqual([undefined, null]);
  expect(said).toEqual(['closed', 'closed', ['whole', 4, false]]);
});

test('one that the disk holds up does not hold up the start; its progress is told every two seconds', async () => {
  const { said, start, clock } = setUp(function* () {
    yield step(1);
    yield step(1, { isStuck: true });
    yield step(1, { isStuck: true });
    yield step(1, { isStuck: true });
    yield step(3, { knowsRecent: true });
  });
  const catchUp = await start();
  expect(catchUp.loading).toBeInstanceOf(Promise);
  expect(catchUp.share()).toBe(0.25);
  await clock.advance(2000);
  expect(said).toEqual([
    ['progress', 0.25],
    ['progress', 0.25],
  ]);
  await clock.advance(1000);
  await catchUp.whole;
  await clock.advance(60_000);
  expect(said.slice(2)).toEqual(['closed', 'closed', ['whole', 3, true]]);
  expect([catchUp.loading, catchUp.share()]).toEqual([undefined, null]);
});

describe('while pops press', () => {
  test('what triggers wait for is not put off, and the rest makes room after each step', async () => {
    const { start, clock } = setUp(function* () {
      yield step(1);
      yield step(2, { knowsRecent: true });
      yield step(3, { knowsRecent: true });
    }, true);
    const starting = start();
    let isStarted = false;
    void starting.then(() => {
      isStarted = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isStarted).toBe(false);
    await clock.advance(5);
    await clock.advance(5);
    const catchUp = await starting;
    await catchUp.whole;
    expect(catchUp.share()).toBeNull();
  });
});

test('a log that cannot be read is told once, and to whoever waits for it', async () => {
  const { said, start } = setUp(function* () {
    yield step(1);
    throw new Error('EIO');
  });
  const { loading, whole } = await start();
  for (const waiting of [loading, whole]) {
    await expect(waiting).rejects.toThrow(PopError);
    await expect(waiting).rejects.toMatchObject({ code: 'audit_unavailable' });
  }
  expect(said.filter((one) => Array.isArray(one) && one[0] === 'fault')).toEqual([
    ['fault', 'the read models cannot be brought up to the log'],
  ]);
});

test('a stop ends it without a fault, and nothing more is told', async () => {
  const { said, start, clock } = setUp(function* () {
    for (;;) yield step(1, { isStuck: true });
  });
  const { stop, whole } = await start();
  const stopping = stop();
  await clock.advance(1000);
  await stopping;
  await expect(whole).rejects.toMatchObject({ code: 'audit_unavailable' });
  await clock.advance(60_000);
  expect(said).toEqual([['progress', 0.25]]);
});

test('all of the last 24 hours is read first, and not much more; each step says of how much it is', async () => {
  const { append, clock, dir } = openLedger();
  for (let hour = 0; hour < 72; hour += 1) {
    await append(hour % 2 === 0 ? intent(`p${hour}`) : result(`p${hour - 1}`, 'delivered'));
    await clock.advance(3_600_000);
  }
  const log = readLog(auditDir(dir), clock);
  const ages = [...log.entries(1, log.lastSeq)].map(({ entry }) => clock.now() - Date.parse(entry.timestamp));
  const older = ages.filter((age) => age >= 24 * 3_600_000).length;
  expect(log.recentFrom()).toBeLessThanOrEqual(older + 1);
  // A log is read by its segments, one for each day.
  expect(log.recentFrom()).toBeGreaterThan(older - 24);
  const store = openStore(tempDir(), log, clock, () => {});
  for (const { read, of } of store.catchUp()) expect(read).toBeLessThanOrEqual(of);
  // The history's rows hold but places in the log.
  expect(store.queries.page({}, 0, 1).entries.map(({ popId }) => popId)).toEqual(['p70']);
  store.close();
});
