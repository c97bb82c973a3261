import { expect, test } from 'vitest';
import { SchemeRefused } from '../../main/electron/scheme.ts';
import { createSchemeCaller } from '../../main/electron/scheme-caller.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function openCaller(answer: (caller: string) => Promise<boolean>) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const fired: { client: string; request: unknown }[] = [];
  const refused: string[] = [];
  const told: string[] = [];
  const known = new Set<string>();
  const call = createSchemeCaller({
    clock,
    known: { has: (caller) => known.has(caller), add: (caller) => void known.add(caller) },
    dashboardFor: (client) => ({
      async call(_, request) {
        fired.push({ client, request });
        return { ok: false, code: 'internal' };
      },
    }),
    ask: (caller) => {
      asked.push(caller);
      return answer(caller);
    },
    onRefused: (reason, client) => refused.push(client === undefined ? reason : `${client}: ${reason}`),
    tell: (reason) => told.push(reason),
  });
  return { call, asked, fired, refused, told, known, clock };
}

test('a new caller is asked about once, and its pops go out under its name', async () => {
  const { call, asked, fired, known } = openCaller(async () => true);
  await call('poptray://trigger?user=a&from=3CX');
  await call('poptray://trigger?user=b&from=3CX');
  expect(asked).toEqual(['3CX']);
  expect(fired.map(({ client }) => client)).toEqual(['scheme:3CX', 'scheme:3CX']);
  expect(known.has('3CX')).toBe(true);
});

test('a refused caller is not asked about again until the next start, and fires nothing', async () => {
  const { call, asked, fired, refused, known } = openCaller(async () => false);
  await call('poptray://trigger?user=a');
  await call('poptray://trigger?user=a');
  expect({ asked: asked.length, fired, known: known.size }).toEqual({ asked: 1, fired: [], known: 0 });
  expect(refused).toHaveLength(2);
});

test('a caller that could not be asked about is asked about at its next call', async () => {
  const outcomes = [Promise.reject(new SchemeRefused('too many')), Promise.resolve(true)];
  outcomes[0]?.catch(() => {});
  const { call, asked, fired, refused } = openCaller(() => outcomes.shift() as Promise<boolean>);
  await call('poptray://trigger?user=a&from=3CX');
  await call('poptray://trigger?user=a&from=3CX');
  expect({ asked: asked.length, fired: fired.length, refused }).toEqual({
    asked: 2,
    fired: 1,
    refused: ['scheme:3CX: too many', 'internal'],
  });
});

test('calls that come while the question is open wait for its answer, and expire like any stale pop', async () => {
  let agree = (_: boolean) => {};
  const { call, asked, fired, clock } = openCaller(() => new Promise((resolve) => (agree = resolve)));
  const calls = [call('poptray://trigger?user=a'), call('poptray://trigger?user=b')];
  const expiresAt = new Date(clock.now() + 30_000).toISOString();
  await clock.advance(60_000);
  expect(fired).toEqual([]);
  agree(true);
  await Promise.all(calls);
  expect(asked).toHaveLength(1);
  expect(fired.map(({ request }) => request)).toEqual([
    { trigger: { userId: 'a', expiresAt } },
    { trigger: { userId: 'b', expiresAt } },
  ]);
});

test('a page that opens URLs in a loop gets no further than twenty', async () => {
  const { call, fired, refused } = openCaller(async () => true);
  for (let i = 0; i < 100; i++) await call('poptray://trigger?user=a');
  expect(fired).toHaveLength(20);
  expect(refused.filter((reason) => reason === 'scheme: too many URLs at once')).toHaveLength(80);
});

test('a wrong URL is refused before anybody is asked', async () => {
  const { call, asked, refused } = openCaller(async () => true);
  await call('poptray://elsewhere?user=a');
  expect(asked).toEqual([]);
  expect(refused).toEqual(['scheme: the URL names another host than call or trigger']);
});

test('C07 what is not taken is told to the person and put on record, with nothing of what was sent', async () => {
  const { call, refused, told } = openCaller(async () => true);
  await call('poptray://trigger?user=a&from=3CX&data.caller=R&D');
  expect(refused).toEqual(['scheme: a parameter has no value']);
  expect(told).toEqual(['a parameter has no value']);
});

test('whom the user has turned away is on record, and tells the user nothing more', async () => {
  const { call, refused, told } = openCaller(async () => false);
  await call('poptray://call?from-phone=3CX&raw=030');
  expect(refused).toEqual(['scheme:3CX: the user has not agreed to this caller']);
  expect(told).toEqual([]);
});
