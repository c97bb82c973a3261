/** What a red team did to the record of version 0.1, done again to what is built. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { build, newDataDir, runBuilt, startBuilt } from '../support/built-product.ts';
import { deliveringTo } from '../support/environment.ts';
import { needsKeyring, startKeyringSession } from '../support/keyring.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

beforeAll(build, 120_000);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** The only segment of a log. */
function segmentOf(dataDir: string): string {
  const folder = join(dataDir, 'audit');
  const [name, ...others] = readdirSync(folder).filter((file) => file.endsWith('.ndjson'));
  expect(others).toEqual([]);
  return join(folder, `${name}`);
}

function change(dataDir: string, by: (lines: string[]) => string[]): void {
  const path = segmentOf(dataDir);
  const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
  const changed = by(lines);
  expect(changed).not.toEqual(lines);
  writeFileSync(path, changed.join(''));
}

const tamperings: [string, (lines: string[]) => string[]][] = [
  [
    'a pop that was changed',
    (lines) =>
      lines
        .join('')
        .replace('"delivered"', '"suppressed"')
        .split(/(?<=\n)/),
  ],
  ['a tail that was cut', (lines) => lines.slice(0, -4)],
  ['a pop that was taken out', (lines) => lines.filter((_, index) => index !== 2)],
];

/** Attacks a log and its checkpoint, starts and stops poptray over it, and asks each time. */
async function attack(env: Record<string, string>, by: (lines: string[]) => string[], hasRoot: boolean) {
  const dataDir = newDataDir();
  const key = join(tempDir(), 'key');
  const first = await startBuilt({ dataDir, env });
  for (let pop = 0; pop < 5; pop += 1) expect(await first.pop()).toBe(200);
  await first.stop();
  if (hasRoot)
    expect(await runBuilt({ dataDir, env }, 'audit', 'root', join(tempDir(), 'root'))).toMatchObject({
      code: 0,
    });
  writeFileSync(key, (await runBuilt({ dataDir, env }, 'audit', 'public-key')).output);
  const asked = async () => ({
    here: (await runBuilt({ dataDir, env }, 'audit', 'verify')).code,
    elsewhere: (await runBuilt({ dataDir, env }, 'audit', 'verify', '--public-key', key)).code,
    doctor: (await runBuilt({ dataDir, env }, 'doctor')).output,
  });
  expect(await asked()).toMatchObject({ here: 0 });
  change(dataDir, by);
  rmSync(join(dataDir, 'audit-checkpoint'));
  const before = await asked();
  const second = await startBuilt({ dataDir, env });
  await second.pop();
  await second.stop();
  return { before, after: await asked() };
}

describe('H03 M01 is called whole neither before nor after a start:', () => {
  test.each(tamperings)('%s, and the checkpoint removed, with the keys in a file', async (_, by) => {
    for (const hasRoot of [false, true]) {
      const { before, after } = await attack({}, by, hasRoot);
      for (const { here, elsewhere, doctor } of [before, after]) {
        expect([0, 2]).not.toContain(here);
        expect([0, 2]).not.toContain(elsewhere);
        expect(doctor).toMatch(/^FAULT {2}audit log/m);
      }
    }
  });

  describe('and in a real gnome-keyring', () => {
    beforeEach(needsKeyring);

    test.each(tamperings)('%s, and the checkpoint removed', async (_, by) => {
      const { env } = await startKeyringSession(tempDir(), 'unlocked');
      const { before, after } = await attack({ ...env, POPTRAY_KEYCHAIN: '' }, by, true);
      for (const { here, doctor } of [before, after]) {
        expect(here).toBe(1);
        expect(doctor).toMatch(/^FAULT {2}audit log/m);
      }
    });
  });
});

