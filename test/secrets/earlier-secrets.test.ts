/** Secrets that version 0.1 has kept are had under their names of today, and are lost at no crash. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createBoundSecrets, SecretElsewhere } from '../../main/secrets/bound-secrets.ts';
import { openKeychain } from '../../main/secrets/keychain.ts';
import { createSecrets, type SecretName, SecretsLocked } from '../../main/secrets/secrets.ts';
import { type SecretUse, secretFacts } from '../../shared/secrets.ts';
import { needsKeyring, runWithKeyring } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';

const CLIENT = 'destination:genesys:client-secret';
const SIGNING = 'destination:genesys:signing-secret';
const A = 'https://login.a.example';
const B = 'https://login.b.example';

class Killed extends Error {}

/** A user's store of that kind; each start can be killed at its change with a number, before or after it is made. */
function setUp(kind: 'keychain' | 'file') {
  const dataDir = tempDir();
  const items = new Map<string, string>();
  const state = { changes: 0, isLocked: false };
  const path = join(dataDir, 'secrets.json');

  async function start(die?: { at: number; isMade: boolean }, env = {}) {
    state.changes = 0;
    let isDead = false;
    const change = <T>(make: () => T): T => {
      if (isDead) throw new Killed();
      isDead = ++state.changes === die?.at;
      if (isDead && !die?.isMade) throw new Killed();
      const made = make();
      if (isDead) throw new Killed();
      return made;
    };
    const load = async () => ({
      getPassword: async (_: string, account: string) =>
        state.isLocked ? null : (items.get(account) ?? null),
      async setPassword(_: string, account: string, value: string) {
        if (state.isLocked) throw new Error('Cannot create an item in a locked collection');
        change(() => items.set(account, value));
      },
      deletePassword: async (_: string, account: string) => change(() => items.delete(account)),
    });
    const keychain =
      kind === 'keychain'
        ? await openKeychain({ env: {}, dataDir, load })
        : ({ unavailable: { kind: 'off', reason: 'test' } } as const);
    return createSecrets({ env, keychain, dataDir });
  }

  /** As version 0.1 did. */
  async function keepEarlier(kept: Readonly<Record<string, string>>): Promise<void> {
    const secrets = await start();
    for (const [name, value] of Object.entries(kept)) await secrets.set(name as SecretName, value);
  }

  const names = () =>
    kind === 'keychain'
      ? [...items.keys()].map((account) => account.replace(/@.*$/, '')).filter((name) => name !== 'probe')
      : Object.keys(JSON.parse(readFileSync(path, 'utf8')).secrets);
  return { start, keepEarlier, names, state, dataDir };
}

const use = (origin: string): SecretUse => ({
  ...secretFacts(CLIENT),
  origin,
  addressVariables: 'GENESYS_REGION',
  isNamedInEnvironment: false,
  part: 'destinations',
  pointer: '',
  neededBy: null,
});

const OLD = {
  'client-secret': 'of the client',
  'signing-secret': 'of the signature',
  'secret-origin:client-secret': JSON.stringify({ version: 1, kept: A }),
};

describe.each(['keychain', 'file'] as const)('in the %s', (kind) => {
  test('they are had before they have been taken over, and after; then nothing is left of their old names', async () => {
    const { start, keepEarlier, names } = setUp(kind);
    await keepEarlier(OLD);
    const before = await start();
    expect([await before.get(CLIENT), await before.source(SIGNING)]).toEqual(['of the client', kind]);
    await before.takeOverEarlier();
    expect(names().toSorted()).toEqual([CLIENT, SIGNING, `secret-origin:${CLIENT}`]);
    const after = await start();
    expect([await after.get(CLIENT), await after.get(SIGNING)]).toEqual([
      'of the client',
      'of the signature',
    ]);
    await after.takeOverEarlier();
    expect(names()).toHaveLength(3);
  });

  test('they stay with the origin that they were entered for', async () => {
    const { start, keepEarlier } = setUp(kind);
    await keepEarlier(OLD);
    for (const isTakenOver of [false, true]) {
      const bound = createBoundSecrets(await start());
      if (isTakenOver) await bound.adopt([use(B)]);
      expect(await bound.origin(CLIENT)).toBe(A);
      expect(await bound.get(use(A))).toBe('of the client');
      await expect(bound.get(use(B))).rejects.toThrow(SecretElsewhere);
    }
  });

  test('one that is set or cleared before is not brought back', async () => {
    for (const step of ['set', 'delete'] as const) {
      const { start, keepEarlier, names } = setUp(kind);
      await keepEarlier(OLD);
      const secrets = await start();
      if (step === 'set') await secrets.set(CLIENT, 'another');
      else expect(await secrets.delete(CLIENT)).toBe(true);
      const value = step === 'set' ? 'another' : undefined;
      expect(await secrets.get(CLIENT)).toBe(value);
      await secrets.takeOverEarlier();
      expect([await secrets.get(CLIENT), names().includes('client-secret')]).toEqual([value, false]);
    }
  });

  test('what somebody has entered in the earlier version, having gone back to it, counts', async () => {
    const { start, keepEarlier } = setUp(kind);
    await keepEarlier(OLD);
    await (await start()).takeOverEarlier();
    await keepEarlier({ 'client-secret': 'entered later' });
    const secrets = await start();
    expect(await secrets.get(CLIENT)).toBe('entered later');
    await secrets.takeOverEarlier();
    expect(await secrets.get(CLIENT)).toBe('entered later');
  });
});

