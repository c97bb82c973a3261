/** A destination that keeps no keys, whose settings say `repeat`: attempts go on, and nobody is told more than is known. */
import { expect, test } from 'vitest';
import { type FakeHttp, reply, SHOWN } from './fakes.ts';
import { createDeliveryTest } from './start-delivery.ts';

const destination = { kind: 'http', keepsKeys: false, repeats: true };
const LOST = 'connection';

test('a pop whose reply was lost is attempted again, with the same bytes', async () => {
  const { http, start, end } = createDeliveryTest();
  http.next(LOST, SHOWN);
  start({ destination });
  expect(await end()).toMatchObject({ status: 'delivered', attempts: 2 });
  expect(new Set(http.calls.map(({ body }) => body)).size).toBe(1);
});

test.each<[string, Parameters<FakeHttp['next']>, number]>([
  ['is lost each time', [LOST, LOST, LOST], 3],
  ['is lost, and then refused', [LOST, reply(403)], 2],
  ['is lost, and then to wait longer than it may', [LOST, reply(429, '', { 'retry-after': '60' })], 2],
])('one that %s may have been shown, and that is what is said', async (_what, fates, attempts) => {
  const { http, start, end } = createDeliveryTest();
  http.next(...fates);
  start({ destination });
  const { error, ...ended } = await end();
  expect(ended).toMatchObject({ status: 'failed', attempts, mayHaveArrived: true });
  expect([error?.code, error?.details.retryAfterMs]).toEqual(['outcome_unknown', undefined]);
});

test('one that was refused before anything could arrive is refused', async () => {
  const { http, start, end } = createDeliveryTest();
  http.next(reply(429), reply(403));
  start({ destination });
  expect(await end()).toMatchObject({ mayHaveArrived: false, error: { code: 'upstream_forbidden' } });
});

test.each([
  ['the call has ended', {}],
  ['it has expired', { expiresInMs: 300 }],
])('nothing is sent again once %s: without a key that would only show the page late', async (_what, plan) => {
  const { clock, http, withdraw, start, end } = createDeliveryTest();
  http.next(LOST, SHOWN);
  start({ destination, ...plan });
  await clock.advance(100);
  if (!('expiresInMs' in plan)) withdraw();
  expect(await end()).toMatchObject({ attempts: 1, error: { code: 'outcome_unknown' } });
  expect(http.calls).toHaveLength(1);
});
