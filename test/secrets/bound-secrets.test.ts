import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBoundSecrets, SecretElsewhere, secretFaults } from '../../main/secrets/bound-secrets.ts';
import { createSecrets, SecretsLocked } from '../../main/secrets/secrets.ts';
import { makeCause } from '../../shared/causes.ts';
import { type SecretUse, secretFacts } from '../../shared/secrets.ts';
import { tempDir } from '../support/temp-dir.ts';

const A = 'https://login.a.example';
const B = 'https://login.b.example';

function open(env: Record<string, string> = {}, dataDir = tempDir()) {
  const keychain = { unavailable: { kind: 'off', reason: 'test' } } as const;
  const secrets = createSecrets({ env, keychain, dataDir });
  return { dataDir, secrets, bound: createBoundSecrets(secrets) };
}

const to = (origin: string, isNamedInEnvironment = false): SecretUse => ({
  ...secretFacts('destination:genesys:client-secret'),
  origin,
  addressVariables: 'GENESYS_REGION or GENESYS_BASE_URL',
  isNamedInEnvironment,
  part: 'destinations',
  pointer: '',
  neededBy: null,
});

const fromEnvironment = { GENESYS_CLIENT_SECRET: 'of the environment' };

test('a secret is had for the origin that it was entered for, and for no other', async () => {
  const { bound } = open();
  await bound.set('destination:genesys:client-secret', 'MARKED', A);
  expect(await bound.get(to(A))).toBe('MARKED');
  const error = await bound.get(to(B)).catch((thrown: Error) => thrown);
  expect(error).toBeInstanceOf(SecretElsewhere);
  expect(String(error)).toBe(
    `SecretElsewhere: The OAuth client secret of genesys was entered for ${A} and is not used for ${B}: enter it again, under Secrets in the dashboard’s settings or with "poptray secret set destination:genesys:client-secret", or set the address back.`,
  );
});

test('entered again, it is for the new origin alone; after a start too', async () => {
  const { bound, dataDir } = open();
  await bound.set('destination:genesys:client-secret', 'one', A);
  await bound.set('destination:genesys:client-secret', 'two', B);
  const later = open({}, dataDir).bound;
  expect(await later.get(to(B))).toBe('two');
  await expect(later.get(to(A))).rejects.toThrow(SecretElsewhere);
});

test('one of version 0.1, bound to nothing, is bound at a start to what the settings say then, and stays so', async () => {
  const { bound, secrets } = open();
  await secrets.set('destination:genesys:client-secret', 'of 0.1');
  expect(await bound.get(to(A))).toBe('of 0.1');
  await bound.adopt([to(A)]);
  await bound.adopt([to(B)]);
  expect(await bound.get(to(A))).toBe('of 0.1');
  await expect(bound.get(to(B))).rejects.toThrow(SecretElsewhere);
});

test('one that is bound to nothing when an address is changed is for nothing from then on, at a later start too', async () => {
  const { bound, secrets } = open();
  await secrets.set('destination:genesys:client-secret', 'of nobody');
  await bound.disown([to(B)]);
  await bound.adopt([to(B)]);
  await expect(bound.get(to(B))).rejects.toThrow('was entered before anything had use for it');
});

test('one that could not be kept leaves the one before where it was: nothing of A’s goes to B', async () => {
  const { bound, secrets } = open();
  await bound.set('destination:genesys:client-secret', 'MARKED', A);
  const failing = createBoundSecrets({
    ...secrets,
    set: (name, value) =>
      name === 'destination:genesys:client-secret'
        ? Promise.reject(new Error('full'))
        : secrets.set(name, value),
  });
  await expect(failing.set('destination:genesys:client-secret', 'for B', B)).rejects.toThrow('full');
  await expect(bound.get(to(B))).rejects.toThrow(SecretElsewhere);
  expect(await bound.get(to(A))).toBe('MARKED');
});

