import crypto, { createHmac } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createKeyKeeper } from '../../main/audit/checkpoints/key-keeper.ts';
import { formatKey, openKeys, parseKey, rootKey } from '../../main/audit/checkpoints/keys.ts';
import { type ChainKey, chainKey, keyOf, nextKey } from '../../main/audit/format/chain.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import type { SecretName } from '../../main/secrets/secrets.ts';
import {
  asWritten,
  createMemorySecrets,
  openTestLog,
  type WrittenLog,
  writeTestLog,
} from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';

const begin = () => {};
const ROOT = chainKey(Buffer.alloc(32, 7));
const rootOf = ({ secrets }: Pick<WrittenLog, 'secrets'>) => rootKey(secrets.kept['audit-root'] as string);

describe('the key of a log', () => {
  test('moves forward by HKDF as RFC 5869 has it', () => {
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(Buffer.alloc(32, 7)).digest();
    const expanded = createHmac('sha256', extracted).update('poptray audit: next segment\x01').digest();
    expect(nextKey(ROOT).secret.export()).toEqual(expanded);
    expect(nextKey(ROOT).segment).toBe(1);
  });

  test('F22 has an id of its own in each segment, and every entry names it', async () => {
    const log = await writeTestLog([1, 1, 1]);
    const ids = [0, 0, 1, 1, 2, 2].map((segment) => keyOf(segment, rootOf(log))?.id);
    expect([...readEntries(log.dir)].map(({ keyId }) => keyId)).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });

  test('takes the place of the one before, which cannot be found from it', async () => {
    const log = await writeTestLog([1, 1, 1]);
    const live = parseKey(log.secrets.kept['audit-key'] as string) as ChainKey;
    expect([live.segment, live.id]).toEqual([2, keyOf(2, rootOf(log))?.id]);
    expect(keyOf(1, live)).toBeUndefined();
  });

  test('may be a step or two behind the log, as a crash leaves it', async () => {
    const log = await writeTestLog([1, 1, 1]);
    const clock = createFakeClock(Date.parse('2026-11-25T13:00:00Z'));
    for (const behind of [0, 1, 2]) {
      log.secrets.kept['audit-key'] = formatKey(keyOf(behind, rootOf(log)) as ChainKey);
      const again = await openTestLog({ ...log, clock });
      await again.add('more');
      await again.close();
      expect(log.secrets.kept['audit-key']).toBe(formatKey(keyOf(2, rootOf(log)) as ChainKey));
    }
    expect(verifyLog(log.dir, await log.evidence('live'))).toMatchObject({ verdict: 'whole', segments: 3 });
  });

  test('is made again from the root, while that is still here', async () => {
    const log = await writeTestLog([1, 1]);
    delete log.secrets.kept['audit-key'];
    const again = await openTestLog({ ...log, clock: createFakeClock(Date.parse('2026-11-24T13:00:00Z')) });
    await again.add('more');
    await again.close();
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({ verdict: 'whole', macs: 5 });
  });
});

test('a verifier derives each key once, however many segments there are', async () => {
  const log = await writeTestLog(Array(12).fill(1));
  const evidence = await log.evidence();
  const spy = vi.spyOn(crypto, 'hkdfSync');
  syncBuiltinESMExports();
  try {
    expect(verifyLog(log.dir, evidence)).toMatchObject({ verdict: 'whole', macs: 24 });
    expect(spy).toHaveBeenCalledTimes(12);
  } finally {
    spy.mockRestore();
    syncBuiltinESMExports();
  }
});

test.each([0, 1, 200, 600])('a segment killed at byte %i of its first entry is begun anew', async (bytes) => {
  const clock = createFakeClock();
  const first = await writeTestLog([1], { clock });
  const [born, secrets] = [tempDir(), createMemorySecrets({ ...first.secrets.kept })];
  cpSync(first.dataDir, born, { recursive: true });
  clock.jump(24 * 60 * 60 * 1000);
  const second = await openTestLog({ ...first, clock });
  await second.add('more');
  await second.close();
  const { path, lines } = asWritten(second).segments[1] as WrittenLog['segments'][number];
  writeFileSync(join(auditDir(born), basename(path)), (lines[0] as string).slice(0, bytes));

  const mended = await openTestLog({ dataDir: born, secrets, clock });
  await mended.add('more');
  await mended.close();
  expect(verifyLog(mended.dir, await asWritten(mended).evidence())).toMatchObject({
    verdict: 'whole',
    segments: 2,
  });
  const dropped = bytes === 0 ? [] : [`dropped ${bytes} bytes of an unfinished entry`];
  const notes = mended.entries.filter(({ type }) => type === 'recovered');
  expect(notes.map(({ detail }) => detail)).toEqual(dropped);
});

describe('the keys among the secrets', () => {
  test('are made with the log: the first follows from the root, as all do', async () => {
    const store = createMemorySecrets();
    const { live, digestKey } = await openKeys(store, false, begin);
    expect(live.segment).toBe(0);
    expect(live.id).toBe(nextKey(rootOf({ secrets: store })).id);
    expect(store.kept['digest-key']).toBe(digestKey);
    expect((await openKeys(store, true, begin)).live.id).toBe(live.id);
  });

  test.each([0, 1, 2, 3, 4])('are made in full after a crash that came after %i of them', async (made) => {
    const first = createMemorySecrets();
    await openKeys(first, false, begin);
    const names = ['digest-key', 'audit-signing-key', 'audit-root', 'audit-key'].slice(0, made);
    const store = createMemorySecrets(
      Object.fromEntries(names.map((name) => [name, first.kept[name] as string])),
    );
    const { live, signer } = await openKeys(store, false, begin);
    expect(store.kept['audit-key']).toBe(formatKey(nextKey(rootOf({ secrets: store }))));
    const again = await openKeys(store, true, begin);
    expect([again.live.id, again.signer.text]).toEqual([live.id, signer.text]);
  });

  test('are made after the first checkpoint but for the signing key, so that no log is without one', async () => {
    const store = createMemorySecrets();
    await openKeys(store, false, () => {
      expect(store.kept['audit-signing-key']).toBeDefined();
      expect(store.kept['audit-key']).toBeUndefined();
    });
    expect.assertions(2);
  });

  test('are not made anew for a log that has lost them, or is older than they are', async () => {
    await expect(openKeys(createMemorySecrets(), true, begin)).rejects.toThrow('are gone');
    const old = createMemorySecrets({ 'audit-key': Buffer.alloc(32).toString('base64') });
    await expect(openKeys(old, true, begin)).rejects.toThrow('before the release');
  });

  test('stay as they were written', () => {
    const key = keyOf(12, ROOT) as ChainKey;
    expect(parseKey(formatKey(key))).toMatchObject({ segment: 12, id: key.id });
    for (const text of ['', '1:', 'x:y', `-1:${'A'.repeat(43)}=`]) expect(parseKey(text)).toBeUndefined();
  });

  test('keep the furthest one only, and go on trying while they cannot be kept', async () => {
    const clock = createFakeClock();
    const store = createMemorySecrets({ 'audit-key': formatKey(ROOT) });
    const faults: unknown[] = [];
    let locked = true;
    const set = async (name: SecretName, value: string) => {
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
