import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorTable, PopError } from '../../main/pipeline/errors.ts';
import { problemSchema } from '../../shared/problem.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call } from './raw-connection.ts';
import { problemOf } from './replies.ts';

const body = JSON.stringify({ userId: USER });
const codes = Object.keys(errorTable) as ErrorCode[];

describe('a failure', () => {
  test.each(codes)('%s is a whole problem document with the headers that belong to it', async (code) => {
    const details = { popId: 'pop-1', retryAfterMs: 1200, correlationId: 'c-1' };
    const { port } = await startBareEndpoint({
      handle: () => Promise.reject(new PopError(code, 'why', details)),
    });
    const { status, headers, problem } = await call(port, { body });
    const { status: expected, title, hint } = errorTable[code];
    expect(status).toBe(expected);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(headers['retry-after']).toBe('2');
    expect(problemSchema.strict().parse(problem)).toEqual({
      type: `urn:poptray:error:${code}`,
      title,
      status: expected,
      detail: 'why',
      code,
      hint,
      popId: 'pop-1',
      correlationId: 'c-1',
    });
  });

  test('that nobody has foreseen is a 500 that says nothing of its cause, and is reported to us', async () => {
    const secret = new TypeError('cannot read /home/ada/secret.txt');
    const { port, faults } = await startBareEndpoint({ handle: () => Promise.reject(secret) });
    const { status, body: text, problem } = await call(port, { body });
    expect(status).toBe(500);
    expect(problem.code).toBe('internal');
    expect(text).not.toMatch(/secret|ada|TypeError|\bat .*:\d+/);
    expect(faults).toEqual([secret]);
  });

  test('asks for at least one second of patience', async () => {
    const { port } = await startBareEndpoint({
      handle: () => Promise.reject(new PopError('in_progress', 'why', { retryAfterMs: 3 })),
    });
    expect((await call(port, { body })).headers['retry-after']).toBe('1');
  });
});

describe('what goes wrong at the destination', () => {
  /** Asks to be called again at once, so that no attempt waits. */
  const again = (status: number) => reply(status, undefined, { 'retry-after': '0' });

  test.each([
    ['401, also with a new token', [reply(401), reply(401)], 502, 'upstream_unauthorized'],
    ['403', [reply(403)], 502, 'upstream_forbidden'],
    ['400', [reply(400)], 502, 'upstream_rejected'],
    ['404', [reply(404)], 502, 'upstream_rejected'],
    ['a redirect', [reply(302, undefined, { location: 'https://evil.test/' })], 502, 'upstream_rejected'],
    ['500', [again(500), again(500), again(500)], 502, 'upstream_failed'],
    ['429', [again(429), again(429), again(429)], 503, 'upstream_rate_limited'],
  ])('%s is told as %#', async (_what, replies, status, code) => {
    const destination = await startStubDestination();
    destination.onPop(...replies);
    const app = await startTestApp({ destination: destination.url });
    const response = await app.post({ userId: USER });
    const problem = await problemOf(response);
    expect([response.status, problem.code]).toEqual([status, code]);
    const { popId, idempotencyKey } = problem;
    expect([popId, idempotencyKey]).toEqual([expect.stringMatching(/-7/), expect.stringMatching(/-7/)]);
    expect(app.entries().at(-1)).toMatchObject({ popId, idempotencyKey, code, success: false });
  });

  test('a Retry-After that is too long to wait for is handed on', async () => {
    const destination = await startStubDestination();
    destination.onPop(reply(429, {}, { 'retry-after': '77' }));
    const app = await startTestApp({ destination: destination.url });
    const response = await app.post({ userId: USER });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('77');
    expect((await problemOf(response)).code).toBe('upstream_rate_limited');
  });

  test('silence is 504, and leaves no wait behind', async () => {
    const destination = await startStubDestination();
    destination.onPop(() => {});
    const app = await startTestApp({ destination: destination.url, settings: { totalDeadlineMs: 150 } });
    const response = await app.post({ userId: USER });
    expect(response.status).toBe(504);
    expect(await problemOf(response)).toMatchObject({ code: 'upstream_timeout', status: 504 });
  });

  test('nobody there is 503', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const app = await startTestApp({ destination: `http://127.0.0.1:${port}` });
    const response = await app.post({ userId: USER });
    expect(response.status).toBe(503);
    expect((await problemOf(response)).code).toBe('upstream_unavailable');
  });

  test('a refused token request is upstream_unauthorized, never a 401 of our own', async () => {
    const destination = await startStubDestination();
    destination.onToken(reply(401, { error: 'invalid_client' }));
    const app = await startTestApp({ destination: destination.url });
    const response = await app.post({ userId: USER });
    expect(response.status).toBe(502);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect((await problemOf(response)).code).toBe('upstream_unauthorized');
  });

  test('missing settings are 503 not_configured, by name', async () => {
    const env = { GENESYS_CLIENT_SECRET: '', SIGNING_SECRET: '' };
    const app = await startTestApp({ destination: 'http://127.0.0.1:9', env });
    const response = await app.post({ userId: USER });
    expect(response.status).toBe(503);
    expect(await problemOf(response)).toMatchObject({
      code: 'not_configured',
      detail: 'not set: GENESYS_CLIENT_SECRET, SIGNING_SECRET',
    });
  });
});

describe('what the compatibility rules forbid', () => {
  test('is 422 and names the rule', async () => {
    const app = await startTestApp();
    const response = await app.post({ userId: USER, application: 'nobody' });
    expect(response.status).toBe(422);
    const problem = await problemOf(response);
    expect(problem.code).toBe('target_not_allowed');
    expect(problem.detail).toMatch(/^application-unknown: /);
    expect(app.entries().at(-1)).toMatchObject({ type: 'refused', code: 'target_not_allowed', userId: USER });
  });
});
