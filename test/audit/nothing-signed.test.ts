/** Nothing is signed over a change: what was signed before a log was changed is what counts after any number of starts. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { parseKey } from '../../main/audit/checkpoints/keys.ts';
import {
  asWritten,
  createMemorySecrets,
  openTestLog,
  type WrittenLog,
  writeTestLog,
} from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { verifyLog } from '../support/verify-log.ts';

const LATER = Date.parse('2026-11-24T15:00:00Z');

/** Starts poptray's log on it, lets it sign, and stops it. */
async function start({ dataDir, secrets }: Pick<WrittenLog, 'dataDir' | 'secrets'>) {
  const clock = createFakeClock(LATER);
  const log = await openTestLog({ dataDir, secrets, clock });
  await log.add('after the start');
  await clock.advance(10_000);
  const [inconsistency, note] = [log.inconsistency(), log.checkpoint()];
  await log.close();
  const detailsOf = (wanted: string) =>
    log.entries.filter(({ type }) => type === wanted).map(({ detail }) => detail);
  return { inconsistency, note, found: detailsOf('inconsistent'), mended: detailsOf('recovered') };
}

async function verdictsOf(log: WrittenLog) {
  const written = asWritten(log);
  const all = await Promise.all((['root', 'live', 'public'] as const).map((keys) => written.evidence(keys)));
  return all.map((evidence) => verifyLog(written.dir, evidence).verdict);
}

function edit({ segments }: WrittenLog, segment: number, how: (lines: string[]) => string[]): void {
  const { path, lines } = segments[segment] as WrittenLog['segments'][number];
  writeFileSync(path, how(lines).join(''));
}

const TAMPERED = ['tampered', 'tampered', 'tampered'];

describe.each(['file', 'keychain'] as const)('with the keys in the %s', (source) => {
  const writeLog = () => writeTestLog([4, 3], { secrets: createMemorySecrets({}, source) });

  test('H03 a pop of an earlier day that was changed, and the checkpoint removed, stays tampered with', async () => {
    const log = await writeLog();
    const kept = log.secrets.kept['audit-checkpoint'];
    delete log.secrets.kept['audit-root'];
    edit(log, 0, (lines) => lines.map((line) => line.replace('entry 1 of day 0', 'entry 7 of day 0')));
    rmSync(checkpointPath(log.dataDir));
    for (let starts = 0; starts < 2; starts += 1) {
      const { inconsistency, found } = await start(log);
      expect(inconsistency).toBe('the checkpoint that was kept beside the log is gone');
      expect(found).toEqual([inconsistency]);
      expect(log.secrets.kept['audit-checkpoint']).toBe(kept);
      expect(await verdictsOf(log)).toEqual(TAMPERED);
    }
  });

  test('the whole first day removed stays found, and the entries after the start are under the old tree', async () => {
    const log = await writeLog();
    rmSync(log.segments[0]?.path as string);
    await start(log);
    expect(await verdictsOf(log)).toEqual(TAMPERED);
  });

  test('a tail that was cut is told of once a start, and the checkpoint that tells of it stays', async () => {
    const log = await writeLog();
    const before = readFileSync(checkpointPath(log.dataDir));
    edit(log, 1, (lines) => lines.slice(0, -1));
    const { inconsistency, note, found } = await start(log);
    expect(inconsistency).toBe('entries are missing before this one: the log once had 9');
    expect(found).toEqual([inconsistency]);
    expect(note?.split('\n')[1]).toBe('9');
    expect(readFileSync(checkpointPath(log.dataDir))).toEqual(before);
    expect(await verdictsOf(log)).toEqual(TAMPERED);
  });

  test('what a crash has left behind the last checkpoint, and somebody has changed, is not signed', async () => {
    const log = await writeLog();
    const again = await openTestLog({ ...log, clock: createFakeClock(LATER) });
    for (const detail of ['x', 'y', 'z']) await again.add(detail);
    const [, killed] = asWritten(again).segments;
    const checkpoint = readFileSync(checkpointPath(log.dataDir));
    await again.close();
    writeFileSync(killed?.path as string, (killed?.lines.join('') ?? '').replace('"y"', '"Y"'));
    writeFileSync(checkpointPath(log.dataDir), checkpoint);
    delete log.secrets.kept['audit-checkpoint'];
    const { inconsistency, note } = await start(log);
    expect(inconsistency).toBe('entry 11 was changed or moved');
    expect(note?.split('\n')[1]).toBe('9');
    expect(await verdictsOf(log)).toEqual(['tampered', 'tampered', 'not-all-vouched-for']);
  });

  test('a line that was changed between its writing and its checkpoint is not signed', async () => {
    const clock = createFakeClock();
    const log = await openTestLog({ clock, secrets: createMemorySecrets({}, source) });
    for (const detail of ['a', 'b']) await log.add(detail);
    const { path, lines } = asWritten(log).segments[0] as WrittenLog['segments'][number];
    writeFileSync(path, lines.join('').replace('"a"', '"A"'));
    await clock.advance(5000);
    expect(log.inconsistency()).toBe('entry 2 was changed or moved');
    expect(log.checkpoint()?.split('\n')[1]).toBe('0');
  });

  test.each<[string, (log: WrittenLog) => void, string]>([
    [
      'a key without its log',
      (log) =>
        log.segments.forEach(({ path }) => {
          rmSync(path);
        }),
      'once had 9',
    ],
    ['a log without its last segment', (log) => rmSync(log.segments[1]?.path as string), 'once had 9'],
  ])('%s is known for what it is', async (_, change, reason) => {
    const log = await writeLog();
    change(log);
    expect(await verdictsOf(log)).toEqual(TAMPERED);
    expect((await start(log)).inconsistency).toContain(reason);
    expect(await verdictsOf(log)).toEqual(TAMPERED);
  });

  test('a key whose log and checkpoint are gone begins no log that could pass for the first', async () => {
    const log = await writeLog();
    for (const { path } of log.segments) rmSync(path);
    rmSync(checkpointPath(log.dataDir));
    delete log.secrets.kept['audit-checkpoint'];
    const { mended } = await start(log);
    expect(mended).toEqual(['entries are missing: there was a log up to segment 1']);
    expect(await verdictsOf(log)).toEqual(TAMPERED);
  });
});

