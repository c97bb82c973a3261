import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBoundSecrets, SecretElsewhere, type SecretUse } from '../../main/secrets/bound-secrets.ts';
import { createSecrets } from '../../main/secrets/secrets.ts';
import { tempDir } from '../support/temp-dir.ts';

const A = 'https://login.a.example';
const B = 'https://login.b.example';

function open(env: Record<string, string> = {}, dataDir = tempDir()) {
  const keychain = { unavailable: { kind: 'off', reason: 'test' } } as const;
  const secrets = createSecrets({ env, keychain, dataDir });
  return { dataDir, secrets, bound: createBoundSecrets(secrets) };
}

const to = (origin: string, isNamedInEnvironment = false): SecretUse => ({
  name: 'client-secret',
  label: 'OAuth client secret',
  origin,
  variables: 'GENESYS_REGION or GENESYS_BASE_URL',
  isNamedInEnvironment,
});

const fromEnvironment = { GENESYS_CLIENT_SECRET: 'of the environment' };

test('a secret is had for the origin that it was entered for, and for no other', async () => {
  const { bound } = open();
  await bound.set('client-secret', 'MARKED', A);
  expect(await bound.get(to(A))).toBe('MARKED');
  const error = await bound.get(to(B)).catch((thrown: Error) => thrown);
  expect(error).toBeInstanceOf(SecretElsewhere);
  expect(String(error)).toBe(
    `SecretElsewhere: The OAuth client secret was entered for ${A} and is not used for ${B}: enter it again, under Secrets in the dashboard’s settings or with "poptray secret set client-secret", or set the address back.`,
  );
});

test('entered again, it is for the new origin alone; after a start too', async () => {
  const { bound, dataDir } = open();
  await bound.set('client-secret', 'one', A);
  await bound.set('client-secret', 'two', B);
  const later = open({}, dataDir).bound;
  expect(await later.get(to(B))).toBe('two');
  await expect(later.get(to(A))).rejects.toThrow(SecretElsewhere);
});

test('one of version 0.1, bound to nothing, is bound at a start to what the settings say then, and stays so', async () => {
  const { bound, secrets } = open();
  await secrets.set('client-secret', 'of 0.1');
  expect(await bound.get(to(A))).toBe('of 0.1');
  await bound.adopt([to(A)]);
  await bound.adopt([to(B)]);
  expect(await bound.get(to(A))).toBe('of 0.1');
  await expect(bound.get(to(B))).rejects.toThrow(SecretElsewhere);
});

test('one that is bound to nothing when an address is changed is for nothing from then on, at a later start too', async () => {
  const { bound, secrets } = open();
  await secrets.set('client-secret', 'of nobody');
  await bound.disown([to(B)]);
  await bound.adopt([to(B)]);
  await expect(bound.get(to(B))).rejects.toThrow('was entered before anything had use for it');
});

describe('a secret of the environment', () => {
  test('goes wherever the environment says, without a binding', async () => {
    const { bound, secrets } = open(fromEnvironment);
    await bound.adopt([to(A, true)]);
    expect(await bound.get(to(A, true))).toBe('of the environment');
    expect(await bound.get(to(B, true))).toBe('of the environment');
    expect(await secrets.source('secret-origins')).toBeNull();
  });

  test('is bound where the settings file says it, and is no longer free for another being kept or cleared', async () => {
    const { bound, dataDir } = open(fromEnvironment);
    await bound.adopt([to(A)]);
    await bound.set('client-secret', 'a thief’s own', B);
    await expect(bound.get(to(B))).rejects.toThrow('name the address in the environment too');
    await bound.delete('client-secret');
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
          await bound.delete('client-secret');
          entered = undefined;
        } else {
          entered = { value: `secret ${++count}`, origin };
          await bound.set('client-secret', entered.value, origin);
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

test('bindings that are damaged free nothing', async () => {
  const { bound, secrets } = open();
  await bound.set('client-secret', 'one', A);
  for (const text of ['{}', '{"version":2,"kept":{},"environment":{}}', 'no']) {
    await secrets.set('secret-origins', text);
    await expect(bound.get(to(A))).rejects.toThrow('secret-origins is damaged');
    await expect(bound.adopt([to(B)])).rejects.toThrow('secret-origins is damaged');
  }
});
