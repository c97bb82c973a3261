/** What receivers send back binds the log: a copy of all files, keys included, is found out by who was given a later checkpoint. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Checkpoint } from '../../main/audit/checkpoints/checkpoint.ts';
import { newSigningKey, parseSigningKey, signCheckpoint } from '../../main/audit/checkpoints/checkpoint.ts';
import { createReturnedCheckpoints } from '../../main/audit/checkpoints/returned-checkpoints.ts';
import {
  asWritten,
  createMemorySecrets,
  type MemorySecrets,
  openTestLog,
  type TestLog,
  writeTestLog,
} from '../support/audit-log.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';
import { secondVerifier } from './second-verifier.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-23T12:00:00Z');
const sent = (note: string | undefined) => Buffer.from(`${note}`).toString('base64');
const countOf = (note: string | undefined) => Number(note?.split('\n')[1]);

interface Place {
  readonly dataDir: string;
  readonly secrets: MemorySecrets;
}

/** Opens the log on a day, appends, lets it sign; the log and its clock. */
async function openOn(day: number, { dataDir, secrets }: Place, details: readonly string[]) {
  // Each day the machine was started anew.
  const clock = { ...createFakeClock(START + day * DAY_MS), boot: `boot of day ${day}` };
  const log = await openTestLog({ dataDir, secrets, clock });
  for (const detail of details) await log.add(detail);
  await clock.advance(10_000);
  return { log, clock };
}

/** A log of two days, all files and secrets of its first day, and the checkpoint that a receiver got on the second. */
async function setUp(source: 'file' | 'keychain' = 'file') {
  const place = { dataDir: join(tempDir(), 'data'), secrets: createMemorySecrets({}, source) };
  await (await openOn(0, place, ['a', 'b', 'c'])).log.close();
  const copy = join(tempDir(), 'copy');
  cpSync(place.dataDir, copy, { recursive: true });
  const early = { ...place.secrets.kept };
  const second = await openOn(1, place, ['d', 'e', 'f']);
  const note = second.log.checkpoint();
  await second.log.close();
  const rollBack = () => {
    rmSync(place.dataDir, { recursive: true });
    cpSync(copy, place.dataDir, { recursive: true });
    for (const name of Object.keys(place.secrets.kept)) delete place.secrets.kept[name];
    Object.assign(place.secrets.kept, early);
  };
  return { place, note, rollBack };
}

/** What each form of the verifier says, and the second one. */
async function verdictsOf(place: Place) {
  const written = asWritten(place);
  const all = await Promise.all((['root', 'live', 'public'] as const).map((keys) => written.evidence(keys)));
  const { kept } = place.secrets;
  const theirs = secondVerifier(place.dataDir, {
    publicKey: parseSigningKey(`${kept['audit-signing-key']}`).text,
    root: kept['audit-root'],
    kept: kept['audit-key'],
    notes: ['audit-checkpoint', 'audit-witness'].flatMap((name) => (kept[name] ? `${kept[name]}\n` : [])),
  });
  return [...all.map((evidence) => verifyLog(written.dir, evidence).verdict), theirs.verdict];
}

const inconsistentIn = ({ entries }: TestLog) =>
  entries.filter(({ type }) => type === 'inconsistent').map(({ detail }) => detail);
const TAMPERED = ['tampered', 'tampered', 'tampered', 'tampered'];
const WHOLE = ['whole', 'whole', 'whole', 'whole'];

/** The checkpoint in the file may be of a moment ago: it counts until the log was closed. */
async function goOn(log: TestLog, clock: FakeClock, detail: string): Promise<void> {
  await log.add(detail);
  await clock.advance(10_000);
}

