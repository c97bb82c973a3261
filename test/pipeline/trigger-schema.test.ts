import { validateHeaderValue } from 'node:http';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonText } from '../../shared/read-json.ts';
import { idempotencyKeySchema, triggerSchema, userIdSchema } from '../../shared/trigger.ts';
import { anyData, anyText } from './context-arbitraries.ts';

const isTaken = (fields: object) => triggerSchema.safeParse({ userId: 'agent-1', ...fields }).success;
const entries = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, 'value']));

describe('a user id', () => {
  test.each(['a', 'A-9', '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b', 'x'.repeat(64)])('%s is taken', (userId) => {
    expect(isTaken({ userId })).toBe(true);
  });

  test.each(['', '.', '..', 'a/b', 'a?b', 'a#b', 'a%2Fb', 'a b', 'a\n', 'ä', '@me', 'x'.repeat(65)])(
    '%j is refused',
    (userId) => {
      expect(isTaken({ userId })).toBe(false);
    },
  );

  test('with any other character, anywhere, is refused', () => {
    const other = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      .filter((c) => !/[A-Za-z0-9-]/.test(c));
    const part = fc.stringMatching(/^[A-Za-z0-9-]{0,20}$/);
    fc.assert(
      fc.property(part, other, part, (before, char, after) => {
        expect(userIdSchema.safeParse(before + char + after).success).toBe(false);
      }),
    );
  });

  test('may be left out, and is text', () => {
    expect(triggerSchema.safeParse({}).success).toBe(true);
    for (const userId of [null, 7, ['a'], {}]) {
      expect(triggerSchema.safeParse({ userId }).success).toBe(false);
    }
  });
});

describe('customer data', () => {
  test('is taken and stays in the order in which it was given', () => {
    fc.assert(
      fc.property(anyData, (customerData) => {
        const parsed = triggerSchema.parse({ userId: 'a', customerData });
        expect(Object.entries(parsed.customerData ?? {})).toEqual(Object.entries(customerData));
      }),
    );
  });

  test('has at most 64 entries, names of 64 and values of 1,024 characters', () => {
    expect(isTaken({ customerData: entries(64) })).toBe(true);
    expect(isTaken({ customerData: entries(65) })).toBe(false);
    expect(isTaken({ customerData: { ...entries(64), absent: null } })).toBe(true);
    expect(isTaken({ customerData: { ['😀'.repeat(64)]: '' } })).toBe(true);
    expect(isTaken({ customerData: { ['k'.repeat(64)]: '' } })).toBe(true);
    expect(isTaken({ customerData: { ['k'.repeat(65)]: '' } })).toBe(false);
    expect(isTaken({ customerData: { k: 'v'.repeat(1024) } })).toBe(true);
    expect(isTaken({ customerData: { k: 'v'.repeat(1025) } })).toBe(false);
  });

  test.each([
    'Account Balance',
    ' ',
    '1a',
    '7',
    '_a',
    'a&b',
    'a=b',
    'ä',
    '顧客',
    '%20',
    'caller',
    'call',
    'Call.from',
  ])('can have the name %j', (name) => {
    expect(isTaken({ customerData: { [name]: 'x' } })).toBe(true);
  });

  test.each([
    'sessionToken',
    'constructor',
    'prototype',
    '',
    'a\n',
    '\0',
    'a\u0085',
    '\x7f',
    '\ud800',
    'call.',
    'call.from',
  ])('cannot have the name %j', (name) => {
    expect(isTaken({ customerData: { [name]: 'x' } })).toBe(false);
  });

  test('cannot have the name __proto__, which an object that is no JSON can', () => {
    const data = Object.fromEntries([
      ['__proto__', 'evil'],
      ['a', '1'],
    ]);
    expect(isTaken({ customerData: data })).toBe(false);
  });

  test('becomes text, each number as it is written; null is absent', () => {
    const text =
      '{"userId":"a","customerData":{"Uniqueid":1700000.10,"account":12345678901234567890,"rate":1e400,"vip":true,"old":false,"queue":null,"n":7}}';
    expect(triggerSchema.parse(readJsonText(text)).customerData).toEqual({
      Uniqueid: '1700000.10',
      account: '12345678901234567890',
      rate: '1e400',
      vip: 'true',
      old: 'false',
      n: '7',
    });
    expect(triggerSchema.parse({ userId: 'a', customerData: { n: 1.5 } }).customerData).toEqual({ n: '1.5' });
  });

  test.each([[['x']], [{ a: 'x' }], [Number.NaN], [Number.POSITIVE_INFINITY], [undefined], [() => 1]])(
    'has no value %j',
    (value) => {
      expect(isTaken({ customerData: { a: value } })).toBe(false);
    },
  );
});

test.each([
  ['customerData', (value: string) => ({ customerData: { a: value } })],
  ['sessionToken', (value: string) => ({ sessionToken: value })],
  ['interactionId', (value: string) => ({ interactionId: value })],
  ['leg', (value: string) => ({ leg: value })],
  ['call', (value: string) => ({ call: { fromName: value } })],
  ['client', (value: string) => ({ client: { browser: value } })],
])(
  'a lone surrogate in %s is refused, because no URL and no canonical form can carry it',
  (_name, fields) => {
    for (const value of ['\ud800', 'a\udc00b', '\udc00\ud800']) expect(isTaken(fields(value))).toBe(false);
    expect(isTaken(fields('😀'))).toBe(true);
  },
);

