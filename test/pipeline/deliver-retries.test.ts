import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { HttpFailure } from '../../main/network/http.ts';
import { reply, SHOWN } from './fakes.ts';
import { createDeliveryTest } from './start-delivery.ts';

const LIMITED = reply(429, { message: 'slow down' });

test('what is taken at the first attempt is sent once, signed and with the token', async () => {
  const { http, request, start, end, endedAt, clock } = createDeliveryTest();
  start();
  expect(await end()).toEqual({
    status: 'delivered',
    attempts: 1,
    tokenMs: 0,
    correlationId: null,
    windowFocused: true,
    duplicate: false,
    mayHaveArrived: false,
    error: undefined,
  });
  expect(endedAt()).toBe(0);
  expect(http.calls[0]?.request).toEqual({
    method: 'POST',
    url: 'https://api.test/api/v2/users/agent/screenpops',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': 'key-1',
      authorization: 'Bearer token-1',
      'x-payload-signature': createHmac('sha256', 'signing-secret').update(request.body).digest('base64'),
    },
    body: request.body,
  });
  expect(clock.pending()).toEqual([]);
});

test.each([
  ['no attempt', false, ['unreachable', reply(429), 'blocked']],
  ['the first attempt', true, [reply(503), 'unreachable', 'unreachable']],
  ['the second attempt', true, ['unreachable', 'connection', reply(429)]],
  ['the last attempt', true, [reply(429), 'unreachable', reply(200, 'x')]],
  ['an attempt before a refusal', true, ['timeout', reply(403)]],
] as const)('a failure says whether the pop may have arrived: %s', async (_name, mayHaveArrived, fates) => {
  const { http, start, end } = createDeliveryTest();
  http.next(...fates);
  start();
  expect(await end()).toMatchObject({ status: 'failed', mayHaveArrived });
});

describe('F04 F05 F06 a rate limit (429)', () => {
  test('is waited out for as many seconds as Retry-After says', async () => {
    const { http, start, end, sentAt } = createDeliveryTest();
    http.next(reply(429, '', { 'retry-after': '3' }), reply(429, '', { 'retry-after': '7' }));
    start();
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 3 });
    expect(sentAt()).toEqual([0, 3000, 10_000]);
  });

  test('is waited out until the date that Retry-After says', async () => {
    const { clock, http, start, end, sentAt } = createDeliveryTest();
    http.next(reply(429, '', { 'retry-after': new Date(clock.now() + 4000).toUTCString() }));
    start();
    await end();
    expect(sentAt()).toEqual([0, 4000]);
  });

  test('without Retry-After means a backoff from 1 s that doubles, with full jitter', async () => {
    const { http, start, end, sentAt } = createDeliveryTest();
    http.next(LIMITED, LIMITED);
    start({ random: () => 0.75 });
    await end();
    expect(sentAt()).toEqual([0, 750, 2250]);
  });

  test('with a Retry-After that is garbage or has passed means the same backoff', async () => {
    const { clock, http, start, end, sentAt } = createDeliveryTest();
    const passed = new Date(clock.now() - 60_000).toUTCString();
    http.next(reply(429, '', { 'retry-after': 'soon' }), reply(429, '', { 'retry-after': passed }));
    start();
    await end();
    expect(sentAt()).toEqual([0, 500, 1500]);
  });

  test('at the third attempt is final, and is not waited for', async () => {
    const { http, start, end, sentAt, endedAt } = createDeliveryTest();
    http.next(LIMITED, LIMITED, reply(429, '', { 'retry-after': '9' }), SHOWN);
    start();
    const { status, attempts, error } = await end();
    expect({ status, attempts, code: error?.code }).toEqual({
      status: 'failed',
      attempts: 3,
      code: 'upstream_rate_limited',
    });
    expect(error?.details.retryAfterMs).toBe(9000);
    expect(sentAt()).toEqual([0, 500, 1500]);
    expect(endedAt()).toBe(1500);
  });
});

describe('F07 a failure of the destination (5xx)', () => {
  test('is tried again after a backoff from 5 s, and the third attempt may deliver', async () => {
    const { http, start, end, sentAt } = createDeliveryTest();
    http.next(reply(500), reply(503));
    start();
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 3 });
    expect(sentAt()).toEqual([0, 2500, 7500]);
  });

  test('with Retry-After is waited out for so long', async () => {
    const { http, start, end, sentAt } = createDeliveryTest();
    http.next(reply(503, '', { 'retry-after': '1' }));
    start();
    await end();
    expect(sentAt()).toEqual([0, 1000]);
  });

  test('at three attempts is final', async () => {
    const { http, start, end, endedAt } = createDeliveryTest();
    http.next(reply(500), reply(502), reply(504), SHOWN);
    start();
    const { attempts, error } = await end();
    expect([attempts, error?.code, endedAt()]).toEqual([3, 'upstream_failed', 7500]);
  });
});

describe('F08 a lost call', () => {
  test.each(['connection', 'unreachable'] as const)('(%s) is tried again from 1 s', async (kind) => {
    const { http, start, end, sentAt } = createDeliveryTest();
    http.next(kind, kind);
    start();
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 3 });
    expect(sentAt()).toEqual([0, 500, 1500]);
  });

  test('three times over means that the destination cannot be reached', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next('connection', 'unreachable', 'connection');
    start();
    const { status, error } = await end();
    expect([status, error?.code]).toEqual(['failed', 'upstream_unavailable']);
  });

  test('F11 to a host whose certificate is not trusted is never repeated', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next('tls');
    start();
    const { attempts, error } = await end();
    expect([attempts, error?.code]).toEqual([1, 'upstream_unavailable']);
    expect(error?.message).toContain('certificate');
    expect(http.calls).toHaveLength(1);
  });
});

test('F07 F08 every attempt sends the same bytes, key and signature', async () => {
  const { http, start, end } = createDeliveryTest();
  http.next(LIMITED, 'connection');
  start();
  await end();
  expect(http.calls).toHaveLength(3);
  const sent = http.calls.map(({ body, request: { headers } }) => [
    body,
    headers['idempotency-key'],
    headers['x-payload-signature'],
    JSON.parse(body).idempotencyKey,
  ]);
  expect(new Set(sent.map(String)).size).toBe(1);
  expect(sent[0]?.[3]).toBe('key-1');
});

test('different troubles share the three attempts, each with its own backoff', async () => {
  const { http, start, end, sentAt } = createDeliveryTest();
  http.next('connection', reply(500));
  start();
  expect(await end()).toMatchObject({ status: 'delivered', attempts: 3 });
  expect(sentAt()).toEqual([0, 500, 5500]);
});

test('bytes that are not what was signed are never sent, not even at a later attempt', async () => {
  const { http, request, start, end } = createDeliveryTest();
  http.next(() => {
    request.body[0] = 0;
    return LIMITED;
  });
  start();
  const { attempts, error } = await end();
  expect(http.calls).toHaveLength(1);
  expect([attempts, error?.code]).toEqual([1, 'internal']);
});

test('bytes that changed before the first attempt are not sent at all', async () => {
  const { http, request, start, end } = createDeliveryTest();
  request.body[10] = 0;
  start();
  expect(await end()).toMatchObject({ status: 'failed', attempts: 0 });
  expect(http.calls).toEqual([]);
});

test('a fault of poptray’s own is not taken for one of the network', async () => {
  const { http, start, end } = createDeliveryTest();
  http.send = () => Promise.reject(new TypeError('a bug'));
  start();
  await expect(end()).rejects.not.toBeInstanceOf(HttpFailure);
});