test('they are lost at no crash, whenever it comes, and the next start ends what was begun', async () => {
  const whole = setUp('keychain');
  await whole.keepEarlier(OLD);
  await (await whole.start()).takeOverEarlier();
  expect(whole.state.changes).toBeGreaterThan(3);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.integer({ min: 1, max: 8 }), isMade: fc.boolean() }), { maxLength: 4 }),
      fc.constantFrom('takeOverEarlier', 'set', 'get'),
      async (kills, how) => {
        const { start, keepEarlier, names } = setUp('keychain');
        await keepEarlier(OLD);
        for (const die of kills) {
          const secrets = await start(die);
          const doIt = {
            takeOverEarlier: secrets.takeOverEarlier,
            set: () => secrets.set(SIGNING, 'of the signature'),
            get: () => secrets.get(CLIENT),
          };
          await doIt[how]().catch(() => {});
          const later = await start();
          expect(await later.get(CLIENT)).toBe('of the client');
          expect(await later.get(SIGNING)).toBe('of the signature');
          expect(await createBoundSecrets(later).origin(CLIENT)).toBe(A);
        }
        await (await start()).takeOverEarlier();
        expect(names().toSorted()).toEqual(whole.names().toSorted());
      },
    ),
    { numRuns: 30 },
  );
});

test('a keychain that does not keep what it is given leaves the old ones where they are', async () => {
  const { start, keepEarlier, names, state } = setUp('keychain');
  await keepEarlier(OLD);
  const secrets = await start();
  state.isLocked = true;
  await expect(secrets.takeOverEarlier()).rejects.toThrow(SecretsLocked);
  state.isLocked = false;
  expect(names().toSorted()).toEqual(Object.keys(OLD).toSorted());
});

test('the variables of version 0.1 hold them as before', async () => {
  const env = { GENESYS_CLIENT_SECRET: 'of the environment', SIGNING_SECRET: 'its own' };
  const { start, keepEarlier } = setUp('file');
  await keepEarlier(OLD);
  const secrets = await start(undefined, env);
  await secrets.takeOverEarlier();
  expect([await secrets.get(CLIENT), await secrets.get(SIGNING)]).toEqual(['of the environment', 'its own']);
  expect(await (await start()).get(CLIENT)).toBe('of the client');
});

test('out of the keychain’s reach one that it holds under its old name is not taken for missing', async () => {
  const { keepEarlier, dataDir } = setUp('keychain');
  await keepEarlier(OLD);
  const keychain = { unavailable: { kind: 'no-bus', reason: 'no session bus' } } as const;
  const secrets = createSecrets({ env: {}, keychain, dataDir });
  await expect(secrets.get(CLIENT)).rejects.toThrow(SecretsLocked);
  await expect(secrets.set(CLIENT, 'x')).rejects.toThrow(SecretsLocked);
  expect(await secrets.get('destination:eu:client-secret')).toBeUndefined();
});

describe('on a real gnome-keyring', () => {
  beforeEach(needsKeyring);

  test('they are taken over, with what binds them', async () => {
    const home = tempDir();
    const run = (...steps: string[][]) => runWithKeyring({ home, keyring: 'unlocked', steps });
    await run(...Object.entries(OLD).map(([name, value]) => ['set', name, value]));
    const { results } = await run(
      ['source', CLIENT],
      ['takeOverEarlier', CLIENT],
      ['get', CLIENT],
      ['get', SIGNING],
      ['get', `secret-origin:${CLIENT}`],
      ['get', 'client-secret'],
      ['get', 'secret-origin:client-secret'],
    );
    expect(results).toEqual([
      { value: 'keychain' },
      {},
      { value: 'of the client' },
      { value: 'of the signature' },
      { value: OLD['secret-origin:client-secret'] },
      {},
      {},
    ]);
  });
});