test('texts have their greatest lengths', () => {
  const limits = { sessionToken: 4096, application: 128, interactionId: 512, leg: 256, idempotencyKey: 255 };
  for (const [field, limit] of Object.entries(limits)) {
    expect([field, isTaken({ [field]: 'x'.repeat(limit) })]).toEqual([field, true]);
    expect([field, isTaken({ [field]: 'x'.repeat(limit + 1) })]).toEqual([field, false]);
  }
  for (const field of ['application', 'interactionId', 'leg', 'idempotencyKey']) {
    expect([field, isTaken({ [field]: '' })]).toEqual([field, false]);
  }
});

describe('a call', () => {
  test.each(['+49 30 901820', 'tel:+4930901820', 'sip:ada@example.com', 'anonymous', '', 'x'.repeat(512)])(
    'has its parties as the phone gives them: %j',
    (party) => {
      expect(isTaken({ call: { from: party, to: party, fromName: party, queue: party } })).toBe(true);
    },
  );

  test('is inbound unless it says otherwise', () => {
    const directionOf = (call: object) => triggerSchema.parse({ userId: 'a', call }).call?.direction;
    expect([directionOf({}), directionOf({ direction: 'outbound' })]).toEqual(['inbound', 'outbound']);
  });

  test.each([
    { from: 'x'.repeat(513) },
    { from: 49 },
    { direction: 'Inbound' },
    { number: '1' },
    null,
    'tel:1',
  ])('of another form is refused: %j', (call) => {
    expect(isTaken({ call })).toBe(false);
  });
});

describe('expiresAt', () => {
  test.each([
    '2026-11-23T12:00:00Z',
    '2026-11-23t12:00:00z',
    '2026-11-23T12:00:00.5Z',
    '2026-11-23T12:00:00.123456789Z',
    '2026-11-23T12:00:00+05:30',
    '2026-11-23T12:00:00-00:00',
    '2028-02-29T00:00:00Z',
  ])('%s is taken', (expiresAt) => {
    expect(isTaken({ expiresAt })).toBe(true);
  });

  test.each([
    '2026-11-23',
    '2026-11-23T12:00Z',
    '2026-11-23T12:00:00',
    '2026-11-23 12:00:00Z',
    '2026-11-23T12:00:00,5Z',
    '2026-11-23T12:00:00+0530',
    '2026-11-23T12:00:00Z\n',
    '2026-13-01T00:00:00Z',
    '2026-11-32T00:00:00Z',
    '2026-11-23T25:00:00Z',
    '2026-11-23T12:00:00+25:00',
    'Mon, 23 Nov 2026 12:00:00 GMT',
    '1795435200',
    '',
  ])('%j is refused', (expiresAt) => {
    expect(isTaken({ expiresAt })).toBe(false);
  });

  test('at any moment is taken, and means that moment', () => {
    const dates = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        const { expiresAt = '' } = triggerSchema.parse({ userId: 'a', expiresAt: date.toISOString() });
        expect(Date.parse(expiresAt)).toBe(date.getTime());
      }),
    );
  });
});

describe('an idempotency key', () => {
  const visible = fc.stringMatching(/^[\x21-\x7e]{1,255}$/);

  test('of visible ASCII is taken, and is safe as a header', () => {
    fc.assert(
      fc.property(visible, (key) => {
        expect(idempotencyKeySchema.safeParse(key).success).toBe(true);
        expect(() => validateHeaderValue('idempotency-key', key)).not.toThrow();
      }),
    );
  });

  test('F26 with CR, LF, another control character, a space or beyond ASCII is refused, wherever it stands', () => {
    const bad = fc.oneof(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\nx-evil: 1',
        '\0',
        '\t',
        ' ',
        '\x7f',
        '\x80',
        'é',
        '\u2028',
        '\ud800',
        '😀',
      ),
      fc.string({ unit: 'binary', minLength: 1 }).filter((text) => /[^\x21-\x7e]/.test(text)),
    );
    fc.assert(
      fc.property(fc.option(visible, { nil: '' }), bad, fc.option(visible, { nil: '' }), (a, b, c) => {
        expect(idempotencyKeySchema.safeParse(a + b + c).success).toBe(false);
      }),
    );
  });

  test('F26 of any text at all is either refused or safe as a header', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'grapheme' })), (key) => {
        if (!isTaken({ idempotencyKey: key })) return;
        expect(() => validateHeaderValue('idempotency-key', key)).not.toThrow();
        expect(Buffer.from(key, 'latin1').toString('utf8')).toBe(key);
      }),
    );
  });
});

test.each([{ url: 'https://evil.com' }, { baseUri: 'x' }, { UserId: 'x' }, { client: { os: 'x' } }])(
  'the unknown field in %j is refused',
  (fields) => {
    expect(isTaken(fields)).toBe(false);
  },
);

test('phases are the four that there are, in any case of letters', () => {
  for (const phase of ['ringing', 'answered', 'ended', 'manual', 'RINGING', 'Answered'])
    expect(isTaken({ phase })).toBe(true);
  for (const phase of ['', 'rınging', ' ringing', 'hold', null]) expect(isTaken({ phase })).toBe(false);
});

test('state is any JSON object', () => {
  expect(isTaken({ state: { a: [1, null, { b: 'c' }], d: true } })).toBe(true);
  for (const state of [[], null, 'x', { a: Number.POSITIVE_INFINITY }])
    expect(isTaken({ state })).toBe(false);
});

test('a day that does not exist is refused', () => {
  expect(isTaken({ expiresAt: '2026-02-30T00:00:00Z' })).toBe(false);
});
test('F27 a lone surrogate in state or application is refused by the schema', () => {
  for (const state of [{ a: '\ud800' }, { a: [{ b: '\udc00' }] }, { '\ud800': 1 }, { a: { '\ud800': 1 } }]) {
    expect(isTaken({ state })).toBe(false);
  }
  expect(isTaken({ application: '\ud800' })).toBe(false);
});