describe('a checkpoint that a receiver sends back', () => {
  test('shows that all files were put back, keys included, where the log has passed it by another way', async () => {
    const { place, note, rollBack } = await setUp();
    rollBack();
    const { log, clock } = await openOn(1, place, ['x', 'y', 'z', 'beyond']);
    const before = log.checkpoint();
    expect(countOf(before)).toBeGreaterThan(countOf(note));
    log.takeCheckpoint(sent(note));
    await goOn(log, clock, 'later');
    const reason = `entry ${countOf(note)} is not the one that was signed`;
    expect([log.inconsistency(), inconsistentIn(log)]).toEqual([reason, [reason]]);
    expect(log.checkpoint()).toBe(before);
    await log.close();
    expect(place.secrets.kept['audit-witness']).toBe(note?.trimEnd());
    expect(await verdictsOf(place)).toEqual(TAMPERED);

    // Nobody has to send it again.
    const again = await openOn(2, place, ['after a start']);
    expect([again.log.inconsistency(), inconsistentIn(again.log)]).toEqual([reason, [reason]]);
    expect(again.log.checkpoint()).toBe(before);
    await again.log.close();
    expect([await verdictsOf(place), log.faults, again.log.faults]).toEqual([TAMPERED, [], []]);
  });

  test.each(['file', 'keychain'] as const)(
    'shows at once that the log ends before it, and still after a start (keys in the %s)',
    async (source) => {
      const { place, note, rollBack } = await setUp(source);
      rollBack();
      const { log, clock } = await openOn(0, place, ['x']);
      const before = log.checkpoint();
      log.takeCheckpoint(sent(note));
      const reason = `a receiver has a checkpoint of ${countOf(note)} entries, and the log has 5`;
      expect(log.inconsistency()).toBe(reason);
      await goOn(log, clock, 'later');
      expect([log.checkpoint(), inconsistentIn(log)]).toEqual([before, [reason]]);
      await log.close();
      expect(await verdictsOf(place)).toEqual(TAMPERED);
      const again = await openOn(1, place, ['after a start', 'and', 'some', 'more']);
      expect(again.log.inconsistency()).not.toBeNull();
      expect(countOf(again.log.checkpoint())).toBe(countOf(note));
      await again.log.close();
      expect(await verdictsOf(place)).toEqual(TAMPERED);
    },
  );

  test('counts where the log has not yet said how far it goes: the first entry tells', async () => {
    const { place, note, rollBack } = await setUp();
    rollBack();
    const clock = createFakeClock(START);
    const log = await openTestLog({ ...place, clock });
    log.takeCheckpoint(sent(note));
    await clock.advance(10_000);
    expect(log.inconsistency()).toBeNull();
    await log.add('x');
    expect(log.inconsistency()).toContain('a receiver has a checkpoint of');
  });

  test('and that is further than ours, as after a power cut, is agreed with, and the log is signed on', async () => {
    const { place, note } = await setUp();
    const file = join(place.dataDir, 'audit-checkpoint');
    const { log, clock } = await openOn(1, place, []);
    cpSync(file, `${file}.before`);
    await log.add('g');
    await clock.advance(10_000);
    const further = log.checkpoint();
    await log.close();
    // What was not brought to the disk yet is as it was.
    cpSync(`${file}.before`, file);
    place.secrets.kept['audit-checkpoint'] = `${note?.trimEnd()}`;
    const again = await openTestLog({ ...place, clock });
    again.audit.open();
    again.takeCheckpoint(sent(further));
    await goOn(again, clock, 'h');
    expect(again.inconsistency()).toBeNull();
    expect(countOf(again.checkpoint())).toBeGreaterThan(countOf(further));
    await again.close();
    expect([await verdictsOf(place), again.faults]).toEqual([WHOLE, []]);
  });

  test('is one of many that all agree, whenever they were signed', async () => {
    const { place, note } = await setUp();
    const notes = [note];
    for (let day = 2; day < 6; day += 1) {
      const { log, clock } = await openOn(day, place, [`of day ${day}`]);
      notes.push(log.checkpoint());
      for (const each of notes) {
        log.takeCheckpoint(sent(each));
        // Those that have to be looked for come one a minute.
        await clock.advance(61_000);
      }
      await goOn(log, clock, 'more');
      expect([log.inconsistency(), log.faults]).toEqual([null, []]);
      await log.close();
    }
    expect(await verdictsOf(place)).toEqual(WHOLE);
  });

  test('says nothing of entries that retention has removed', async () => {
    const { place, note } = await setUp();
    const { log, clock } = await openOn(5, place, ['of day 5']);
    const present = { at: clock.now(), boot: clock.boot, uptimeMs: clock.uptime(), isChecked: true };
    expect(await log.removeOld(DAY_MS, present, Number.POSITIVE_INFINITY)).toBe(countOf(note));
    log.takeCheckpoint(sent(note));
    await goOn(log, clock, 'more');
    expect([log.inconsistency(), log.faults]).toEqual([null, []]);
    expect(countOf(log.checkpoint())).toBe(log.entries.at(-1)?.seq);
  });

  test('of another log, or that is none, is told of and counts for nothing', async () => {
    const other = await writeTestLog([30]);
    const { place } = await setUp();
    const { log, clock } = await openOn(2, place, ['x']);
    const own = log.checkpoint() as string;
    const foreign = [
      sent(other.secrets.kept['audit-checkpoint']),
      sent(`${other.secrets.kept['audit-checkpoint']}\n`),
      sent(own.replace(/\n\d+\n/, '\n9999\n')),
      sent(own).slice(0, -8),
      own,
      sent('x'.repeat(5000)),
      [sent(own), sent(own)],
      '',
      undefined,
      {},
    ];
    for (const one of foreign) log.takeCheckpoint(one);
    const told = 'a receiver has sent back a checkpoint that is none of this log: ';
    expect(log.faults).toEqual(foreign.map(() => told));
    await goOn(log, clock, 'more');
    expect([log.inconsistency(), place.secrets.kept['audit-witness']]).toEqual([null, undefined]);
    await log.close();
    expect(await verdictsOf(place)).toEqual(WHOLE);
  });
});

