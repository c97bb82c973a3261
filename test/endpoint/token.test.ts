import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, TOKEN, USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, type RawReply } from './raw-connection.ts';

const body = JSON.stringify({ userId: USER });
const identify = (token: string) => ({ [TOKEN]: 'test', 'other-token': 'other' })[token];

describe('L13 without a valid token', () => {
  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['the scheme alone', 'Bearer'],
    ['a wrong one', 'Bearer wrong'],
    ['half of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['more than it', `Bearer ${TOKEN}x`],
    ['another scheme', `Basic ${btoa(`user:${TOKEN}`)}`],
    ['no scheme', TOKEN],
    ['two', `Bearer ${TOKEN} ${TOKEN}`],
  ])('%s: 401, and how to do it', async (_what, authorization) => {
    const { port, recorded } = await startBareEndpoint();
    for (const request of [
      { body },
      { method: 'GET', path: '/metrics' },
      { method: 'GET', path: '/openapi.json' },
      { method: 'GET', path: '/webhooks/dead-letters' },
      { path: '/webhooks/dead-letters/resend', body },
    ]) {
      const reply = await call(port, { ...request, headers: { authorization } });
      expect([request.path, reply.status]).toEqual([request.path, 401]);
      expect(reply.headers['www-authenticate']).toBe('Bearer');
      expect(reply.problem.code).toBe('unauthorized');
    }
    expect(recorded[0]).toMatchObject({
      type: 'refused',
      code: 'unauthorized',
      endpoint: '/trigger-screenpop',
    });
  });

  test('health is told all the same, and nothing else than health', async () => {
    const { port } = await startBareEndpoint();
    const reply = await call(port, {
      method: 'GET',
      path: '/healthz',
      headers: { authorization: undefined },
    });
    expect([reply.status, reply.body]).toEqual([200, '{"status":"ok"}']);
  });

  test('the scheme may be written in any case', async () => {
    const { port } = await startBareEndpoint();
    expect((await call(port, { body, headers: { authorization: `bearer ${TOKEN}` } })).status).toBe(200);
  });
});

test('L15 a token in the query is no token, and is not written down anywhere', async () => {
  const app = await startTestApp();
  const path = `/trigger-screenpop?token=${TOKEN}&access_token=${TOKEN}`;
  const reply = await call(app.endpoint.port, { path, body, headers: { authorization: undefined } });
  expect(reply.status).toBe(401);
  expect(reply.body).not.toContain(TOKEN);
  await app.stop();
  const files = readdirSync(app.dataDir, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  expect(files.length).toBeGreaterThan(3);
  for (const file of files)
    expect(readFileSync(join(file.parentPath, file.name)).includes(TOKEN)).toBe(false);
});

test('L14 guessing tokens ends in 429, while the right ones still work', async () => {
  const { port } = await startBareEndpoint({ identify });
  const replies: RawReply[] = [];
  for (let guess = 0; guess < 1000; guess++) {
    replies.push(await call(port, { body, headers: { authorization: `Bearer guess-${guess}` } }));
  }
  expect(replies.map(({ status }) => status)).toEqual([...Array(30).fill(401), ...Array(970).fill(429)]);
  const [last] = replies.slice(-1);
  expect(last?.problem.code).toBe('rate_limited');
  expect(Number(last?.headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(last?.headers['retry-after'])).toBeLessThanOrEqual(60);
  expect((await call(port, { body })).status).toBe(200);
  expect((await call(port, { body, headers: { authorization: 'Bearer other-token' } })).status).toBe(200);
  expect((await call(port, { body, headers: { authorization: undefined } })).status).toBe(401);
});

test('what cannot tell whose a token is lets nobody in, and does not say why', async () => {
  const { port, faults } = await startBareEndpoint({
    identify: () => {
      throw new Error('tokens.json is damaged');
    },
  });
  const reply = await call(port, { body });
  expect(reply.status).toBe(500);
  expect(reply.body).not.toContain('tokens.json');
  expect(faults).toHaveLength(1);
});

describe('L31 the rate limit', () => {
  const burst = (port: number, authorization: string, count: number) =>
    Promise.all(Array.from({ length: count }, () => call(port, { body, headers: { authorization } })));

  test('counts for each token by itself, and says when to come back', async () => {
    const { port } = await startBareEndpoint({ identify, rateLimit: 5 });
    const replies = await burst(port, `Bearer ${TOKEN}`, 60);
    const refused = replies.filter(({ status }) => status === 429);
    // A slow machine may spread the burst over some seconds.
    expect(refused.length).toBeGreaterThanOrEqual(10);
    for (const { headers, problem } of refused) {
      expect(problem.code).toBe('rate_limited');
      expect(headers['retry-after']).toBe('1');
    }
    const others = await burst(port, 'Bearer other-token', 5);
    expect(others.map(({ status }) => status)).toEqual(Array(5).fill(200));
  });

  test('of 0 is none, and what the environment says is what counts', async () => {
    const destination = await startStubDestination();
    for (const [limit, isLimited] of [
      ['0', false],
      ['2', true],
    ] as const) {
      const app = await startTestApp({ destination: destination.url, env: { POPTRAY_RATE_LIMIT: limit } });
      const replies = await Promise.all(Array.from({ length: 70 }, () => app.post({ userId: USER })));
      expect(replies.some(({ status }) => status === 429)).toBe(isLimited);
    }
  });

  test('counts triggers alone: health, metrics and wrong requests are free', async () => {
    const { port } = await startBareEndpoint({ identify, rateLimit: 1 });
    for (let i = 0; i < 5; i++) {
      expect((await call(port, { method: 'GET', path: '/metrics' })).status).toBe(200);
      expect((await call(port, { body, headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    }
    expect((await call(port, { body })).status).toBe(200);
  });
});

test('a flood of refusals leaves a bounded number of entries, and the count of the others', async () => {
  const clock = createFakeClock();
  const { port, recorded, stop } = await startBareEndpoint({ clock, identify, rateLimit: 1 });
  for (let i = 0; i < 60; i++) await call(port, { body, headers: { authorization: undefined } });
  expect(recorded).toHaveLength(50);
  for (let i = 0; i < 20; i++) await call(port, { body });
  expect(recorded).toHaveLength(50);
  await clock.advance(1000);
  expect(recorded).toHaveLength(51);
  const leftOut = Number(
    /^(\d+) more were refused before this one$/.exec(recorded.at(-1)?.detail ?? '')?.[1],
  );
  // Those without a token, and most of those over the rate.
  expect(leftOut).toBeGreaterThan(20);
  for (let i = 0; i < 60; i++) await call(port, { body, headers: { authorization: undefined } });
  await stop();
  expect(recorded).toHaveLength(102);
  expect(recorded.at(-1)?.detail).toBe('9 more were refused before this one');
});
