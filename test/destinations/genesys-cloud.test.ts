import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { screenPop } from '../../main/destinations/genesys-cloud/genesys-cloud.ts';
import type { HttpReply } from '../../main/network/http.ts';
import type { Pop } from '../../main/pipeline/ports.ts';
import { parseRetryAfter } from '../../main/pipeline/retry-schedule.ts';
import { genesysHosts } from '../../shared/destinations/genesys-cloud.ts';
import { userIdSchema } from '../../shared/trigger.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const POP: Pop = {
  popId: 'pop-1',
  idempotencyKey: 'key-1',
  userId: '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
  applicationId: 'com.example.customapp',
  uri: 'https://app.mydashboard.com/agent-view#name=Ada%20Lovelace',
  allowedOrigins: [],
  state: { uiMode: 'focused', priority: 'high' },
};

const genesys = screenPop('https://api.mypurecloud.com');
const judge = (status: number, body = '', headers: HttpReply['headers'] = {}) =>
  genesys.judge({ status, body, headers }, parseRetryAfter(headers['retry-after'], NOW));

describe('the hosts', () => {
  test.each([
    'mypurecloud.com',
    'mypurecloud.ie',
    'mypurecloud.com.au',
    'usw2.pure.cloud',
    'use2.us-gov-pure.cloud',
    'edee1.eusc-pure.cloud',
  ])('of the region %s are its api and its login', (region) => {
    expect(genesysHosts({ region })).toEqual({
      apiBase: `https://api.${region}`,
      tokenEndpoint: `https://login.${region}/oauth/token`,
    });
  });

  test.each([
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['https://gateway.example/', 'https://gateway.example'],
    ['https://gateway.example/genesys//', 'https://gateway.example/genesys'],
  ])('of the base URL %s are both there', (baseUrl, base) => {
    expect(genesysHosts({ baseUrl })).toEqual({ apiBase: base, tokenEndpoint: `${base}/oauth/token` });
  });
});

describe('the call', () => {
  test('has the path, the headers and the exact bytes of contract §2', () => {
    const { url, headers, body } = genesys.call(POP);
    expect(url).toBe(
      'https://api.mypurecloud.com/api/v2/users/3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b/screenpops',
    );
    expect(headers).toEqual({ 'content-type': 'application/json', 'idempotency-key': 'key-1' });
    expect(String(body)).toBe(
      '{"applicationId":"com.example.customapp","uri":"https://app.mydashboard.com/agent-view#name=Ada%20Lovelace","state":{"uiMode":"focused","priority":"high"},"idempotencyKey":"key-1"}',
    );
  });

  test('has the user id as one segment of the path, whatever it is', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('/', '?', '#', '%', '\\', '@', ';', 'a', '😀'),
      minLength: 1,
    });
    fc.assert(
      fc.property(hostile, (userId) => {
        const { pathname, search, hash, host } = new URL(genesys.call({ ...POP, userId }).url);
        expect([pathname.split('/').length, search, hash, host]).toEqual([6, '', '', 'api.mypurecloud.com']);
        expect(decodeURIComponent(pathname.split('/')[4] ?? '')).toBe(userId);
      }),
    );
  });

  test('has a valid user id in its path as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/), (userId) => {
        expect(userIdSchema.safeParse(userId).success).toBe(true);
        const { url } = genesys.call({ ...POP, userId });
        expect(new URL(url).pathname).toBe(`/api/v2/users/${userId}/screenpops`);
      }),
    );
  });

  test('has UTF-8 in its body, and says the same for the same pop', () => {
    const pop = { ...POP, state: { note: 'é😀 "quoted"' } };
    const body = genesys.call(pop).body as Uint8Array;
    expect(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)).state).toEqual(pop.state);
    expect(Buffer.compare(body, genesys.call(structuredClone(pop)).body as Uint8Array)).toBe(0);
  });
});