describe('those that receivers send back', () => {
  const signer = parseSigningKey(newSigningKey());
  const signed = (count: number) =>
    signCheckpoint({ count, root: 'r'.repeat(32), mac: Buffer.alloc(32) }, signer);

  function open(latest: Checkpoint | undefined = signed(100_000)) {
    const clock = createFakeClock();
    const held: number[] = [];
    const kept: number[] = [];
    const returned = createReturnedCheckpoints({
      verifier: signer,
      clock,
      checkpointer: { latest: () => latest, hold: ({ count }) => held.push(count) },
      keep: async ({ count }) => void kept.push(count),
      onFault: () => {},
    });
    return { clock, held, kept, returned };
  }

  test('cost a look at the log once a minute at most, and none where they went out lately', async () => {
    const { clock, held, returned } = open();
    expect(returned.take(sent(returned.handOut()))).toBe(true);
    for (let count = 1; count <= 50; count += 1) expect(returned.take(sent(signed(count).note))).toBe(true);
    expect(held).toEqual([1]);
    await clock.advance(60_000);
    returned.take(sent(signed(1).note));
    returned.take(sent(signed(2).note));
    returned.take(sent(signed(3).note));
    expect(held).toEqual([1, 2]);
  });

  test('are kept where they are further than ours, and where the log was found not to fit', async () => {
    const { held, kept, returned } = open(signed(10));
    returned.take(sent(signed(11).note));
    returned.take(sent(signed(9).note));
    await returned.idle();
    expect([held, kept]).toEqual([[11, 9], [11]]);
    returned.settle();
    await returned.idle();
    expect(kept).toEqual([11, 9]);
    returned.take(sent(signed(12).note));
    expect(held).toEqual([11, 9]);
  });

  test('are remembered for a while only', () => {
    const hold = vi.fn();
    let count = 0;
    const latest = () => signed(count);
    const returned = createReturnedCheckpoints({
      verifier: signer,
      clock: createFakeClock(),
      checkpointer: { latest, hold },
      keep: async () => {},
      onFault: () => {},
    });
    const [first] = [...Array(300)].map(() => {
      count += 1;
      return returned.handOut();
    });
    returned.take(sent(latest().note));
    expect(hold).not.toHaveBeenCalled();
    returned.take(sent(first));
    expect(hold).toHaveBeenCalledTimes(1);
  });

  test('may be any text: what this key has not signed is none', () => {
    const { held, returned } = open();
    const { note } = signed(7);
    const changed = fc
      .tuple(fc.nat({ max: note.length - 1 }), fc.string({ maxLength: 3 }))
      .map(([at, text]) => note.slice(0, at) + text + note.slice(at + 1))
      .filter((text) => text !== note);
    fc.assert(
      fc.property(fc.oneof(changed.map(sent), fc.string(), fc.base64String(), fc.anything()), (given) => {
        expect(returned.take(given)).toBe(false);
      }),
    );
    expect(held).toEqual([]);
  });
});
