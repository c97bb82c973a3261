import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listSegments } from '../../main/audit/format/segments.ts';
import { followLog, type LogFollower } from '../../main/audit/read/follow.ts';
import { openProgress, readProgress } from '../../main/shipping/progress.ts';
import type { Exporter } from '../../main/shipping/shipper.ts';
import { createShipping } from '../../main/shipping/shipping.ts';
import { ShippingFailure } from '../../main/shipping/shipping-failure.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { DAY_MS, openWrittenLog } from '../support/written-log.ts';

/** A carrier whose receiver a test switches off and on. */
function createExporter(most = 500) {
  let loaded: AuditEntry[] = [];
  const exporter = {
    everyMs: 1000,
    most,
    /** What arrived, delivery by delivery. */
    taken: [] as number[][],
    attempts: 0,
    failure: undefined as string | undefined,
    load(entries: readonly AuditEntry[]) {
      loaded.push(...entries);
    },
    async deliver() {
      exporter.attempts += 1;
      if (exporter.failure !== undefined) throw new ShippingFailure(exporter.failure);
      exporter.taken.push(loaded.map(({ seq }) => seq));
      loaded = [];
    },
  } satisfies Exporter & Record<string, unknown>;
  return exporter;
}

/** A log, and shippers of it that can be started again and again. */
function createWorld() {
  const [clock, logClock] = [createFakeClock(), createFakeClock()];
  const dataDir = tempDir();
  const log = openWrittenLog({ clock: logClock });
  onTestFinished(() => log.close());
  const told: string[] = [];
  /** What was reported, as long as it was another than before. */
  const reports: string[] = [];
  return {
    clock,
    log,
    logClock,
    dataDir,
    told,
    reports,
    start(exporter: Exporter, dir = log.dir, around = (follower: LogFollower) => follower) {
      const shipping = createShipping({
        lastSeq: log.entries.length,
        clock,
        progress: openProgress(dataDir),
        follow: (after) => around(followLog(dir, after)),
        backoffMs: (failures) => 1000 * 2 ** (failures - 1),
        report(shipper, failure) {
          const text = `${shipper} ${failure?.code ?? null}`;
          if (reports.at(-1) !== text) reports.push(text);
        },
        tell: (event, fields) => told.push(`${event} ${Object.values(fields).join(' ')}`),
      });
      shipping.use(new Map([['siem', exporter]]));
      onTestFinished(() => shipping.stop());
      return shipping;
    },
    /** Waits until the shipper rests, which must be for that long, and lets that time pass. */
    async passes(ms: number) {
      await vi.waitFor(() => expect(clock.pending()).toEqual([ms]), WAIT);
      await clock.advance(ms);
    },
    place: () => readProgress(dataDir)?.shippers.siem,
  };
}