describe('a reply', () => {
  const delivered = (windowFocused: boolean | null, duplicate = false) => ({
    kind: 'delivered',
    windowFocused,
    duplicate,
  });
  const retry = (code: string, baseMs: number, retryAfterMs?: number) => ({
    kind: 'retry',
    code,
    baseMs,
    retryAfterMs,
  });
  const FULL = '{"id":"p","status":"delivered","windowFocused":true,"deliveryTimeMs":12}';

  test.each([
    [200, FULL, delivered(true)],
    [201, '{"windowFocused":false}', delivered(false)],
    [202, '{"windowFocused":null}', delivered(null)],
    [200, '{}', delivered(null)],
    [200, '', delivered(null)],
    [204, '', delivered(null)],
    [204, 'garbage', delivered(null)],
    [200, FULL.slice(0, 40), retry('upstream_failed', 1000)],
    [200, '<html>', retry('upstream_failed', 1000)],
    [200, 'null', retry('upstream_failed', 1000)],
    [200, '{"windowFocused":"yes"}', retry('upstream_failed', 1000)],
    [409, FULL, delivered(true, true)],
    [409, '{"windowFocused":false}', delivered(false, true)],
    [409, '{"id":"p","status":"delivered"}', delivered(null, true)],
    [
      409,
      '{"message":"conflict","code":"conflict.user.offline","status":409}',
      { kind: 'refused', code: 'upstream_rejected' },
    ],
    [409, '{"title":"Conflict","status":409}', { kind: 'refused', code: 'upstream_rejected' }],
    [409, '{"error":"conflict"}', { kind: 'refused', code: 'upstream_rejected' }],
    [409, '', delivered(null, true)],
    [403, FULL, { kind: 'refused', code: 'upstream_forbidden' }],
    [400, FULL, { kind: 'refused', code: 'upstream_rejected' }],
    [404, '', { kind: 'refused', code: 'upstream_rejected' }],
    [413, '', { kind: 'refused', code: 'upstream_rejected' }],
    [300, '', { kind: 'refused', code: 'upstream_rejected' }],
    [503, '{"message":"Retry the request in [7] seconds"}', retry('upstream_failed', 5000)],
    [301, FULL, { kind: 'refused', code: 'upstream_rejected' }],
    [307, '', { kind: 'refused', code: 'upstream_rejected' }],
    [429, '', retry('upstream_rate_limited', 1000)],
    [500, FULL, retry('upstream_failed', 5000)],
    [502, '', retry('upstream_failed', 5000)],
    [503, '', retry('upstream_failed', 5000)],
    [504, '', retry('upstream_failed', 5000)],
  ])('of %i %s is judged', (status, body, expected) => {
    expect(judge(status, body)).toEqual(expected);
  });

  test.each([
    [429, 'upstream_rate_limited', 1000],
    [503, 'upstream_failed', 5000],
  ])('of %i says in Retry-After how long to wait', (status, code, baseMs) => {
    expect(judge(status, '', { 'retry-after': '7' })).toEqual(retry(code, baseMs, 7000));
    const date = new Date(NOW + 9000).toUTCString();
    expect(judge(status, '', { 'retry-after': date })).toEqual(retry(code, baseMs, 9000));
  });

  const message = (text: unknown) =>
    JSON.stringify({ message: text, code: 'too.many.requests', status: 429 });

  test('of 429 without the header says it in its message', () => {
    const text = 'Rate limit exceeded the maximum. Retry the request in [12] seconds';
    expect(judge(429, message(text))).toMatchObject({ retryAfterMs: 12_000 });
    expect(judge(429, message(text), { 'retry-after': '3' })).toMatchObject({ retryAfterMs: 3000 });
    expect(judge(429, message(text), { 'retry-after': 'soon' })).toMatchObject({ retryAfterMs: 12_000 });
  });

  test.each([
    '',
    '{',
    '[]',
    message(7),
    message('Retry the request in [-1] seconds'),
    message('in [5] seconds'),
  ])('of 429 without the header whose body is %j leaves it to the backoff', (body) => {
    expect(judge(429, body)).toMatchObject({ retryAfterMs: undefined });
  });

  test('is judged, whatever its status and body', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, body) => {
        const { kind } = judge(status, body);
        const isSuccess = status < 300 || status === 409;
        if (kind === 'delivered') expect(isSuccess).toBe(true);
        if (status >= 300 && status < 400) expect(kind).toBe('refused');
      }),
    );
  });
});
