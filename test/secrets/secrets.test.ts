import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { HostUnfit } from '../../main/platform/data-dir.ts';
import { type KeychainState, SERVICE_GONE } from '../../main/secrets/keychain.ts';
import { createSecrets, SecretsLocked } from '../../main/secrets/secrets.ts';
import { makeCause, sayCause } from '../../shared/causes.ts';
import { needsKeyring, runWithKeyring } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';

const ABSENT: KeychainState = { unavailable: { kind: 'absent', reason: 'no Secret Service' } };
const LOCKED: KeychainState = { unavailable: { kind: 'locked', reason: 'Cannot create an item' } };

const keychainOf = (kept: Map<string, string>) => ({
  get: async (name: string) => kept.get(name) ?? null,
  set: async (name: string, value: string) => void kept.set(name, value),
  delete: async (name: string) => kept.delete(name),
});

function open(dataDir: string, keychain = ABSENT, env: Record<string, string> = {}) {
  const secrets = createSecrets({ env, keychain, dataDir });
  return { secrets, path: join(dataDir, 'secrets.json') };
}

describe('secrets', () => {
  test('come from the environment before anything else, also while the keychain is locked', async () => {
    const env = {
      GENESYS_CLIENT_SECRET: 'from-env-1',
      SIGNING_SECRET: 'from-env-2',
      PRODUCTIVITY_WEBHOOK_SECRET: 'from-env-3',
    };
    const { secrets } = open(tempDir(), LOCKED, env);
    expect(await secrets.get('destination:genesys:client-secret')).toBe('from-env-1');
    expect(await secrets.get('destination:genesys:signing-secret')).toBe('from-env-2');
    expect(await secrets.get('webhook-secret:productivity')).toBe('from-env-3');
    expect(await secrets.source('destination:genesys:client-secret')).toBe('environment');
    await expect(secrets.get('webhook-secret:other')).rejects.toThrow(SecretsLocked);
  });

  test.each(['\r', '\n', '\r\n', '\n\n'])(
    'end before the line break %j, whatever way they came',
    async (end) => {
      const env = { GENESYS_CLIENT_SECRET: `from env ${end}`, SIGNING_SECRET: end };
      const kept = new Map([['webhook-secret:crm', `from before${end}`]]);
      const { secrets } = open(tempDir(), { keychain: keychainOf(kept) }, env);
      expect(await secrets.get('destination:genesys:client-secret')).toBe('from env ');
      expect(await secrets.source('destination:genesys:signing-secret')).toBeNull();
      expect(await secrets.get('webhook-secret:crm')).toBe('from before');
      await secrets.set('shipper-secret:siem', `pasted${end}`);
      expect(kept.get('shipper-secret:siem')).toBe('pasted');
      const dir = tempDir();
      writeFileSync(
        join(dir, 'secrets.json'),
        JSON.stringify({ version: 1, secrets: { 'destination:genesys:signing-secret': `typed${end}` } }),
        { mode: 0o600 },
      );
      expect(await open(dir).secrets.get('destination:genesys:signing-secret')).toBe('typed');
      await expect(secrets.set('audit-key', end)).rejects.toThrow('must not be empty');
    },
  );

  test('take an empty variable for one that is not set', async () => {
    const { secrets } = open(tempDir(), ABSENT, { SIGNING_SECRET: '' });
    expect(await secrets.get('destination:genesys:signing-secret')).toBeUndefined();
    await secrets.set('destination:genesys:signing-secret', 'kept');
    expect(await secrets.source('destination:genesys:signing-secret')).toBe('file');
  });

  test('are kept in a private file where there is no keychain, with a warning that stands', async () => {
    const dir = tempDir();
    const { secrets, path } = open(dir);
    expect(secrets.warning).toContain(path);
    expect(secrets.warning).toContain('no Secret Service');
    expect(await secrets.source('audit-key')).toBeNull();
    await secrets.set('audit-key', 'a');
    await secrets.set('webhook-secret:crm', 'b');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = open(dir).secrets;
    expect(await again.get('audit-key')).toBe('a');
    expect(await again.source('webhook-secret:crm')).toBe('file');
    expect(await again.delete('audit-key')).toBe(true);
    expect(await again.delete('audit-key')).toBe(false);
    expect(await again.get('audit-key')).toBeUndefined();
    expect(await again.get('webhook-secret:crm')).toBe('b');
  });

  test('are made once, however many ask at the same time', async () => {
    const { secrets } = open(tempDir());
    let made = 0;
    const make = () => `key ${++made}`;
    const keys = await Promise.all([1, 2, 3].map(() => secrets.getOrCreate('audit-key', make)));
    expect(keys).toEqual(['key 1', 'key 1', 'key 1']);
    expect(await secrets.get('audit-key')).toBe('key 1');
  });

  test('cannot be empty', async () => {
    const { secrets, path } = open(tempDir());
    await expect(secrets.set('audit-key', '')).rejects.toThrow('must not be empty');
    expect(existsSync(path)).toBe(false);
  });

  test('that are longer than Windows keeps (2,560 bytes) are said to be, and not that the keychain is locked', async () => {
    const kept: string[] = [];
    const keychain = {
      get: async () => null,
      set: async (name: string) => void kept.push(name),
      delete: async () => false,
    };
    const options = { env: {}, keychain: { keychain }, dataDir: tempDir() };
    const windows = createSecrets({ ...options, platform: 'win32' });
    const refused = await windows
      .set('destination:genesys:client-secret', 'ü'.repeat(1281))
      .catch((error: Error) => error);
    expect(refused).toMatchObject({
      name: 'SecretTooLong',
      code: 'secrets_locked',
      message: expect.stringMatching(
        /^destination:genesys:client-secret has 2562 bytes, and the keychain of this system takes 2560\. /,
      ),
    });
    expect(refused).not.toBeInstanceOf(SecretsLocked);
    expect(String(refused)).not.toMatch(/ü|[Uu]nlock/);
    await windows.set('destination:genesys:client-secret', 'ü'.repeat(1280));
    await createSecrets({ ...options, platform: 'linux' }).set(
      'destination:genesys:signing-secret',
      'x'.repeat(3000),
    );
    expect(kept).toEqual(['destination:genesys:client-secret', 'destination:genesys:signing-secret']);
  });

  test('F21 are not written to a file while the keychain is locked; the error says what to do', async () => {
    const dir = tempDir();
    await open(dir).secrets.set('audit-key', 'from an earlier start');
    const { secrets, path } = open(dir, LOCKED);
    const before = readFileSync(path, 'utf8');
    const attempts = [
      () => secrets.get('destination:genesys:client-secret'),
      () => secrets.set('destination:genesys:client-secret', 'hidden-value'),
      () => secrets.delete('destination:genesys:client-secret'),
      () => secrets.source('destination:genesys:client-secret'),
      () => secrets.getOrCreate('destination:genesys:client-secret', () => 'hidden-value'),
    ];
    for (const attempt of attempts) {
      const error = (await (attempt() as Promise<unknown>).catch((reason) => reason)) as Error;
      expect(error).toBeInstanceOf(SecretsLocked);
      expect(error.message).toMatch(/Unlock it: .* Or set GENESYS_CLIENT_SECRET/);
      expect(error.message).not.toContain('hidden-value');
    }
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(secrets.warning).toBeUndefined();
  });

  test('F21 are not written to a file either when the locked keychain goes away altogether', async () => {
    const dataDir = tempDir();
    const reopen = async () => ABSENT;
    const secrets = createSecrets({ env: {}, keychain: LOCKED, reopen, dataDir });
    await secrets.lookAgain();
    await expect(secrets.getOrCreate('audit-key', () => 'new')).rejects.toThrow(SecretsLocked);
    expect(existsSync(join(dataDir, 'secrets.json'))).toBe(false);
  });

  test('F21 are there once the keychain is open; a dialog that stands open is waited for, and no other is raised', async () => {
    const items = new Map([['audit-key', 'kept']]);
    const dialog = Promise.withResolvers<KeychainState>();
    const keychain: KeychainState = {
      unavailable: { kind: 'locked', reason: 'silent', later: dialog.promise },
    };
    const reopen = () => expect.fail('asked twice');
    const secrets = createSecrets({ env: {}, keychain, reopen, dataDir: tempDir() });
    const looking = secrets.lookAgain();
    await expect(secrets.get('audit-key')).rejects.toThrow(SecretsLocked);
    dialog.resolve({ keychain: keychainOf(items) });
    await looking;
    expect([await secrets.get('audit-key'), await secrets.source('audit-key')]).toEqual(['kept', 'keychain']);
  });

  test('are kept in the file as before where a keychain was absent and still is at the next look', async () => {
    const secrets = createSecrets({ env: {}, keychain: ABSENT, dataDir: tempDir() });
    await secrets.lookAgain();
    await secrets.set('audit-key', 'new');
    expect(await secrets.source('audit-key')).toBe('file');
  });

  test('are noted by their names for as long as the keychain holds them, and no longer', async () => {
    const dir = tempDir();
    const { secrets } = open(dir, { keychain: keychainOf(new Map()) });
    const names = () => JSON.parse(readFileSync(join(dir, 'keychain.json'), 'utf8')).names;
    await secrets.set('audit-key', 'a');
    await secrets.set('destination:genesys:signing-secret', 'b');
    await secrets.set('destination:genesys:client-secret', 'c');
    await secrets.set('audit-key', 'd');
    expect(names()).toEqual([
      'audit-key',
      'destination:genesys:signing-secret',
      'destination:genesys:client-secret',
    ]);
    await secrets.delete('destination:genesys:signing-secret');
    expect(names()).toEqual(['audit-key', 'destination:genesys:client-secret']);
  });

  test('that the keychain did not take are not noted as if it held them', async () => {
    const dir = tempDir();
    const set = () => Promise.reject(new Error('no'));
    const { secrets } = open(dir, { keychain: { ...keychainOf(new Map()), set } });
    await expect(secrets.set('audit-key', 'a')).rejects.toThrow(SecretsLocked);
    expect(existsSync(join(dir, 'keychain.json'))).toBe(false);
  });

  test('left in the file by a start without a keychain are named in the warning, with the way into it', async () => {
    const dir = tempDir();
    await open(dir).secrets.set('audit-key', 'early');
    const { secrets, path } = open(dir, { keychain: keychainOf(new Map()) });
    expect(secrets.warning).toBe(
      `${path} still holds secrets unencrypted, from a start without the OS keychain: audit-key. Setting one again moves it into the keychain.`,
    );
    await secrets.set('audit-key', 'again');
    expect(secrets.warning).toBeUndefined();
  });

  test.each([
    [SERVICE_GONE, 'keychain_restarted'],
    ['the user dismissed the dialog', 'keychain_locked'],
  ] as const)('that cannot be read because %s tell what to do about that', async (reason, code) => {
    const refuses = () => Promise.reject(new Error(reason));
    const { secrets } = open(tempDir(), { keychain: { get: refuses, set: refuses, delete: refuses } });
    for (const attempt of [
      secrets.get('audit-key'),
      secrets.set('audit-key', 'x'),
      secrets.delete('audit-key'),
    ])
      await expect(attempt).rejects.toThrow(sayCause(makeCause(code, { reason })));
  });

  test.each([
    ['absent', 'no_keychain'],
    ['no-bus', 'no_session_bus'],
  ] as const)('that the keychain holds are out of reach while it is %s', async (kind, code) => {
    const dir = tempDir();
    await open(dir, { keychain: keychainOf(new Map()) }).secrets.set(
      'destination:genesys:signing-secret',
      'kept',
    );
    const { secrets } = open(dir, { unavailable: { kind, reason: 'none here' } });
    const list = join(dir, 'keychain.json');
    const why = sayCause(
      makeCause(code, { name: 'destination:genesys:signing-secret', reason: 'none here', list }),
    );
    await expect(secrets.get('destination:genesys:signing-secret')).rejects.toThrow(why);
    await expect(secrets.set('destination:genesys:signing-secret', 'another')).rejects.toThrow(
      'SIGNING_SECRET',
    );
    expect(existsSync(join(dir, 'secrets.json'))).toBe(false);
  });

  test('in a keychain that POPTRAY_KEYCHAIN=off rules out are no reason to wait, but to change it', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'keychain.json'), '{"version":1,"names":["audit-key"]}', { mode: 0o600 });
    const off: KeychainState = { unavailable: { kind: 'off', reason: 'POPTRAY_KEYCHAIN=off' } };
    await expect(open(dir, off).secrets.get('audit-key')).rejects.toThrow(HostUnfit);
  });

  test.skipIf(process.platform === 'win32')(
    'L18 are not taken from a file that others can read',
    async () => {
      const dir = tempDir();
      const { secrets, path } = open(dir);
      await secrets.set('audit-key', 'hidden-value');
      chmodSync(path, 0o644);
      await expect(secrets.get('audit-key')).rejects.toThrow(`chmod 600 ${path}`);
      expect(() => open(dir)).toThrow(`chmod 600 ${path}`);
    },
  );

  test.each(['{"secrets": "hidden-value"', '{"version":1,"secrets":{"audit-key":["hidden-value"]}}'])(
    'are in no error about a damaged file: %s',
    async (text) => {
      const dir = tempDir();
      const { secrets, path } = open(dir);
      writeFileSync(path, text, { mode: 0o600 });
      const error = await secrets.get('audit-key').catch((reason: Error) => reason);
      expect(error).toMatchObject({ message: expect.stringContaining(`${path} is damaged`) });
      expect(error).not.toHaveProperty('cause');
      expect(String((error as Error).stack)).not.toContain('hidden-value');
    },
  );
});

