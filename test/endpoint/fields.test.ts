import { describe, expect, test } from 'vitest';
import type { Trigger } from '../../shared/trigger.ts';
import { USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, type RawReply } from './raw-connection.ts';

/** What becomes of a trigger with these fields: the problem, or the trigger that the pipeline gets. */
async function send(fields: object | string): Promise<{ reply: RawReply; trigger: Trigger | undefined }> {
  let trigger: Trigger | undefined;
  const { port } = await startBareEndpoint({
    handle: async (accepted) => {
      trigger = accepted.trigger;
      return { body: '{}', replayed: false };
    },
  });
  const body = typeof fields === 'string' ? fields : JSON.stringify({ userId: USER, ...fields });
  return { reply: await call(port, { body }), trigger };
}

const entries = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });

describe('a trigger is taken', () => {
  test.each<[string, object]>([
    ['with nothing at all, for who works here', { userId: undefined }],
    ['with the agent alone', {}],
    ['with a user id of one character', { userId: 'a' }],
    ['with a user id of 64', { userId: 'a'.repeat(64) }],
    ['with 64 pieces of customer data', { customerData: entries(64) }],
    [
      'with the names that Genesys gives (C10)',
      { customerData: { a: '1', 'Account Balance': '2', Größe: '3' } },
    ],
    ['with none', { customerData: {} }],
    ['with the longest key and value', { customerData: { [`k${'_.-0'.repeat(15)}abc`]: 'v'.repeat(1024) } }],
    ['with values of any script', { customerData: { name: 'Ἀθηνᾶ 🦉 & = # %' } }],
    ['with a long session token', { sessionToken: 't'.repeat(4096) }],
    ['with an empty session token', { sessionToken: '' }],
    ['with any state', { state: { uiMode: 'docked', nested: { list: [1, null, true] } } }],
    ['with the longest interaction', { interactionId: 'i'.repeat(512) }],
    ...['ringing', 'answered', 'ended', 'manual'].map((phase): [string, object] => [`${phase}`, { phase }]),
    ['with a time in UTC', { expiresAt: '2026-11-23T12:00:00Z' }],
    ['with a time elsewhere', { expiresAt: '2026-11-23t12:00:00.5+05:30' }],
    [
      'with a client',
      { client: { browser: 'chrome', browserVersion: '142', extensionId: 'x', extensionVersion: '1' } },
    ],
  ])('%s', async (_what, fields) => {
    const { reply, trigger } = await send(fields);
    expect(reply.status).toBe(200);
    expect(trigger).toEqual({ userId: USER, ...fields });
  });
});

test.each([
  ['Ringing', 'ringing'],
  ['ANSWERED', 'answered'],
  ['eNDED', 'ended'],
])('the phase may be written %s (C11)', async (phase, meant) => {
  const { reply, trigger } = await send({ phase });
  expect([reply.status, trigger?.phase]).toEqual([200, meant]);
});

test('numbers, truth and nothing in customer data become text as they are written', async () => {
  const { reply, trigger } = await send(
    '{"userId":"a","customerData":{"Uniqueid":1700000.10,"id":12345678901234567890,"vip":true,"queue":null}}',
  );
  expect(reply.status).toBe(200);
  expect(trigger?.customerData).toEqual({ Uniqueid: '1700000.10', id: '12345678901234567890', vip: 'true' });
});

