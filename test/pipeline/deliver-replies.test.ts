import { describe, expect, test } from 'vitest';
import { TokenFailure } from '../../main/destinations/oauth/token-source.ts';
import { reply, SHOWN } from './fakes.ts';
import { createDeliveryTest } from './start-delivery.ts';

describe('a success', () => {
  test.each([
    ['204', reply(204)],
    ['an empty 200', reply(200)],
    ['a 200 without windowFocused', reply(200, { id: 'pop-1', status: 'delivered' })],
    ['a 200 with windowFocused null', reply(200, { windowFocused: null })],
  ])('(%s) that does not tell the focus is a delivery whose focus is unknown', async (_name, given) => {
    const { http, start, end } = createDeliveryTest();
    http.next(given);
    start();
    expect(await end()).toMatchObject({
      status: 'delivered',
      windowFocused: null,
      duplicate: false,
      attempts: 1,
    });
  });

  test('says false where the window was not focused', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next(reply(201, { windowFocused: false }));
    start();
    expect(await end()).toMatchObject({ status: 'delivered', windowFocused: false });
  });

  test.each([
    ['cut short', '{"id":"pop-1","windowFocu'],
    ['not JSON', '<html>proxy</html>'],
    ['no object', '"delivered"'],
  ])('that is %s counts for nothing: the same key is sent again', async (_name, body) => {
    const { http, start, end, sentAt } = createDeliveryTest();
    http.next(reply(200, body), reply(409, { windowFocused: true }));
    start();
    expect(await end()).toMatchObject({ status: 'delivered', duplicate: true, windowFocused: true });
    expect(sentAt()).toEqual([0, 500]);
  });

  test('F10 that can never be read is a failure, not a delivery', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next(reply(200, 'x'), reply(200, 'x'), reply(200, 'x'));
    start();
    const { status, error } = await end();
    expect([status, error?.code]).toEqual(['failed', 'upstream_failed']);
  });
});

describe('a 409, which says that the key was processed before,', () => {
  test('F12 is a delivery with the original reply, marked as a duplicate', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next(reply(409, { id: 'pop-1', status: 'delivered', windowFocused: false }));
    start();
    expect(await end()).toMatchObject({
      status: 'delivered',
      duplicate: true,
      windowFocused: false,
      attempts: 1,
    });
  });

  test.each(['', '<html>', '[]'])('is one with unknown focus when its body is %j', async (body) => {
    const { http, start, end } = createDeliveryTest();
    http.next(reply(409, body));
    start();
    expect(await end()).toMatchObject({ status: 'delivered', duplicate: true, windowFocused: null });
  });

  test('W11 is none where it says another thing, such as an agent who is away: that is a refusal, and showed nothing', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next(reply(409, { code: 'conflict.user.offline', message: 'The user is offline', status: 409 }));
    start();
    expect(await end()).toMatchObject({
      status: 'failed',
      error: { code: 'upstream_rejected' },
      mayHaveArrived: false,
      attempts: 1,
    });
  });
});

describe('a refusal', () => {
  test.each([
    [403, 'upstream_forbidden'],
    [400, 'upstream_rejected'],
    [404, 'upstream_rejected'],
    [422, 'upstream_rejected'],
    [302, 'upstream_rejected'],
  ])('(%i) is %s, and is not tried again', async (status, code) => {
    const { http, start, end, endedAt } = createDeliveryTest();
    http.next(reply(status, '', { location: 'https://elsewhere.test/' }), SHOWN);
    start();
    const { attempts, error } = await end();
    expect([attempts, error?.code, endedAt()]).toEqual([1, code, 0]);
    expect(http.calls).toHaveLength(1);
  });

  test('carries the destination’s own id of the last call that had one', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next(reply(500, '', { 'inin-correlation-id': 'id-1' }), 'connection', reply(403));
    start();
    const { correlationId, error } = await end();
    expect([correlationId, error?.details.correlationId]).toEqual(['id-1', 'id-1']);
  });
});

describe('a token that the destination does not take (401)', () => {
  test('is dropped, and the pop is tried once more at once with another', async () => {
    const { http, tokens, start, end, sentAt } = createDeliveryTest();
    http.next(reply(401));
    start();
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(tokens.dropped).toEqual(['token-1']);
    expect(http.calls.map(({ request }) => request.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    expect(new Set(http.calls.map(({ body }) => body)).size).toBe(1);
    expect(sentAt()).toEqual([0, 0]);
  });

  test('twice over means that the credentials are refused', async () => {
    const { http, tokens, start, end } = createDeliveryTest();
    http.next(reply(401), reply(401), SHOWN);
    start();
    const { attempts, error } = await end();
    expect([attempts, error?.code]).toEqual([2, 'upstream_unauthorized']);
    expect(tokens.dropped).toEqual(['token-1', 'token-2']);
  });

  test('does not use up one of the three attempts', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next(reply(500), reply(401), reply(500));
    start();
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 4 });
  });
});

describe('a token that cannot be had', () => {
  const failure = (retryable: boolean) => new TokenFailure('upstream_unauthorized', retryable);

  test('because the credentials are wrong ends the pop at once; nothing was sent', async () => {
    const { http, tokens, start, end, endedAt } = createDeliveryTest();
    tokens.next({ failure: failure(false) });
    start();
    const { status, attempts, error } = await end();
    expect([status, attempts, error?.code, endedAt()]).toEqual(['failed', 0, 'upstream_unauthorized', 0]);
    expect(error?.message).toContain('no access token');
    expect([http.calls, tokens.asked()]).toEqual([[], 1]);
  });

  test('for now is asked for again after a backoff', async () => {
    const { tokens, start, end, sentAt } = createDeliveryTest();
    tokens.next({ failure: new TokenFailure('upstream_rate_limited', true) });
    start();
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(sentAt()).toEqual([500]);
  });

  test('three times over ends the pop with the reason', async () => {
    const { tokens, start, end } = createDeliveryTest();
    const down = { failure: new TokenFailure('upstream_unavailable', true) };
    tokens.next(down, down, down);
    start();
    expect((await end()).error?.code).toBe('upstream_unavailable');
    expect(tokens.asked()).toBe(3);
  });
});

test('the wait for tokens is timed apart from the calls', async () => {
  const { http, tokens, start, end, endedAt } = createDeliveryTest();
  tokens.next({ afterMs: 300 }, { afterMs: 200 });
  http.next({ afterMs: 50, fate: reply(401) }, { afterMs: 70, fate: SHOWN });
  start();
  expect((await end()).tokenMs).toBe(500);
  expect(endedAt()).toBe(620);
});