describe('secrets, on a real gnome-keyring', () => {
  beforeEach(needsKeyring);
  const pathIn = (home: string) => join(home, 'poptray', 'secrets.json');

  test('go to the keychain, and no file holds them', async () => {
    const home = tempDir();
    const steps = [['set', 'destination:genesys:signing-secret', 'hidden-value']];
    await runWithKeyring({ home, keyring: 'unlocked', steps });
    expect(existsSync(pathIn(home))).toBe(false);
    expect(readFileSync(join(home, 'poptray', 'keychain.json'), 'utf8')).not.toContain('hidden-value');
  });

  test('from a start without a keychain are still found, and move into it when set again', async () => {
    const home = tempDir();
    const early = await runWithKeyring({
      home,
      keyring: 'no-service',
      steps: [
        ['getOrCreate', 'audit-key', 'the first key'],
        ['set', 'destination:genesys:signing-secret', 'old'],
      ],
    });
    expect(early.warning).toContain('no OS keychain');
    const later = await runWithKeyring({
      home,
      keyring: 'unlocked',
      steps: [
        ['getOrCreate', 'audit-key', 'another key'],
        ['source', 'audit-key'],
        ['set', 'destination:genesys:signing-secret', 'new'],
        ['source', 'destination:genesys:signing-secret'],
      ],
    });
    expect(later.results).toEqual([{ value: 'the first key' }, { value: 'file' }, {}, { value: 'keychain' }]);
    expect(later.atFirst).toContain('audit-key, destination:genesys:signing-secret');
    expect(later.warning).toContain('audit-key');
    expect(later.warning).not.toContain('destination:genesys:signing-secret');
    expect(JSON.parse(readFileSync(pathIn(home), 'utf8')).secrets).toEqual({ 'audit-key': 'the first key' });
  });

  test('F21 in a locked keyring stay there: nothing falls back to the file', async () => {
    const home = tempDir();
    await runWithKeyring({ home, keyring: 'unlocked', steps: [['set', 'audit-key', 'kept']] });
    const steps = [
      ['get', 'audit-key'],
      ['getOrCreate', 'audit-key', 'another'],
      ['set', 'audit-key', 'another'],
    ];
    const { results, atFirst } = await runWithKeyring({ home, keyring: 'locked', steps });
    expect(results.map(({ error }) => error?.name)).toEqual(Array(3).fill('SecretsLocked'));
    expect(atFirst).toBeNull();
    expect(existsSync(pathIn(home))).toBe(false);
    const { results: after } = await runWithKeyring({
      home,
      keyring: 'unlocked',
      steps: [['get', 'audit-key']],
    });
    expect(after).toEqual([{ value: 'kept' }]);
  });

  test.each(['no-bus', 'no-service'] as const)(
    'in a keychain that is out of reach (%s) are not taken for missing and replaced',
    async (keyring) => {
      const home = tempDir();
      await runWithKeyring({ home, keyring: 'unlocked', steps: [['set', 'audit-key', 'kept']] });
      const steps = [
        ['get', 'audit-key'],
        ['getOrCreate', 'audit-key', 'another'],
        ['getOrCreate', 'destination:genesys:signing-secret', 'new here'],
      ];
      const { results } = await runWithKeyring({ home, keyring, steps });
      expect(results[0]?.error?.name).toBe('SecretsLocked');
      const message = results[0]?.error?.message;
      // What has the bus, and not the keychain, gains nothing by another bus; what lacks the bus loses nothing by waiting for it.
      if (keyring === 'no-bus') {
        expect(message).toMatch(
          /^audit-key is in the keychain, .* no session bus .*DBUS_SESSION_BUS_ADDRESS/,
        );
        expect(message).not.toContain('delete');
      } else
        expect(message).toMatch(
          /^audit-key is in the keychain, and none can be found .*delete \S+keychain\.json/,
        );
      expect(results[1]?.error?.name).toBe('SecretsLocked');
      expect(results[2]).toEqual({ value: 'new here' });
    },
  );
});
