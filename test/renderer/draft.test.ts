import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hrefOf, parseRoute } from '../../renderer/data/address.ts';
import * as form from '../../renderer/views/test-pop/draft.ts';
import { triggerSchema } from '../../shared/trigger.ts';

const AGENT = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const draft = (part: Partial<form.Draft>): form.Draft => ({ ...form.newDraft(), userId: AGENT, ...part });
const triggerOf = (made: form.Draft, isAgentKnown = false) => form.triggerOf(made, isAgentKnown);

test('a full form makes a trigger that the schema takes, with the context in its order', () => {
  const { trigger, problems } = triggerOf(
    draft({
      rows: [
        { id: 0, key: 'zeta', value: '1' },
        { id: 1, key: '', value: '' },
        { id: 2, key: 'alpha', value: 'a&b=c' },
      ],
      sessionToken: 'token',
      application: 'com.example.crm',
      interactionId: 'call-1',
      expiresAt: '2026-11-23T10:00:00',
      state: '{"priority":"high"}',
      idempotencyKey: 'key-1',
    }),
  );
  expect(problems).toEqual([]);
  const parsed = triggerSchema.parse(trigger);
  expect(Object.entries(parsed.customerData ?? {})).toEqual([
    ['zeta', '1'],
    ['alpha', 'a&b=c'],
  ]);
});

test.each([
  ['/userId', { userId: '' }],
  ['/userId', { userId: 'a/b' }],
  ['/customerData/sessionToken', { rows: [{ id: 0, key: 'sessionToken', value: 'x' }] }],
  ['/customerData/__proto__', { rows: [{ id: 0, key: '__proto__', value: 'x' }] }],
  ['/customerData/a~1b\t', { rows: [{ id: 0, key: 'a/b\t', value: 'x' }] }],
  ['/customerData/call.from', { rows: [{ id: 0, key: 'call.from', value: 'x' }] }],
  ['/customerData/', { rows: [{ id: 0, key: '', value: 'x' }] }],
  [
    '/customerData/a',
    {
      rows: [
        { id: 0, key: 'a', value: '1' },
        { id: 1, key: 'a', value: '2' },
      ],
    },
  ],
  ['/state', { state: '[1]' }],
  ['/state', { state: '{' }],
  ['/state', { state: '{"a":1,"a":2}' }],
  ['/idempotencyKey', { idempotencyKey: 'a b' }],
])('what the schema would refuse is marked at %s', (pointer, part) => {
  const { trigger, problems } = triggerOf(draft(part));
  expect(trigger).toBeUndefined();
  expect(problems.map((problem) => problem.pointer)).toEqual([pointer]);
});

test('nobody need be named where the workstation knows its agent', () => {
  const { trigger, problems } = triggerOf(draft({ userId: '' }), true);
  expect(problems).toEqual([]);
  expect(trigger).not.toHaveProperty('userId');
  expect(triggerOf(draft({ userId: 'a/b' }), true).problems).toHaveLength(1);
});

test('a name for customer data is taken by the form where the schema takes it, and nowhere else', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 70 });
  const name = fc.oneof(
    text,
    fc.constantFrom('Account Balance', 'sessionToken', '__proto__', 'prototype', 'call.'),
    text.map((rest) => `call.${rest}`),
  );
  fc.assert(
    fc.property(name, (key) => {
      const { problems } = triggerOf(draft({ rows: [{ id: 0, key, value: 'x' }] }));
      const parsed = triggerSchema.safeParse({
        userId: AGENT,
        customerData: Object.fromEntries([[key, 'x']]),
      });
      expect(problems.length === 0).toBe(parsed.success);
    }),
  );
});

test('an address names a view and what is open in it; anything else names none', () => {
  expect(parseRoute(hrefOf('pops', 'a/b'))).toEqual({ view: 'pops', argument: 'a/b' });
  expect(parseRoute('#/settings')).toEqual({ view: 'settings', argument: null });
  for (const hash of ['', '#main', '#/nothing', '#/pops/%E0%A4%A'])
    expect(parseRoute(hash).argument).toBeNull();
});
