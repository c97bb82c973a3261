import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

/** A token endpoint whose tokens are numbered. */
const numbered = (number: number) =>
  reply(200, { access_token: `token-${number}`, token_type: 'bearer', expires_in: 86_400 });

test('F01 fifty triggers share one token call', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  const replies = await Promise.all(Array.from({ length: 50 }, () => app.post({ userId: USER })));
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
  expect(destination.tokenCalls).toHaveLength(1);
  expect(destination.pops).toHaveLength(50);
  const basic = `Basic ${btoa('test-client:test-client-secret')}`;
  expect(destination.tokenCalls[0]?.headers.authorization).toBe(basic);
  const form = new URLSearchParams(String(destination.tokenCalls[0]?.body));
  expect(Object.fromEntries(form)).toEqual({ grant_type: 'client_credentials', scope: 'screenpops:write' });
});

test('F03 a token that the destination refuses is renewed once, and the pop goes out with the same key', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  destination.onToken(numbered(1), numbered(2));
  destination.onPop(reply(401, { message: 'expired' }));
  const response = await app.post({ userId: USER });
  expect(response.status).toBe(200);
  expect(destination.pops.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer token-1',
    'Bearer token-2',
  ]);
  const [first, second] = destination.pops;
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  expect(second?.body).toEqual(first?.body);
  expect(destination.tokenCalls).toHaveLength(2);
});

test('a 401 of the destination that stays is 502 upstream_unauthorized, never a local 401', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  destination.onPop(reply(401), reply(401));
  const response = await app.post({ userId: USER });
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ code: 'upstream_unauthorized', status: 502 });
  expect(destination.pops).toHaveLength(2);
});

test('F02 wrong credentials are 502 upstream_unauthorized after one call, and no pop goes out', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  destination.onToken(reply(401, { error: 'invalid_client' }));
  const response = await app.post({ userId: USER });
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ code: 'upstream_unauthorized' });
  expect(destination.tokenCalls).toHaveLength(1);
  expect(destination.pops).toHaveLength(0);
  expect(app.entries().at(-1)).toMatchObject({
    status: 'failed',
    code: 'upstream_unauthorized',
    attempts: 0,
  });
});

test.each<[string, ReturnType<typeof reply>, number, string, { totalDeadlineMs: number }?]>([
  ['is down', (_received, response) => response.destroy(), 503, 'upstream_unavailable'],
  ['fails (503)', reply(503), 502, 'upstream_failed'],
  ['has enough (429)', reply(429), 503, 'upstream_rate_limited'],
  ['never answers', () => {}, 504, 'upstream_timeout', { totalDeadlineMs: 400 }],
])(
  'F01 while the token endpoint %s nothing is sent, the caller and the log are told, and no secret is',
  async (_, answer, status, code, settings = undefined) => {
    const destination = await startStubDestination();
    const app = await startTestApp({ destination: destination.url, ...(settings && { settings }) });
    destination.onToken(...Array.from({ length: 9 }, () => answer));
    const response = await app.post({ userId: USER });
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })]);
    expect(destination.pops).toEqual([]);
    expect(app.entries().at(-1)).toMatchObject({ status: 'failed', code, attempts: 0 });
    await app.stop();
    const written = readdirSync(app.dataDir, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name !== 'secrets.json')
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
    expect(written.join()).not.toContain('test-client-secret');
  },
);

test('F01 a token endpoint that says when to come back is not asked before, and the caller is told', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  destination.onToken(reply(429, {}, { 'retry-after': '60' }), reply(503, {}, { 'retry-after': '1' }));
  const far = await app.post({ userId: USER });
  expect([far.status, far.headers.get('retry-after')]).toEqual([503, '60']);
  expect(destination.tokenCalls).toHaveLength(1);
  const began = performance.now();
  expect((await app.post({ userId: USER })).status).toBe(200);
  expect(performance.now() - began).toBeGreaterThanOrEqual(999);
  expect(destination.tokenCalls).toHaveLength(3);
});

test('F01 a token endpoint that fails once does not fail the pop, and its time counts as token time', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  destination.onToken(reply(503), (received, response) => {
    setTimeout(() => numbered(1)(received, response), 60);
  });
  const response = await app.post({ userId: USER });
  expect(response.status).toBe(200);
  expect(destination.tokenCalls).toHaveLength(2);
  const phases = app.entries().at(-1)?.phases;
  expect(phases?.token).toBeGreaterThanOrEqual(59);
});