describe('a trigger is refused, and told which field is wrong', () => {
  test.each<[string, object | string, string[]]>([
    ['no object', '[]', ['']],
    ['null', 'null', ['']],
    ['a text', '"x"', ['']],
    ['an agent that is none', { userId: null }, ['/userId']],
    ['an empty agent', { userId: '' }, ['/userId']],
    ['an agent with a slash', { userId: 'a/../b' }, ['/userId']],
    ['an agent with a question mark', { userId: 'a?b' }, ['/userId']],
    ['an agent with a line break after it', { userId: 'a\n' }, ['/userId']],
    ['a long agent', { userId: 'a'.repeat(65) }, ['/userId']],
    ['an agent of a wrong type', { userId: 7 }, ['/userId']],
    ['an unknown field', { user: 'x' }, ['/user']],
    ['unknown fields with odd names', { 'a/b~c': 1, '': 1 }, ['/a~1b~0c', '/']],
    ['customer data that is a list', { customerData: ['a'] }, ['/customerData']],
    ['a value that is a list', { customerData: { a: [1] } }, ['/customerData/a']],
    ['a value that is too long', { customerData: { 'a.b': 'v'.repeat(1025) } }, ['/customerData/a.b']],
    ['half a character', { customerData: { a: '\ud800' } }, ['/customerData/a']],
    ['65 pieces', { customerData: entries(65) }, ['/customerData']],
    [
      'a key with a tab, that and no other (C10)',
      { customerData: { a: '', 'b\t/': 'v' } },
      ['/customerData/b\t~1'],
    ],
    ['a key that shadows the call', { customerData: { 'call.from': 'v' } }, ['/customerData/call.from']],
    ['a long key', { customerData: { ['k'.repeat(65)]: 'v' } }, [`/customerData/${'k'.repeat(65)}`]],
    [
      'a key that shadows the session token',
      { customerData: { sessionToken: 'v' } },
      ['/customerData/sessionToken'],
    ],
    ['a key named prototype', { customerData: { prototype: 'v' } }, ['/customerData/prototype']],
    ['a key named constructor', { customerData: { constructor: 'v' } }, ['/customerData/constructor']],
    ['a long session token', { sessionToken: 't'.repeat(4097) }, ['/sessionToken']],
    ['a state that is a list', { state: [] }, ['/state']],
    ['an endless number', '{"userId":"a","state":{"n":1e400}}', ['/state/n']],
    ['an empty application', { application: '' }, ['/application']],
    ['a key with a blank', { idempotencyKey: 'a b' }, ['/idempotencyKey']],
    ['an empty key', { idempotencyKey: '' }, ['/idempotencyKey']],
    ['a long key of the trigger', { idempotencyKey: 'k'.repeat(256) }, ['/idempotencyKey']],
    ['a long leg', { leg: 'l'.repeat(257) }, ['/leg']],
    ['an unknown direction', { call: { direction: 'in' } }, ['/call/direction']],
    ['a long interaction', { interactionId: 'i'.repeat(513) }, ['/interactionId']],
    ['an unknown phase', { phase: 'ring' }, ['/phase']],
    ['a time without its zone', { expiresAt: '2026-11-23T12:00:00' }, ['/expiresAt']],
    ['a day that does not exist', { expiresAt: '2026-13-41T12:00:00Z' }, ['/expiresAt']],
    ['an unknown field of the client', { client: { name: 'x' } }, ['/client/name']],
    ['two wrong fields', { userId: '', phase: 'x' }, ['/userId', '/phase']],
  ])('%s', async (_what, fields, pointers) => {
    const { reply, trigger } = await send(fields);
    expect(reply.status).toBe(400);
    expect(reply.problem.code).toBe('invalid_trigger');
    expect(reply.problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
    for (const { detail } of reply.problem.errors ?? []) expect(detail).not.toBe('');
    expect(trigger).toBeUndefined();
  });

  test('and which one is meant, where that is plain', async () => {
    const { reply } = await send({ userID: 'a', customer_data: {}, 'idempotency-key': 'x', other: 1 });
    expect(reply.problem.errors?.map(({ detail }) => detail)).toEqual([
      'is not a known field (did you mean userId?)',
      'is not a known field (did you mean customerData?)',
      'is not a known field (did you mean idempotencyKey?)',
      'is not a known field',
    ]);
  });

  test('without repeating a value', async () => {
    const { reply } = await send({
      userId: 'Ada Lovelace',
      customerData: { caller: { Grace: 'Hopper' }, phone: ['42'] },
      phase: 'Byron',
    });
    expect(reply.body).not.toMatch(/Lovelace|Grace|Hopper|42|Byron/);
  });

  test('in a reply of bounded length, however many fields are wrong', async () => {
    const { reply } = await send(entries(5000));
    expect(reply.status).toBe(400);
    expect(reply.body.length).toBeLessThan(16 * 1024);
  });

  test('when it is nested too deep, and not when it is not', async () => {
    expect((await send({ state: nested(30) })).reply.status).toBe(200);
    expect((await send({ state: nested(40) })).reply.problem.code).toBe('invalid_json');
  });
});