const WAIT = { timeout: 10_000, interval: 5 };
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a shipper', () => {
  test('begins with what is there, gathers for a second what comes, and sends nothing twice', async () => {
    const { log, start, passes, clock } = createWorld();
    await log.write(3);
    const exporter = createExporter();
    const shipping = start(exporter);
    const waiting = () => shipping.states()[0]?.entries;
    expect([waiting(), shipping.firstUnshipped()]).toEqual([4, 1]);
    await passes(1000);
    await vi.waitFor(() => expect(waiting()).toBe(0), WAIT);
    await log.write(2);
    expect(clock.pending()).toEqual([]);
    for (const entry of log.entries.slice(-2)) shipping.offer(entry);
    expect(waiting()).toBe(2);
    await passes(1000);
    await vi.waitFor(() => expect(waiting()).toBe(0), WAIT);
    expect(exporter.taken).toEqual([upTo(4), [5, 6]]);
    expect(shipping.firstUnshipped()).toBe(7);
    await shipping.stop();
    expect(exporter.attempts).toBe(2);
  });

  test('sends a backlog in deliveries of a bounded size, without waiting in between', async () => {
    const { log, start, passes } = createWorld();
    await log.write(549);
    const exporter = createExporter(200);
    const shipping = start(exporter);
    await passes(1000);
    await vi.waitFor(() => expect(shipping.firstUnshipped()).toBe(551), WAIT);
    expect(exporter.taken.map(({ length }) => length)).toEqual([200, 200, 150]);
    expect(exporter.taken.flat()).toEqual(upTo(550));
  });

  test('tries again with longer and longer waits, says what is wrong once, and loses nothing', async () => {
    const { log, start, passes, place, reports } = createWorld();
    await log.write(1);
    const exporter = createExporter();
    exporter.failure = 'ECONNREFUSED';
    const shipping = start(exporter);
    await passes(1000);
    for (const wait of [1000, 2000]) await passes(wait);
    const since = place()?.at;
    expect(place()).toMatchObject({ seq: 0, failure: 'ECONNREFUSED' });
    exporter.failure = 'CERT_HAS_EXPIRED';
    await passes(4000);
    await vi.waitFor(() => expect(place()).toMatchObject({ failure: 'CERT_HAS_EXPIRED', at: since }), WAIT);
    await log.write(2);
    for (const entry of log.entries.slice(-2)) shipping.offer(entry);
    exporter.failure = undefined;
    await passes(8000);
    await passes(1000);
    await vi.waitFor(() => expect(place()).toMatchObject({ seq: 4, failure: null }), WAIT);
    expect([exporter.taken, exporter.attempts]).toEqual([[upTo(2), [3, 4]], 6]);
    expect(reports).toEqual(['siem ECONNREFUSED', 'siem CERT_HAS_EXPIRED', 'siem null']);
  });

  test('goes on where it stopped, as the same instance', async () => {
    const { log, start, passes, dataDir, place } = createWorld();
    await log.write(3);
    const first = start(createExporter());
    await passes(1000);
    await vi.waitFor(() => expect(place()?.seq).toBe(4), WAIT);
    await first.stop();
    const { instance } = openProgress(dataDir);
    await log.write(2);
    const exporter = createExporter();
    start(exporter);
    await passes(1000);
    await vi.waitFor(() => expect(place()?.seq).toBe(6), WAIT);
    expect(exporter.taken).toEqual([[5, 6]]);
    expect(openProgress(dataDir).instance).toBe(instance);
  });

  test.each(['{', '{"version":1}', ''])(
    'sends all again when the file of its progress is damaged: %j',
    async (damage) => {
      const { log, start, passes, dataDir, place } = createWorld();
      await log.write(2);
      const first = start(createExporter());
      await passes(1000);
      await vi.waitFor(() => expect(place()?.seq).toBe(3), WAIT);
      await first.stop();
      writeFileSync(join(dataDir, 'shipping.json'), damage);
      const exporter = createExporter();
      start(exporter);
      await passes(1000);
      await vi.waitFor(() => expect(exporter.taken).toEqual([upTo(3)]), WAIT);
    },
  );

  test.each([9, 1])(
    'notices that another log stands in the place of the one it knew: %i entries',
    async (count) => {
      const { log, start, passes, told, place, logClock } = createWorld();
      await log.write(3);
      const first = start(createExporter());
      await passes(1000);
      await vi.waitFor(() => expect(place()?.seq).toBe(4), WAIT);
      await first.stop();
      logClock.jump(1);
      const other = openWrittenLog({ clock: logClock });
      await other.write(count);
      await other.close();
      const exporter = createExporter();
      start(exporter, other.dir);
      await passes(1000);
      await vi.waitFor(() => expect(exporter.taken).toEqual([upTo(count + 1)]), WAIT);
      expect(told).toEqual(['the log is another than before and is shipped from its beginning siem']);
    },
  );

  test('says which entries were removed before it had sent them, and does not stop at that', async () => {
    const { log, start, passes, told, place, logClock } = createWorld();
    await log.write(2);
    const first = start(createExporter());
    await passes(1000);
    await vi.waitFor(() => expect(place()?.seq).toBe(3), WAIT);
    await first.stop();
    for (let day = 0; day < 2; day += 1) {
      logClock.jump(DAY_MS);
      await log.write(2);
    }
    for (const segment of listSegments(log.dir).slice(0, 2)) rmSync(join(log.dir, segment));
    const exporter = createExporter();
    start(exporter);
    await passes(1000);
    await vi.waitFor(() => expect(exporter.taken).toEqual([[7, 8, 9]]), WAIT);
    expect(told).toEqual(['entries were gone before they were shipped siem 4 6']);
  });

  test('outlives a disk that fails, and then goes on', async () => {
    const { log, start, passes, told, dataDir } = createWorld();
    await log.write(2);
    const exporter = createExporter();
    // No file can be written where a folder is.
    mkdirSync(join(dataDir, 'shipping.json.tmp'));
    start(exporter);
    await passes(1000);
    await vi.waitFor(() => expect(told).toEqual(['shipping cannot read or write here siem EISDIR']), WAIT);
    expect(exporter.attempts).toBe(0);
    rmSync(join(dataDir, 'shipping.json.tmp'), { recursive: true });
    await passes(5000);
    await vi.waitFor(() => expect(exporter.taken).toEqual([upTo(3)]), WAIT);
  });

  test('sends nothing that the disk does not hold yet', async () => {
    const { log, start, passes } = createWorld();
    await log.write(549);
    const order: string[] = [];
    const exporter = createExporter(200);
    const deliver = () => {
      order.push('deliver');
      return exporter.deliver();
    };
    start({ ...exporter, deliver }, log.dir, (follower) => ({
      next: follower.next,
      settle() {
        order.push('settle');
        return follower.settle();
      },
    }));
    await passes(1000);
    await vi.waitFor(() => expect(order).toEqual(Array(3).fill(['settle', 'deliver']).flat()), WAIT);
  });

  test('delivers at its own pace, also with nothing new, if what it carries changes by itself', async () => {
    const { log, start, passes, place } = createWorld();
    await log.write(1);
    const exporter = { ...createExporter(), everyMs: 60_000, isPeriodic: true };
    const shipping = start(exporter);
    await passes(60_000);
    await vi.waitFor(() => expect(place()?.seq).toBe(2), WAIT);
    await log.write(1);
    for (const entry of log.entries.slice(-1)) shipping.offer(entry);
    for (const entries of [3, 3, 3]) {
      await passes(60_000);
      await vi.waitFor(() => expect(place()?.seq).toBe(entries), WAIT);
    }
    await passes(60_000);
    expect(exporter.taken.slice(0, 4)).toEqual([[1, 2], [3], [], []]);
  });

  test('stops at once while it waits, and soon while its receiver hangs', async () => {
    const { log, start, passes } = createWorld();
    await log.write(1);
    await start(createExporter()).stop();
    const hanging = createExporter();
    const shipping = start({
      ...hanging,
      deliver(stopping) {
        hanging.attempts += 1;
        return new Promise((_, reject) => {
          stopping.addEventListener('abort', () => reject(new ShippingFailure('aborted')));
        });
      },
    });
    await passes(1000);
    await vi.waitFor(() => expect(hanging.attempts).toBe(1), WAIT);
    const stopped = shipping.stop();
    await passes(2000);
    await stopped;
  });
});
