import {
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { firstRecent, readEntries } from '../../main/audit/read/entries.ts';
import { createRetention } from '../../main/audit/retention/schedule.ts';
import { verifyInSteps } from '../../main/audit/verify/verify-in-steps.ts';
import { eventOf } from '../../shared/log-events.ts';
import { asWritten, openTestLog, type TestLog } from '../support/audit-log.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { needs } from '../support/needs.ts';
import { startTestApp } from '../support/test-app.ts';
import { verifyLog } from '../support/verify-log.ts';
import { secondVerifier } from './second-verifier.ts';

const DAY_MS = 86_400_000;

const needsProc = needs('Linux, whose /proc tells which files are open', existsSync('/proc/self/fd'));

/** By a clock that was checked. */
const presentOf = (clock: FakeClock) => ({
  at: clock.now(),
  boot: clock.boot,
  uptimeMs: clock.uptime(),
  isChecked: true,
});

/** Resolves once a checkpoint counts every entry. */
async function signed(log: TestLog, clock: FakeClock): Promise<void> {
  await vi.waitFor(async () => {
    await clock.advance(5000);
    expect(log.checkpoint()?.split('\n')[1]).toBe(String(log.entries.at(-1)?.seq));
  });
}

/** A log that is open on its fifth day, with three entries a day. */
async function setUp() {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  for (let day = 0; day < 5; day += 1) {
    if (day > 0) clock.suspend(DAY_MS);
    for (const detail of ['a', 'b']) await log.add(`${detail} of day ${day}`);
  }
  const removeOlderThan = async (days: number, firstNeeded = Number.POSITIVE_INFINITY) => {
    await signed(log, clock);
    // And an hour: what is just as old stays.
    return log.removeOld(days * DAY_MS + 3_600_000, presentOf(clock), firstNeeded);
  };
  return { clock, log, removeOlderThan };
}

const namesIn = ({ dir }: TestLog) => readdirSync(dir).filter((name) => name.startsWith('audit-'));

async function verdicts(log: TestLog) {
  const written = asWritten(log);
  const all = await Promise.all((['root', 'live', 'public'] as const).map((keys) => written.evidence(keys)));
  const { verifier } = all[0] as (typeof all)[number];
  const second = secondVerifier(log.dataDir, {
    publicKey: verifier.text,
    root: log.secrets.kept['audit-root'] as string,
  });
  return { ours: all.map((evidence) => verifyLog(written.dir, evidence)), second };
}

describe('retention', () => {
  /** As just before the last files of a removal go, which has been noted; `goOn` lets them go. */
  async function setUpHalfRemoved() {
    const clock = createFakeClock();
    const log = await openTestLog({ clock });
    for (const count of [600, 1, 600]) {
      await Promise.all(Array.from({ length: count }, () => log.add('an entry')));
      await signed(log, clock);
      clock.suspend(DAY_MS);
    }
    const old = asWritten(log).segments.slice(0, 2);
    expect(await log.removeOld(DAY_MS, presentOf(clock), Number.POSITIVE_INFINITY)).toBe(603);
    await log.close();
    for (const { path, lines } of old) writeFileSync(path, lines.join(''));
    const goOn = () => {
      for (const { path } of old) rmSync(path, { force: true });
    };
    return { log, clock, goOn };
  }

  test('may remove segments under the eyes of a verifier: it begins anew', async () => {
    const { log, goOn } = await setUpHalfRemoved();
    let looks = 0;
    const gather = () => {
      looks += 1;
      return asWritten(log).evidence();
    };
    const progress: number[] = [];
    const { verdict } = await verifyInSteps(log.dir, gather, (entries) => {
      progress.push(entries);
      goOn();
    });
    expect([looks, verdict]).toMatchObject([2, { verdict: 'whole', removed: 603 }]);
    expect(progress).toEqual([500, 500]);
  });

  test('may remove segments while a person checks the log in the dashboard', async () => {
    const { log, clock, goOn } = await setUpHalfRemoved();
    const { dataDir, secrets } = log;
    const { dashboard } = await startTestApp({ dataDir, secrets, clock });
    dashboard.subscribe(({ type }) => {
      if (type === 'verify') goOn();
    });
    expect(await dashboard.call('auditVerify', {})).toMatchObject({
      ok: true,
      value: { verdict: 'whole', removed: 603 },
    });
  });

  test('may remove segments that are being exported: what is left is read on', async () => {
    const { log, goOn } = await setUpHalfRemoved();
    const reading = readEntries(log.dir);
    const first = reading.next().value?.seq;
    goOn();
    const others = [...reading].map(({ seq }) => seq);
    // The file that was open is read to its end.
    expect([first, others.indexOf(604), others.includes(603)]).toEqual([1, 600, false]);
  });

  test('removes whole segments that are old enough, leaves a signed note, and the log is whole', async () => {
    const { log, removeOlderThan } = await setUp();
    expect(await removeOlderThan(2)).toBe(6);
    expect(namesIn(log)[0]).toBe('audit-000000000007.leaves');
    const note = log.entries.at(-1);
    expect(note && eventOf(note)).toMatchObject({ kind: 'removed', upTo: 6 });
    await log.add('more');
    await log.close();
    const { ours, second } = await verdicts(log);
    for (const verdict of ours) {
      expect(verdict).toMatchObject({ verdict: 'whole', entries: 11, segments: 3, vouched: 11, removed: 6 });
    }
    expect(ours.map(({ macs }) => macs)).toEqual([11, 5, 0]);
    expect(second).toEqual({ verdict: 'whole' });
    expect([...readEntries(log.dir)][0]?.seq).toBe(7);
  });

  test('leaves what somebody still has to read, whatever its age', async () => {
    const { log, removeOlderThan } = await setUp();
    expect(await removeOlderThan(0, 6)).toBe(3);
    expect(await removeOlderThan(0, 6)).toBe(0);
    expect(await removeOlderThan(0, 7)).toBe(6);
    expect([...readEntries(log.dir)][0]?.seq).toBe(7);
  });

  test('goes on from where it was, as often as it is due', async () => {
    const { clock, log, removeOlderThan } = await setUp();
    expect(await removeOlderThan(3)).toBe(3);
    expect(await removeOlderThan(3)).toBe(0);
    clock.suspend(DAY_MS);
    await log.add('of day 5');
    expect(await removeOlderThan(3)).toBe(6);
    clock.suspend(30 * DAY_MS);
    await log.add('of day 35');
    // The last segment stays, whatever its age.
    expect(await removeOlderThan(0)).toBe(19);
    await log.close();
    const again = await openTestLog({ ...log, clock });
    await again.add('later');
    await again.close();
    const { ours, second } = await verdicts(again);
    expect(ours.map(({ verdict }) => verdict)).toEqual(['whole', 'whole', 'whole']);
    expect(second).toEqual({ verdict: 'whole' });
  });

  test('does not excuse the removal of more than it has noted', async () => {
    const { log, removeOlderThan } = await setUp();
    await removeOlderThan(2);
    await log.close();
    rmSync(asWritten(log).segments[0]?.path as string);
    const { ours, second } = await verdicts(log);
    for (const verdict of ours) expect(verdict).toMatchObject({ verdict: 'tampered', fault: { seq: 7 } });
    expect(second).toMatchObject({ verdict: 'tampered', seq: 7 });
  });

  test.each([0, 1, 2])(
    'that a crash has stopped after %i files is accepted, and ended by the next',
    async (left) => {
      const { log, removeOlderThan } = await setUp();
      const before = asWritten(log).segments;
      await removeOlderThan(2);
      for (const { path, lines } of before.slice(left, 2)) writeFileSync(path, lines.join(''));
      const [, live, withoutKeys] = (await verdicts(log)).ours;
      expect(live).toMatchObject({ verdict: 'whole' });
      // The note of the removal is under no checkpoint yet.
      expect(withoutKeys).toMatchObject({ verdict: 'not-all-vouched-for', fault: { seq: 16 } });
      await removeOlderThan(2);
      expect(namesIn(log)[0]).toBe('audit-000000000007.leaves');
      await log.close();
      expect((await verdicts(log)).ours[0]).toMatchObject({ verdict: 'whole' });
    },
  );

  test('still finds what was changed in what stays', async () => {
    const { log, removeOlderThan } = await setUp();
    await removeOlderThan(2);
    await log.close();
    const { path, lines } = asWritten(log).segments[0] as { path: string; lines: string[] };
    writeFileSync(path, lines.join('').replace('a of day 2', 'A of day 2'));
    const { ours, second } = await verdicts(log);
    for (const verdict of ours) expect(verdict).toMatchObject({ verdict: 'tampered', fault: { seq: 8 } });
    expect(second.verdict).toBe('tampered');
  });

  test('leaves no file of the log open', async (context) => {
    needsProc(context);
    const { log, removeOlderThan } = await setUp();
    expect(await removeOlderThan(2)).toBe(6);
    await log.close();
    expect(firstRecent(log.dir, () => true)).toBe(13);
    // The one that lists the others is gone by then.
    const open = globSync('/proc/self/fd/*').flatMap((fd) => (existsSync(fd) ? readlinkSync(fd) : []));
    expect(open.filter((path) => path.startsWith(log.dir))).toEqual([]);
  });

  test('removes nothing from a log that is not whole', async () => {
    const { clock, log, removeOlderThan } = await setUp();
    await signed(log, clock);
    const { path, lines } = asWritten(log).segments[0] as { path: string; lines: string[] };
    const text = lines.join('').replace('a of day 0', 'A of day 0');
    writeFileSync(path, text);
    await expect(removeOlderThan(2)).rejects.toThrow('tampered');
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(log.entries.at(-1)?.type).toBe('webhook');
  });
});

test('old entries are looked for after a start, and then every six hours, with what is set at the time', async () => {
  const clock = createFakeClock();
  const looks: number[] = [];
  const faults: unknown[] = [];
  const removeOld = async (keepMs: number) => {
    looks.push(keepMs / DAY_MS);
    if (looks.length === 2) throw new Error('not whole');
  };
  const retention = createRetention(removeOld, clock, (error) => faults.push(error));
  retention.keep(0);
  await clock.advance(DAY_MS);
  expect(looks).toEqual([]);
  retention.keep(30);
  await clock.advance(60_000);
  expect(looks).toEqual([30]);
  await clock.advance(6 * 60 * 60 * 1000);
  expect([looks, faults.length]).toEqual([[30, 30], 1]);
  retention.keep(7);
  await clock.advance(60_000);
  expect(looks).toEqual([30, 30, 7]);
  retention.keep(0);
  await clock.advance(DAY_MS);
  expect(looks).toHaveLength(3);
  retention.keep(7);
  await retention.stop();
  expect(clock.pending()).toEqual([]);
});
