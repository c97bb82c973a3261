import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settingsChange } from '../../main/config/settings-change.ts';
import { settingsSchema } from '../../shared/settings.ts';

const settings = (given: object) => settingsSchema.parse(given);
const cloud = (baseUrl: string) =>
  settings({ destinations: [{ id: 'a', kind: 'genesys-screenpops', baseUrl }] });

test('the members that differ are named, and the hosts that they lead to, before and after', () => {
  expect(settingsChange(cloud('https://api.example'), cloud('https://api.thief.example:8443'))).toEqual({
    subject: 'settings',
    action: 'changed',
    members: ['/destinations/0/baseUrl'],
    hosts: { before: ['api.example'], after: ['api.thief.example:8443'] },
  });
});

test('receivers of the log and regions are hosts too; a number leads nowhere', () => {
  const before = settings({
    destinations: [{ id: 'a', kind: 'genesys-screenpops', region: 'mypurecloud.de' }],
  });
  const after = settings({
    destinations: [{ id: 'a', kind: 'genesys-screenpops', region: 'mypurecloud.ie' }],
    shipping: [{ id: 'siem', kind: 'syslog', host: 'logs.example' }],
  });
  expect(settingsChange(before, after)?.hosts).toEqual({
    before: ['mypurecloud.de'],
    after: ['logs.example', 'mypurecloud.ie'],
  });
  expect(settingsChange(settings({ port: 8080 }), settings({ port: 8090 }))).toEqual({
    subject: 'settings',
    action: 'changed',
    members: ['/port'],
    hosts: null,
  });
});

test('nothing differs from itself', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => settingsChange({ value }, { value }) === undefined));
});

test('whatever differs is named; no value is, whatever it is', () => {
  const value = fc.oneof(fc.string({ minLength: 12 }), fc.webUrl());
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), value), value, (before, secret) => {
      const change = settingsChange(before, { ...before, a: `${secret}?token=${secret}` });
      expect(change?.members).toEqual(['/a']);
      expect(JSON.stringify(change?.members)).not.toContain(secret);
      for (const host of change?.hosts?.after ?? []) expect(host).not.toContain('token=');
    }),
    { numRuns: 30 },
  );
});

test('a change of everything is still one line', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`member${at}`, at]));
  const { members = [] } = settingsChange({}, many) ?? {};
  expect([members.length, members.at(-1)]).toEqual([101, 'and 4900 more']);
});
