import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openKeychain } from '../../main/secrets/keychain.ts';
import { needsKeyring, runWithKeyring } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('the keychain, on a real gnome-keyring', () => {
  beforeEach(needsKeyring);

  test('keeps a secret from one run to the next, and forgets it when told', async () => {
    const home = tempDir();
    const first = await runWithKeyring({
      home,
      keyring: 'unlocked',
      steps: [
        ['get', 'audit-key'],
        ['set', 'audit-key', 'zwölf "keys"'],
        ['source', 'audit-key'],
      ],
    });
    expect(first).toEqual({
      code: 0,
      atFirst: null,
      warning: null,
      results: [{}, {}, { value: 'keychain' }],
    });
    const second = await runWithKeyring({
      home,
      keyring: 'unlocked',
      steps: [
        ['get', 'audit-key'],
        ['delete', 'audit-key'],
        ['delete', 'audit-key'],
        ['get', 'audit-key'],
      ],
    });
    expect(second.results).toEqual([{ value: 'zwölf "keys"' }, { value: true }, { value: false }, {}]);
  });

  test('keeps the secrets of two data folders apart', async () => {
    const home = tempDir();
    const run = (folder: string, ...steps: string[][]) =>
      runWithKeyring({ home, keyring: 'unlocked', dataDir: join(home, folder), steps });
    await run('one', ['set', 'audit-key', 'first']);
    await run('two', ['set', 'audit-key', 'second']);
    expect((await run('one', ['get', 'audit-key'])).results).toEqual([{ value: 'first' }]);
    expect((await run('two', ['get', 'audit-key'])).results).toEqual([{ value: 'second' }]);
  });

  test.each([
    ['no-bus', {}],
    ['no-bus', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' }],
    ['no-bus', { DBUS_SESSION_BUS_ADDRESS: '' }],
    ['no-bus', { DBUS_SESSION_BUS_ADDRESS: 'disabled:' }],
    ['no-service', {}],
  ] as const)('is absent, not locked, where there is %s %o', async (keyring, env) => {
    const { unavailable } = await runWithKeyring({ home: tempDir(), keyring, env });
    expect(unavailable).toMatchObject({ kind: keyring === 'no-bus' ? 'no-bus' : 'absent' });
  });

  test('F21 is locked, not empty, while its keyring is shut', async () => {
    const home = tempDir();
    const steps = [['set', 'audit-key', 'kept']];
    await runWithKeyring({ home, keyring: 'unlocked', steps });
    expect((await runWithKeyring({ home, keyring: 'locked' })).unavailable).toMatchObject({ kind: 'locked' });
  });

  test('is locked, not absent, where no keyring was ever made', async () => {
    const { unavailable } = await runWithKeyring({ home: tempDir(), keyring: 'locked' });
    expect(unavailable).toMatchObject({ kind: 'locked' });
  });

  test('that never answers holds up neither the start nor the exit, whose code stays', async () => {
    const run = { home: tempDir(), keyring: 'silent', limitMs: 300, exitCode: 7 } as const;
    const { unavailable, code } = await runWithKeyring(run);
    expect(unavailable?.kind).toBe('locked');
    expect(unavailable?.reason).toContain('did not answer within 300 ms');
    expect(code).toBe(7);
  });

  test('is off, and not asked at all, with POPTRAY_KEYCHAIN=off', async () => {
    const env = { POPTRAY_KEYCHAIN: 'off' };
    const { unavailable } = await runWithKeyring({ home: tempDir(), keyring: 'silent', env });
    expect(unavailable).toEqual({ kind: 'off', reason: 'POPTRAY_KEYCHAIN=off' });
  });
});

describe('the keychain', () => {
  const open = (
    keytar: Partial<Awaited<ReturnType<NonNullable<Parameters<typeof openKeychain>[0]['load']>>>>,
    limitMs = 3000,
  ) =>
    openKeychain({
      env: {},
      limitMs,
      dataDir: tempDir(),
      load: async () => ({
        getPassword: async () => null,
        setPassword: async () => {},
        deletePassword: async () => false,
        ...keytar,
      }),
    });

  test('F21 is absent where keytar does not load', async () => {
    const load = () => Promise.reject(new Error('libsecret-1.so.0: cannot open shared object file'));
    const { unavailable } = await openKeychain({ env: {}, dataDir: tempDir(), load });
    expect(unavailable).toMatchObject({ kind: 'absent' });
  });

  test('is locked for any fault that is not known to mean absence', async () => {
    const fails = (message: string) => open({ getPassword: () => Promise.reject(new Error(message)) });
    for (const message of [
      'User interaction is not allowed.',
      'Could not connect: Permission denied',
      'new words',
    ]) {
      expect((await fails(message)).unavailable).toMatchObject({ kind: 'locked', reason: message });
    }
  });

  test.each([
    'Cannot autolaunch D-Bus without X11 $DISPLAY',
    'Cannot spawn a message bus without a machine-id: Invalid machine ID in /etc/machine-id',
    'Error spawning command line “dbus-launch --autolaunch=3d12 --close-stderr”: Child process exited with code 1',
    'Failed to execute child process “dbus-launch” (No such file or directory)',
    'Could not connect: No such file or directory',
    'Could not connect: Connection refused',
    'The given address is empty',
    'Unknown or unsupported transport “disabled” for address “disabled:”',
    'The name org.freedesktop.secrets was not provided by any .service files',
    'The name is not activatable',
  ])('is absent where GLib says: %s', async (message) => {
    const { unavailable } = await open({ getPassword: () => Promise.reject(new Error(message)) });
    const isOnBus = message.includes('org.freedesktop.secrets') || message.includes('activatable');
    expect(unavailable).toMatchObject({ kind: isOnBus ? 'absent' : 'no-bus', reason: message });
  });

  test('is locked when it does not keep what it is given', async () => {
    expect((await open({})).unavailable?.kind).toBe('locked');
  });

  // atom/node-keytar#422: a dismissed unlock dialog and a secret that is not there are both null.
  test('that is locked later on rejects rather than call a secret missing', async () => {
    const items = new Map<string, string>();
    let isLocked = false;
    const { keychain } = await open({
      getPassword: async (_, account) => (isLocked ? null : (items.get(account) ?? null)),
      setPassword: async (_, account, value) => {
        if (isLocked) throw new Error('Cannot create an item in a locked collection');
        items.set(account, value);
      },
      deletePassword: async (_, account) => !isLocked && items.delete(account),
    });
    await keychain?.set('audit-key', 'kept');
    isLocked = true;
    await expect(keychain?.get('audit-key')).rejects.toThrow('locked collection');
    await expect(keychain?.delete('audit-key')).rejects.toThrow('locked collection');
    isLocked = false;
    await expect(keychain?.get('audit-key')).resolves.toBe('kept');
  });

  test('F21 that asks for its password is locked meanwhile, and says later what came of it', async () => {
    const typed = Promise.withResolvers<string>();
    const getPassword = vi.fn(() => typed.promise);
    const { unavailable } = await open({ getPassword }, 10);
    expect(unavailable).toMatchObject({ kind: 'locked', reason: expect.stringContaining('password') });
    typed.resolve('poptray can use this keychain');
    expect(await unavailable?.later).toHaveProperty('keychain');
    expect(getPassword).toHaveBeenCalledTimes(1);
  });

  test('is not asked any more for what nobody waits for', async () => {
    const dialog = Promise.withResolvers<string>();
    const asked: string[] = [];
    const { keychain } = await open(
      {
        getPassword: async (_, account) => {
          const [name = ''] = account.split('@');
          asked.push(name);
          return name === 'audit-key' ? dialog.promise : 'poptray can use this keychain';
        },
      },
      100,
    );
    const both = ['audit-key', 'client-secret'].map((name) => keychain?.get(name));
    for (const one of both) await expect(one).rejects.toThrow('did not answer within 100 ms');
    dialog.resolve('late');
    expect(await keychain?.get('signing-secret')).toBe('poptray can use this keychain');
    expect(asked).toEqual(['probe', 'audit-key', 'signing-secret']);
  });

  test('is asked one thing at a time', async () => {
    let asked = 0;
    let atOnce = 0;
    const { keychain } = await open({
      getPassword: async (_, account) => {
        atOnce = Math.max(atOnce, ++asked);
        await new Promise(setImmediate);
        asked--;
        return account === 'probe' ? 'poptray can use this keychain' : 'value';
      },
    });
    await Promise.all(['audit-key', 'signing-secret', 'client-secret'].map((name) => keychain?.get(name)));
    expect(atOnce).toBe(1);
  });
});