test('a binding that is out of reach is not replaced by another', async () => {
  const { bound, secrets } = open();
  await bound.set('destination:genesys:client-secret', 'MARKED', A);
  const locked = new SecretsLocked(makeCause('keychain_locked', { reason: 'shut' }));
  const shut = createBoundSecrets({
    ...secrets,
    get: (name) => (name.startsWith('secret-origin') ? Promise.reject(locked) : secrets.get(name)),
  });
  await expect(shut.set('destination:genesys:client-secret', 'another', B)).rejects.toBe(locked);
  expect(await bound.origin('destination:genesys:client-secret')).toBe(A);
});

test('tells what origin it is for, as long as there is one', async () => {
  const { bound, secrets } = open();
  expect(await bound.origin('destination:genesys:client-secret')).toBeUndefined();
  await secrets.set('destination:genesys:client-secret', 'bound to nothing yet');
  expect(await bound.origin('destination:genesys:client-secret')).toBeUndefined();
  await bound.set('destination:genesys:client-secret', 'MARKED', A);
  expect(await bound.origin('destination:genesys:client-secret')).toBe(A);
  await bound.delete('destination:genesys:client-secret');
  expect(await bound.origin('destination:genesys:client-secret')).toBeUndefined();
  await bound.set('destination:genesys:client-secret', 'MARKED', A);
  // As by hand, in the keychain's own program.
  await secrets.delete('destination:genesys:client-secret');
  expect(await bound.origin('destination:genesys:client-secret')).toBeUndefined();
  const environment = open(fromEnvironment).bound;
  await environment.set('destination:genesys:client-secret', 'another one', A);
  await environment.adopt([to(B)]);
  expect(await environment.origin('destination:genesys:client-secret')).toBe(B);
});

test('people hear which ones are not used, and why; of locked ones nobody can tell', async () => {
  const { bound, secrets } = open();
  await bound.set('destination:genesys:client-secret', 'MARKED', A);
  expect(await secretFaults(bound, [to(A)])).toEqual([]);
  expect(await secretFaults(bound, [to(A), to(B)])).toEqual([
    expect.stringContaining(`is not used for ${B}`),
  ]);
  await secrets.set('secret-origin:destination:genesys:client-secret', 'nonsense');
  expect(await secretFaults(bound, [to(A)])).toEqual([expect.stringContaining('cannot be read')]);
  const keychain = { unavailable: { kind: 'locked', reason: 'test' } } as const;
  const locked = createBoundSecrets(createSecrets({ env: {}, keychain, dataDir: tempDir() }));
  expect(await secretFaults(locked, [to(A)])).toEqual([]);
});

describe('a secret of the environment', () => {
  test('goes wherever the environment says, without a binding', async () => {
    const { bound, secrets } = open(fromEnvironment);
    await bound.adopt([to(A, true)]);
    expect(await bound.get(to(A, true))).toBe('of the environment');
    expect(await bound.get(to(B, true))).toBe('of the environment');
    expect(await secrets.source('secret-origin:destination:genesys:client-secret')).toBeNull();
  });

  test('is bound where the settings file says it, and is no longer free for another being kept or cleared', async () => {
    const { bound, dataDir } = open(fromEnvironment);
    await bound.adopt([to(A)]);
    await bound.set('destination:genesys:client-secret', 'a thief’s own', B);
    await expect(bound.get(to(B))).rejects.toThrow('name the address in the environment too');
    await bound.delete('destination:genesys:client-secret');
    const later = open(fromEnvironment, dataDir).bound;
    await later.adopt([to(B)]);
    await expect(later.get(to(B))).rejects.toThrow(SecretElsewhere);
    expect(await later.get(to(A))).toBe('of the environment');
  });

  test('goes on being for the same origin when it is changed', async () => {
    const { bound, dataDir } = open(fromEnvironment);
    await bound.adopt([to(A)]);
    const { bound: later } = open({ GENESYS_CLIENT_SECRET: 'renewed' }, dataDir);
    await later.adopt([to(B)]);
    await expect(later.get(to(B))).rejects.toThrow(SecretElsewhere);
    expect(await later.get(to(A))).toBe('renewed');
  });
});

