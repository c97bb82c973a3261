import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ChainKey, chainKey, keyOf, nextKey } from '../../main/audit/chain.ts';
import { createKeyKeeper, formatKey, openKeys, parseKey } from '../../main/audit/keys.ts';
import { lockLog } from '../../main/audit/lock.ts';
import { createAuditLog } from '../../main/audit/log.ts';
import { readEntries } from '../../main/audit/reader.ts';
import { listSegments } from '../../main/audit/segments.ts';
import { verifyLog } from '../../main/audit/verify.ts';
import { newEntry } from '../../shared/audit.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROOT = chainKey(Buffer.alloc(32, 7));

/** One log over several days, so of several segments; `durable` is what it said of its keys. */
async function writeDays(days: number, key = ROOT, dir = tempDir(), clock = createFakeClock()) {
  const durable: ChainKey[] = [];
  const log = createAuditLog({
    dir,
    key,
    clock,
    unlock: lockLog(dir),
    onEntry: () => {},
    onDurable: (_seq, key) => durable.push(key),
  });
  for (let day = 0; day < days; day += 1) {
    await log.append(newEntry('webhook', { detail: `day ${day}` }), 'durable');
    clock.jump(DAY_MS);
  }
  await log.close();
  return { dir, clock, durable };
}

function changeByte(dir: string, segment: number) {
  const file = join(dir, listSegments(dir)[segment] as string);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"day ', '"Day '));
}

/** Secrets in memory. */
function createStore(kept: Record<string, string> = {}) {
  return {
    kept,
    get: async (name: string) => kept[name],
    set: async (name: string, value: string) => {
      kept[name] = value;
    },
    getOrCreate: async (name: string, make: () => string) => {
      kept[name] ??= make();
      return kept[name];
    },
  };
}

describe('the key of a log', () => {
  test('moves forward by HKDF as RFC 5869 has it', () => {
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(Buffer.alloc(32, 7)).digest();
    const expanded = createHmac('sha256', extracted).update('poptray audit: next segment\x01').digest();
    expect(nextKey(ROOT).secret.export()).toEqual(expanded);
    expect(nextKey(ROOT).segment).toBe(1);
  });

  test('has an id of its own in each segment, and every entry names it', async () => {
    const { dir } = await writeDays(3);
    const ids = [0, 0, 1, 1, 2, 2].map((segment) => keyOf(segment, ROOT)?.id);
    expect([...readEntries(dir)].map(({ keyId }) => keyId)).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });

  test('is told of when a segment is on disk, so that those before it can be erased', async () => {
    const { durable } = await writeDays(3);
    expect([...new Set(durable.map(({ segment }) => segment))]).toEqual([0, 1, 2]);
  });

  test('does not open the segments before it: they are checked by their order, with the root by their MACs', async () => {
    const { dir } = await writeDays(3);
    const live = keyOf(2, ROOT) as ChainKey;
    expect(keyOf(1, live)).toBeUndefined();
    expect(verifyLog(dir, live)).toMatchObject({ verdict: 'whole', entries: 6, segments: 3 });
    changeByte(dir, 1);
    expect(verifyLog(dir, ROOT)).toMatchObject({ verdict: 'tampered', fault: { seq: 4 } });
  });

  test('may be a step behind the log, as a crash leaves it', async () => {
    const { dir, clock } = await writeDays(3);
    for (const behind of [0, 1, 2]) {
      await writeDays(1, keyOf(behind, ROOT), dir, clock);
    }
    expect(verifyLog(dir, ROOT)).toMatchObject({ verdict: 'whole', segments: 6 });
  });
});

test.each([0, 1, 200, 600])('a segment killed at byte %i of its first entry is begun anew', async (bytes) => {
  const { dir, clock } = await writeDays(2);
  const [, second = ''] = listSegments(dir);
  const [opening = ''] = readFileSync(join(dir, second), 'utf8').split(/(?<=\n)/);
  const born = tempDir();
  const [first = ''] = listSegments(dir);
  writeFileSync(join(born, first), readFileSync(join(dir, first)));
  writeFileSync(join(born, second), opening.slice(0, bytes));
  expect(opening.length).toBeGreaterThan(bytes);
  await writeDays(1, ROOT, born, clock);
  expect(verifyLog(born, ROOT)).toMatchObject({ verdict: 'whole', segments: 2 });
  const notes = [...readEntries(born)].filter(({ type }) => type === 'recovered');
  const dropped = bytes === 0 ? [] : [`dropped ${bytes} bytes of an unfinished entry`];
  expect(notes.map(({ detail }) => detail)).toEqual(dropped);
});

describe('the keys among the secrets', () => {
  test('are made with the log: the live one is the root, for as long as the first segment lasts', async () => {
    const store = createStore();
    const { live, digestKey } = await openKeys(store, false);
    expect(live.segment).toBe(0);
    expect(store.kept['audit-key']).toBe(`0:${store.kept['audit-root']}`);
    expect(store.kept['digest-key']).toBe(digestKey);
    expect((await openKeys(store, true)).live.id).toBe(live.id);
  });

  test.each([0, 1, 2])('survive a crash after %i of them were made', async (made) => {
    const whole = createStore();
    await openKeys(whole, false);
    const kept = Object.fromEntries(
      ['digest-key', 'audit-root'].slice(0, made).map((name) => [name, whole.kept[name] as string]),
    );
    const store = createStore(kept);
    await openKeys(store, false);
    expect(store.kept).toMatchObject(kept);
    expect(store.kept['audit-key']).toBe(`0:${store.kept['audit-root']}`);
  });

  test('are not made anew for a log that has lost them, or is older than they are', async () => {
    await expect(openKeys(createStore(), true)).rejects.toThrow('is gone');
    const old = createStore({ 'audit-key': Buffer.alloc(32).toString('base64') });
    await expect(openKeys(old, true)).rejects.toThrow('before the release');
  });

  test('stay as they were written', () => {
    const key = keyOf(12, ROOT) as ChainKey;
    expect(parseKey(formatKey(key))).toMatchObject({ segment: 12, id: key.id });
    for (const text of ['', '1:', 'x:y', `-1:${'A'.repeat(43)}=`]) expect(parseKey(text)).toBeUndefined();
  });

  test('keep the furthest one only, and go on trying while they cannot be kept', async () => {
    const clock = createFakeClock();
    const store = createStore({ 'audit-key': formatKey(ROOT) });
    const faults: unknown[] = [];
    let locked = true;
    const set = async (name: string, value: string) => {
      if (locked) throw new Error('locked');
      await store.set(name, value);
    };
    const keeper = createKeyKeeper(ROOT, { set }, clock.after, (error) => faults.push(error));
    keeper.reached(keyOf(1, ROOT) as ChainKey);
    keeper.reached(keyOf(2, ROOT) as ChainKey);
    await keeper.idle();
    expect(store.kept['audit-key']).toBe(formatKey(ROOT));
    expect(faults.length).toBeGreaterThan(0);
    locked = false;
    await clock.advance(60_000);
    await keeper.idle();
    expect(store.kept['audit-key']).toBe(formatKey(keyOf(2, ROOT) as ChainKey));
  });
});
