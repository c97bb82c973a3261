import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { basic, call, openSimulator } from './client.ts';

describe('the token endpoint', () => {
  test('gives a new random bearer token for each call, and says how many seconds it lives', async () => {
    const { askToken } = await openSimulator({ tokenLifetimeSeconds: 300 });
    const [first, second] = [await askToken(), await askToken()];
    expect(first.status).toBe(200);
    expect(first.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]{43}$/),
      token_type: 'bearer',
      expires_in: 300,
    });
    expect(second.json().access_token).not.toBe(first.json().access_token);
    expect(first.headers['cache-control']).toBe('no-store');
    expect(first.headers['inin-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('says 86,400 seconds unless told otherwise', async () => {
    const { askToken } = await openSimulator();
    expect((await askToken()).json().expires_in).toBe(86_400);
  });

  test('takes any scope, as the platform does for this grant', async () => {
    const { askToken } = await openSimulator();
    expect((await askToken({}, 'grant_type=client_credentials&scope=screenpops%3Awrite')).status).toBe(200);
  });

  test.each([
    ['a wrong secret', basic(undefined, 'wrong')],
    ['a wrong id', basic('wrong')],
    ['a percent-encoded secret', basic(undefined, encodeURIComponent('not/really+a-secret%'))],
    ['another scheme', { authorization: 'Bearer abc' }],
    ['garbage', { authorization: 'Basic ***' }],
  ])('refuses %s with invalid_client and a challenge', async (_what, headers) => {
    const { askToken } = await openSimulator();
    const reply = await askToken(headers);
    expect(reply.status).toBe(401);
    expect(reply.json().error).toBe('invalid_client');
    expect(reply.headers['www-authenticate']).toMatch(/^Basic realm=/);
  });

  test('refuses a call without credentials, with and without a body', async () => {
    const { baseUrl } = await openSimulator();
    expect((await call(`${baseUrl}/oauth/token`)).json().error).toBe('invalid_client');
    expect((await call(`${baseUrl}/oauth/token`, { headers: { 'content-length': '0' } })).status).toBe(401);
  });

  test.each([
    ['unsupported_grant_type', 'grant_type=password'],
    ['invalid_request', ''],
    ['invalid_request', 'scope=x'],
    ['invalid_request', 'grant_type=client_credentials&grant_type=client_credentials'],
  ])('answers 400 %s to the form "%s"', async (error, form) => {
    const { askToken } = await openSimulator();
    const reply = await askToken({}, form);
    expect(reply.status).toBe(400);
    expect(reply.json()).toEqual({ error, error_description: expect.any(String) });
  });

  test('refuses a form that says it is JSON', async () => {
    const { askToken } = await openSimulator();
    expect((await askToken({ 'content-type': 'application/json' })).status).toBe(415);
  });

  test('counts every call, refused ones too', async () => {
    const { simulator, askToken } = await openSimulator();
    const before = simulator.tokenCalls;
    await askToken();
    await askToken(basic('wrong'));
    expect(simulator.tokenCalls).toBe(before + 2);
  });

  test('ends a token when its lifetime is over, not a millisecond before', async () => {
    const clock = createFakeClock();
    const { pop } = await openSimulator({ clock, tokenLifetimeSeconds: 300 });
    clock.jump(299_999);
    expect((await pop()).status).toBe(200);
    clock.jump(1);
    const late = await pop({ idempotencyKey: 'key-2' });
    expect(late.status).toBe(401);
    expect(late.json().code).toBe('bad.credentials');
  });

  test('keeps at most 1,000 tokens: the oldest ends first', async () => {
    const { newToken, pop } = await openSimulator();
    const second = await newToken();
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: round === 9 ? 99 : 100 }, newToken));
    }
    expect((await pop()).status).toBe(401);
    expect((await pop({}, { headers: { authorization: `Bearer ${second}` } })).status).toBe(200);
  });
});