test('a checkpoint in the keychain that is ahead of the file’s is agreed with before anything is signed', async () => {
  const secrets = createMemorySecrets({}, 'keychain');
  const log = await writeTestLog([4], { secrets });
  const behind = readFileSync(checkpointPath(log.dataDir));
  const again = await openTestLog({ ...log, clock: createFakeClock(LATER) });
  await again.add('more');
  await again.close();
  writeFileSync(checkpointPath(log.dataDir), behind);
  expect(await start(log)).toMatchObject({ inconsistency: null });
  expect(await verdictsOf(log)).toEqual(['whole', 'whole', 'whole']);

  // And with the entries that it has signed cut off, nothing is.
  writeFileSync(checkpointPath(log.dataDir), behind);
  for (const { path } of asWritten(log).segments.slice(1)) rmSync(path);
  expect((await start(log)).inconsistency).toContain('the log once had');
});

test('when the log is closed both lines of the file have the last checkpoint, so that to spoil one hides nothing', async () => {
  const log = await writeTestLog([4]);
  const again = await openTestLog({ ...log, clock: createFakeClock(LATER) });
  await again.add('more');
  await again.close();
  const [first, second, ...rest] = readFileSync(checkpointPath(log.dataDir), 'utf8').split('\n');
  expect(first).toBe(second);
  expect(rest).toEqual(['']);
});

test('a key is erased only once a checkpoint counts what follows it', async () => {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  await log.add('day 0');
  clock.jump(24 * 60 * 60 * 1000);
  await log.add('day 1');
  const keptSegment = () => parseKey(log.secrets.kept['audit-key'] as string)?.segment;
  expect(keptSegment()).toBe(0);
  await clock.advance(5000);
  expect([keptSegment(), log.checkpoint()?.split('\n')[1]]).toEqual([1, '4']);
});