test('M04 who changed what stands in the log', async () => {
  const { session, poptray, port, entries } = await startBuilt();
  const { call } = await session();
  const { settings } = (await call('settingsGet', {})).value as { settings: object };
  const destination = {
    id: 'genesys',
    kind: 'genesys-screenpops',
    baseUrl: 'https://api.example',
    clientId: 'client',
    scope: '',
  };
  const secrets = [{ name: 'destination:genesys:client-secret', value: 'MARKED-SECRET' }];
  expect(
    await call('settingsSet', { settings: { ...settings, destinations: [destination] }, secrets }),
  ).toMatchObject({
    ok: true,
  });
  await call('tokenCreate', { name: 'phone' });
  await call('pause', { for: 900 });
  await poptray('token', 'create', 'crm');
  await poptray('pair', 'page', '--port', `${port}`);
  const subjects = () =>
    entries().flatMap(({ type, change }) => (type === 'changed' ? [change?.subject] : []));
  await expect
    .poll(() => [...new Set(subjects())].sort(), { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['pairing', 'pause', 'secret', 'session', 'settings', 'token']));
  expect(JSON.stringify(entries())).not.toContain('MARKED');
});

test('W02 an application id with escapes of terminals is listed as text', async () => {
  const id = 'app\u001b]0;owned\u0007\u009b31m';
  const { pop, poptray } = await startBuilt({
    env: { POPTRAY_APPLICATION_ID: id, POPTRAY_TARGET_URI: 'https://crm.example/' },
  });
  expect(await pop()).toBe(200);
  for (const args of [['audit', 'list'], ['audit', 'list', '--all'], ['audit', 'list', '--json'], ['status']])
    expect(await poptray(...args), args.join(' ')).not.toMatch(ACTS);
  expect(await poptray('audit', 'list')).toContain('app\\u001b]0;owned');
});

test('W03 a key is no formula in any cell of an export, wherever a spreadsheet ends its cells', async () => {
  const { post, url, poptray, session } = await startBuilt();
  const idempotencyKey = 'x;=1+1';
  expect((await post({ userId: USER, idempotencyKey })).status).toBe(200);
  const { headers } = await session();
  const download = await fetch(`${url}/ui/api/export?format=csv`, { headers });
  for (const csv of [await poptray('audit', 'export', '--format', 'csv'), await download.text()]) {
    expect(csv).toContain('x;');
    for (const ends of [/,/, /;/, /\t/])
      expect(
        csv
          .split(/\r?\n/)
          .flatMap((line) => line.split(ends))
          .filter((cell) => /^["\s]*[=+@]/.test(cell)),
      ).toEqual([]);
  }
});

test('W15 an older checkpoint does not take the place of the one that is here', async () => {
  const { dataDir, pop, stop } = await startBuilt();
  expect(await pop()).toBe(200);
  await stop();
  const old = join(tempDir(), 'old');
  const { note } = JSON.parse(readFileSync(join(dataDir, 'audit-checkpoint'), 'utf8').split('\n')[0] ?? '');
  writeFileSync(old, note);
  const again = await startBuilt({ dataDir });
  for (let more = 0; more < 3; more += 1) expect(await again.pop()).toBe(200);
  await again.stop();
  change(dataDir, (lines) => lines.slice(0, -3));
  expect(await runBuilt({ dataDir }, 'audit', 'verify')).toMatchObject({ code: 1 });
  expect(await runBuilt({ dataDir }, 'audit', 'verify', '--checkpoint', old)).toMatchObject({ code: 1 });
});

test('W16 where a cleaner took the lock away no key is shown by two', async () => {
  const destination = await startStubDestination();
  const dataDir = newDataDir();
  const env = deliveringTo(destination.url);
  const first = await startBuilt({ dataDir, env });
  const trigger = (idempotencyKey: string) => ({ userId: USER, idempotencyKey });
  expect((await first.post(trigger('one'))).status).toBe(200);
  rmSync(join(dataDir, 'audit/writer.lock'));
  const second = await startBuilt({ dataDir, env });
  for (const key of ['one', 'two']) expect((await second.post(trigger(key))).status).toBe(200);
  for (const key of ['two', 'three']) expect((await first.post(trigger(key))).status).toBe(503);
  expect(destination.pops).toHaveLength(2);
});
