import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import { refusalsIn } from '../../shared/refused-event.ts';
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

describe('M03 a flood of refusals', () => {
  const stranger = { body, headers: { authorization: undefined } };

  test('costs the log five entries and one a minute, and that counts the others', async () => {
    const clock = createFakeClock();
    const { port, recorded } = await startBareEndpoint({ clock, identify });
    for (let minute = 0; minute < 3; minute++) {
      for (let i = 0; i < 60; i++) await call(port, stranger);
      await clock.advance(60_000);
    }
    expect(recorded.map(({ code, detail }) => [code, detail])).toEqual([
      ...Array(5).fill(['unauthorized', null]),
      ...[55, 60, 60].map((count) => ['unauthorized', `${count} like this since the entry before`]),
    ]);
    expect(recorded.map(refusalsIn).reduce((sum, count) => sum + count)).toBe(180);
    // After a quiet minute a refusal stands by itself again.
    await clock.advance(60_000);
    await call(port, stranger);
    expect(recorded.at(-1)?.detail).toBeNull();
    expect(recorded).toHaveLength(9);
  });

  test('of one reason or one caller hides no refusal of another', async () => {
    const clock = createFakeClock();
    const { port, recorded } = await startBareEndpoint({ clock, identify, rateLimit: 1 });
    for (let i = 0; i < 40; i++) await call(port, stranger);
    await call(port, { body: '{', headers: { authorization: undefined } });
    expect(recorded).toHaveLength(5);
    await call(port, { body: '{' });
    expect(recorded.at(-1)).toMatchObject({ code: 'invalid_json', client: 'test', detail: null });
    await call(port, { method: 'GET', path: '/nowhere' });
    expect(recorded.at(-1)).toMatchObject({ code: 'not_found', detail: null });
  });

  test('is counted at a stop, too', async () => {
    const { port, recorded, stop } = await startBareEndpoint({ clock: createFakeClock(), identify });
    for (let i = 0; i < 9; i++) await call(port, stranger);
    await stop();
    expect(recorded.map(({ detail }) => detail).slice(5)).toEqual(['4 like this since the entry before']);
  });

  test('of a token’s own is bounded as well', async () => {
    const clock = createFakeClock();
    const { port, recorded } = await startBareEndpoint({ clock, identify });
    for (let i = 0; i < 50; i++) await call(port, { body: '{' });
    await clock.advance(60_000);
    expect(recorded).toHaveLength(6);
    expect(recorded.at(-1)).toMatchObject({ code: 'invalid_json', client: 'test', userId: null });
    expect(refusalsIn(recorded.at(-1) as NewAuditEntry)).toBe(45);
  });
});