test('whatever anybody does to the addresses, a secret comes out for the one that a person named, or not at all', async () => {
  const origin = fc.constantFrom(A, B, 'https://login.c.example');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('enter' as const), origin }),
    fc.record({ kind: fc.constant('start' as const), origin }),
    fc.record({ kind: fc.constant('change' as const), origin }),
    fc.record({ kind: fc.constant('clear' as const), origin }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { bound } = open();
      let count = 0;
      let entered: { value: string; origin: string } | undefined;
      for (const { kind, origin } of steps) {
        if (kind === 'start') await bound.adopt([to(origin)]);
        else if (kind === 'change') await bound.disown([to(origin)]);
        else if (kind === 'clear') {
          await bound.delete('destination:genesys:client-secret');
          entered = undefined;
        } else {
          entered = { value: `secret ${++count}`, origin };
          await bound.set('destination:genesys:client-secret', entered.value, origin);
        }
        for (const each of [A, B, 'https://login.c.example']) {
          const got = await bound.get(to(each)).catch(() => undefined);
          expect(got).toBe(entered?.origin === each ? entered.value : undefined);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('a binding that is damaged frees nothing, and entering the secret again, as the text says, mends it', async () => {
  for (const place of ['secret-origin:destination:genesys:client-secret', 'secret-origins'] as const) {
    for (const text of ['{}', '{"version":2,"kept":{},"environment":{}}', 'no']) {
      const { bound, secrets } = open();
      await secrets.set('destination:genesys:client-secret', 'one');
      await secrets.set(place, text);
      const said =
        'Which address destination:genesys:client-secret is for cannot be read, so it is not used: enter it again';
      await expect(bound.get(to(A))).rejects.toThrow(said);
      await expect(bound.adopt([to(B)])).rejects.toThrow(said);
      await bound.set('destination:genesys:client-secret', 'two', A);
      expect(await bound.get(to(A))).toBe('two');
      await expect(bound.get(to(B))).rejects.toThrow(SecretElsewhere);
    }
  }
});

test('bindings that stand together, as they once did, count until a secret is entered again or cleared', async () => {
  const { bound, secrets } = open();
  await secrets.set('destination:genesys:client-secret', 'one');
  const together = {
    version: 1,
    kept: { 'client-secret': A, 'signing-secret': A },
    environment: {},
  };
  await secrets.set('secret-origins', JSON.stringify(together));
  await bound.adopt([to(B)]);
  expect(await bound.get(to(A))).toBe('one');
  await expect(bound.get(to(B))).rejects.toThrow(SecretElsewhere);
  await bound.delete('destination:genesys:client-secret');
  await secrets.set('destination:genesys:client-secret', 'another');
  await bound.adopt([to(B)]);
  expect(await bound.get(to(B))).toBe('another');
});

test('O13 the bindings of any number of webhooks fit into the keychain of Windows', async () => {
  const items = new Map<string, string>();
  const keychain = {
    get: async (name: string) => items.get(name) ?? null,
    set: async (name: string, value: string) => void items.set(name, value),
    delete: async (name: string) => items.delete(name),
  };
  const secrets = createSecrets({
    env: {},
    keychain: { keychain },
    dataDir: tempDir(),
    platform: 'win32',
  });
  const bound = createBoundSecrets(secrets);
  const longest = `https://${Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.')}.example`;
  const uses = Array.from({ length: 40 }, (_, index): SecretUse => {
    const name = `webhook-secret:${'w'.repeat(60)}-${index}` as const;
    return { ...to(longest), name };
  });
  for (const { name } of uses) await bound.set(name, 'whsec', longest);
  for (const use of uses) {
    expect(await bound.get(use)).toBe('whsec');
    await expect(bound.get({ ...use, origin: B })).rejects.toThrow(SecretElsewhere);
  }
});
