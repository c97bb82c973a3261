import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { destinationForms } from '../../shared/destinations/forms.ts';
import {
  type DestinationSecretName,
  destinationSecret,
  partsOfDestinationSecret,
  personalSecretSchema,
} from '../../shared/secret-names.ts';
import { SECRET_NAMES, secretFacts, secretsOf, webhookSecretFault } from '../../shared/secrets.ts';
import { settingsSchema } from '../../shared/settings.ts';

const WHSEC = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const settings = settingsSchema.parse({
  destinations: [{ id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.de', clientId: 'id' }],
  webhooks: [
    { id: 'other', url: 'https://hooks.example/a' },
    { id: 'productivity', url: 'https://hooks.example:8443/b' },
  ],
  shipping: [
    { id: 'siem', kind: 'syslog', host: 'logs.example' },
    { id: 'bare', kind: 'otlp', url: 'https://otel.example' },
    { id: 'collector', kind: 'otlp', url: 'https://otel.example:4318', secretHeader: 'authorization' },
  ],
});

test('settings have use for the secrets of their parts, each for the origin that it goes to', () => {
  expect(
    secretsOf(settings, []).map(({ name, origin, part, pointer }) => [name, origin, part, pointer]),
  ).toEqual([
    ['destination:genesys:client-secret', 'https://login.mypurecloud.de', 'destinations', ''],
    ['destination:genesys:signing-secret', 'https://api.mypurecloud.de', 'destinations', ''],
    ['webhook-secret:other', 'https://hooks.example', 'webhooks', '/webhooks/0/secret'],
    ['webhook-secret:productivity', 'https://hooks.example:8443', 'webhooks', '/webhooks/1/secret'],
    ['shipper-secret:collector', 'https://otel.example:4318', 'shipping', ''],
  ]);
  expect(secretsOf(settingsSchema.parse({}), [])).toEqual([]);
});

test('a secret says which variables hold it and its address, and whether its address comes from the environment', () => {
  const of = (fromEnvironment: string[]) =>
    secretsOf(settings, fromEnvironment).map(({ variable, addressVariables, isNamedInEnvironment }) => [
      variable,
      addressVariables,
      isNamedInEnvironment,
    ]);
  const address = 'GENESYS_REGION or GENESYS_BASE_URL';
  expect(of(['destinations', 'webhooks'])).toEqual([
    ['GENESYS_CLIENT_SECRET', address, true],
    ['SIGNING_SECRET', address, true],
    [undefined, undefined, false],
    ['PRODUCTIVITY_WEBHOOK_SECRET', 'PRODUCTIVITY_WEBHOOK_URL', true],
    [undefined, undefined, false],
  ]);
  expect(of([]).every(([, , isNamed]) => isNamed === false)).toBe(true);
});

test('a webhook’s secret may not be cleared while the webhook is there; the others may', () => {
  expect(secretsOf(settings, []).map(({ neededBy }) => neededBy !== null)).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
});

test.each([
  ['webhook-secret:a', WHSEC, null],
  ['webhook-secret:a', 'nonsense', expect.stringContaining('whsec_')],
  ['shipper-secret:a', 'Bearer x', null],
  ['shipper-secret:a', 'two\nlines', expect.stringContaining('header')],
  ['destination:genesys:client-secret', 'anything\n', null],
  ['destination:crm:token', 'x', null],
  ['destination:crm:token', 'two\nlines', expect.stringContaining('header')],
] as const)('%s is checked for what it is for: %j', (name, value, expected) => {
  expect(secretFacts(name).check(value)).toEqual(expected);
});

test('a refused secret is not quoted', () => {
  for (const name of ['webhook-secret:a', 'shipper-secret:a'] as const)
    expect(secretFacts(name).check('MARKED\n')).not.toContain('MARKED');
});

test('a webhook’s secret is 24 to 64 bytes in base64 as it is usually written, and nothing that only decodes to them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const base64 = Buffer.from(bytes).toString('base64');
      const isOne = bytes.length >= 24 && bytes.length <= 64;
      expect(webhookSecretFault(`whsec_${base64}`) === null).toBe(isOne);
      for (const other of [
        `${base64}=`,
        `${base64} `,
        `\n${base64}`,
        base64.replace(/=+$/, ''),
        `-${base64}`,
      ])
        if (other !== base64) expect(webhookSecretFault(`whsec_${other}`)).not.toBeNull();
      expect(webhookSecretFault(base64)).not.toBeNull();
    }),
  );
});

test('every secret of a form has a name that may be set for a destination of any id, once in it', () => {
  const idOf = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
  fc.assert(
    fc.property(idOf, fc.constantFrom(...destinationForms), (id, { secrets }) => {
      const names = secrets.map(({ name }: { name: DestinationSecretName }) => destinationSecret(id, name));
      for (const name of names) {
        expect(personalSecretSchema.safeParse(name).success).toBe(true);
        expect(partsOfDestinationSecret(name)).toEqual({ id, name: name.slice(name.lastIndexOf(':') + 1) });
        expect(secretFacts(name).label).toMatch(/^.+ of /);
      }
      expect(new Set(names).size).toBe(secrets.length);
    }),
  );
  const own = destinationForms.flatMap(({ secrets }) => secrets.map(({ name }) => `destination:ID:${name}`));
  expect(SECRET_NAMES).toEqual(expect.arrayContaining(own));
});

test('variables hold secrets of the destination that the environment makes, and of no other', () => {
  const variableOf = (id: string) => secretFacts(destinationSecret(id, 'client-secret')).variable;
  expect([variableOf('genesys'), variableOf('http'), variableOf('eu')]).toEqual([
    'GENESYS_CLIENT_SECRET',
    undefined,
    undefined,
  ]);
});

test('destinations of one kind have secrets of their own', () => {
  const two = settingsSchema.parse({
    destinations: ['de', 'ie'].map((country) => ({
      id: country,
      kind: 'genesys-screenpops',
      region: `mypurecloud.${country}`,
      clientId: 'id',
    })),
  });
  expect(secretsOf(two, []).map(({ name, origin, label }) => [name, origin, label])).toEqual([
    ['destination:de:client-secret', 'https://login.mypurecloud.de', 'OAuth client secret of de'],
    ['destination:de:signing-secret', 'https://api.mypurecloud.de', 'signing secret of de'],
    ['destination:ie:client-secret', 'https://login.mypurecloud.ie', 'OAuth client secret of ie'],
    ['destination:ie:signing-secret', 'https://api.mypurecloud.ie', 'signing secret of ie'],
  ]);
});

test('nothing but its form, its kind of destination and its schema names a destination’s secret', () => {
  const names = destinationForms
    .flatMap(({ secrets }) => secrets.map(({ name }: { name: string }) => name))
    // A plain word stands for other things as well.
    .filter((name) => name.includes('-'));
  expect(names.length).toBeGreaterThan(1);
  const root = join(import.meta.dirname, '../..');
  const files = ['main', 'renderer', 'shared'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && /\.tsx?$/.test(file.name))
      .map((file) => join(file.parentPath, file.name).slice(root.length + 1)),
  );
  const naming = files.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return names.some((name) => text.includes(`'${name}'`));
  });
  const allowed = /^(main\/destinations\/|shared\/destinations\/|shared\/secret-names\.ts$)/;
  expect(naming.filter((file) => !allowed.test(file))).toEqual([]);
});
