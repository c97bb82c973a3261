import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { TOKEN } from '../support/test-app.ts';
import { type BareEndpoint, startBareEndpoint } from './bare-endpoint.ts';
import { call, callText, connect, type RawReply, requestText } from './raw-connection.ts';

const START = 'POST /trigger-screenpop HTTP/1.1\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const headersFor = (port: number) => `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const BODY = '2\r\n{}\r\n0\r\n\r\n';

/** What every reply owes, and what none may tell. */
function expectHarmless({ headers, body }: RawReply): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'via', 'set-cookie']) {
    expect(headers[name]).toBeUndefined();
  }
  const text = `${JSON.stringify(headers)}${body}`.replaceAll('127.0.0.1', '');
  expect(text).not.toMatch(
    /fastify|node\.?js|\bv?\d+\.\d+\.\d+\b|\/(root|home|work|usr)\/|\bat .+:\d+|node_modules/i,
  );
}

/** Sends something and sees it refused below HTTP, with the connection closed. */
async function refusedRaw({ port }: BareEndpoint, text: string): Promise<RawReply> {
  const connection = await connect(port);
  connection.send(text);
  const reply = await connection.reply();
  expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(reply.headers.connection).toBe('close');
  expectHarmless(reply);
  await connection.closed;
  return reply;
}

describe('L27 a request that could mean two things is refused, and the connection closed', () => {
  test.each<[string, string]>([
    [
      'a length and chunks',
      `${START}H${JSON_TYPE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    ],
    [
      'chunks and a length',
      `${START}H${JSON_TYPE}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n${BODY}`,
    ],
    ['two lengths', `${START}H${JSON_TYPE}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length with a sign', `${START}H${JSON_TYPE}Content-Length: +2\r\n\r\n{}`],
    ['an unknown coding', `${START}H${JSON_TYPE}Transfer-Encoding: xchunked\r\n\r\n${BODY}`],
    ['chunks twice', `${START}H${JSON_TYPE}Transfer-Encoding: chunked, chunked\r\n\r\n${BODY}`],
    ['a chunk of no size', `${START}H${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ['bare line feeds', 'GET /healthz HTTP/1.1\nHost: 127.0.0.1\n\n'],
    ['one bare line feed', 'GET /healthz HTTP/1.1\r\nHX-A: b\nX-C: d\r\n\r\n'],
    ['a bare carriage return', 'GET /healthz HTTP/1.1\r\nHX-A: b\rX-C: d\r\n\r\n'],
    ['a folded header', 'GET /healthz HTTP/1.1\r\nHX-A: b\r\n c\r\n\r\n'],
    ['a blank before the colon', 'GET /healthz HTTP/1.1\r\nHX-A : b\r\n\r\n'],
    ['a NUL', 'GET /healthz HTTP/1.1\r\nHX-A: b\0c\r\n\r\n'],
    ['a header without a colon', 'GET /healthz HTTP/1.1\r\nHnonsense\r\n\r\n'],
    ['an unknown method', 'FOO /healthz HTTP/1.1\r\nH\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a tunnel', 'CONNECT evil.test:443 HTTP/1.1\r\nH\r\n'],
  ])('%s', async (_what, text) => {
    const endpoint = await startBareEndpoint();
    const reply = await refusedRaw(
      endpoint,
      text.replace('H', (h) => h).replace(/(?<=\r\n)H/, headersFor(endpoint.port)),
    );
    expect([reply.status, reply.problem.code]).toEqual([400, 'bad_request']);
    expect(endpoint.recorded).toMatchObject([
      { type: 'refused', code: 'bad_request', latencyMs: null, userId: null },
    ]);
    expect((await call(endpoint.port, { method: 'GET', path: '/healthz' })).status).toBe(200);
  });
});

describe('W05 what is said twice', () => {
  test.each<[string, string]>([
    ['a coding before chunks', `${START}H${JSON_TYPE}Transfer-Encoding: gzip, chunked\r\n\r\n${BODY}`],
    [
      'chunks in two headers',
      `${START}H${JSON_TYPE}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    ],
    ['two tokens', `${START}HAuthorization: Bearer other\r\n${JSON_TYPE}Content-Length: 2\r\n\r\n{}`],
    [
      'two tokens that are one',
      `${START}HAuthorization: Bearer ${TOKEN}\r\n${JSON_TYPE}Content-Length: 2\r\n\r\n{}`,
    ],
    ['two types', `${START}H${JSON_TYPE}content-type: text/plain\r\nContent-Length: 2\r\n\r\n{}`],
  ])('is refused, and the connection closed: %s', async (_what, text) => {
    const { port, recorded } = await startBareEndpoint();
    const connection = await connect(port);
    connection.send(text.replace(/(?<=\r\n)H/, headersFor(port)));
    const reply = await connection.reply();
    expect([reply.status, reply.problem.code]).toEqual([400, 'bad_request']);
    await connection.closed;
    expect(recorded).toMatchObject([{ type: 'refused', code: 'bad_request', client: null }]);
  });
});

describe('L26 headers', () => {
  test('over 16 KiB are 431', async () => {
    const endpoint = await startBareEndpoint();
    const reply = await refusedRaw(
      endpoint,
      `GET / HTTP/1.1\r\n${headersFor(endpoint.port)}X: ${'x'.repeat(16 * 1024)}\r\n\r\n`,
    );
    expect([reply.status, reply.problem.code]).toEqual([431, 'header_too_large']);
    expect(endpoint.recorded).toMatchObject([{ code: 'header_too_large' }]);
  });

  test.each([
    [100, 200],
    [101, 431],
    [3000, 431],
  ])('%i of them are %i', async (count, status) => {
    const { port } = await startBareEndpoint();
    const text = `GET /healthz HTTP/1.1\r\n${headersFor(port)}${'a:b\r\n'.repeat(count - 2)}\r\n`;
    const reply = await callText(port, text);
    expect(reply.status).toBe(status);
    expectHarmless(reply);
  });
});

describe('L28 methods and paths', () => {
  test.each([
    ['GET', '/trigger-screenpop', 405, 'POST'],
    ['PUT', '/trigger-screenpop', 405, 'POST'],
    ['DELETE', '/trigger-screenpop', 405, 'POST'],
    ['OPTIONS', '/trigger-screenpop', 405, 'POST'],
    ['QUERY', '/trigger-screenpop', 405, 'POST'],
    ['TRACE', '/healthz', 405, 'GET, HEAD'],
    ['POST', '/healthz', 405, 'GET, HEAD'],
    ['PATCH', '/webhooks/dead-letters', 405, 'GET, HEAD'],
    ['GET', '/', 404, undefined],
    ['GET', '/health', 404, undefined],
    ['GET', '/trigger-screenpop/', 404, undefined],
    ['GET', '/Healthz', 404, undefined],
    ['GET', '//healthz', 404, undefined],
    ['GET', '/../healthz', 404, undefined],
    ['GET', '/%2e%2e/healthz', 404, undefined],
    ['GET', '/..%2fetc%2fpasswd', 404, undefined],
    ['GET', '/%', 404, undefined],
    ['GET', '/healthz%00', 404, undefined],
    ['GET', `/${'a'.repeat(8000)}`, 404, undefined],
    ['OPTIONS', '*', 404, undefined],
  ])('%s %s is %i', async (method, path, status, allow) => {
    const { port, recorded } = await startBareEndpoint();
    const reply = await call(port, { method, path });
    expect([reply.status, reply.headers.allow]).toEqual([status, allow]);
    expect(reply.problem.code).toBe(status === 405 ? 'method_not_allowed' : 'not_found');
    expectHarmless(reply);
    expect(recorded).toMatchObject([{ type: 'refused', code: reply.problem.code, client: null }]);
  });

  test('HEAD is GET without its body', async () => {
    const { port } = await startBareEndpoint();
    const connection = await connect(port);
    connection.send(`HEAD /healthz HTTP/1.1\r\n${headersFor(port)}Connection: close\r\n\r\n`);
    let text = '';
    connection.socket.on('data', (chunk) => {
      text += chunk;
    });
    await connection.closed;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  test('a wish that HTTP does not know is no reason to be silent', async () => {
    const { port } = await startBareEndpoint();
    const reply = await call(port, { body: '{"userId":"a"}', headers: { expect: 'a-miracle' } });
    expect(reply.status).toBe(200);
    expectHarmless(reply);
  });
});

describe('M02 a body', () => {
  const begun = (port: number, authorization?: string) =>
    requestText(port, {
      body: '',
      headers: { expect: '100-continue', authorization, 'content-length': '14' },
    });

  test('is asked for once the caller has shown a token, and not before', async () => {
    const { port } = await startBareEndpoint();
    const known = await connect(port);
    known.send(begun(port, `Bearer ${TOKEN}`));
    expect((await known.reply()).status).toBe(100);
    known.send('{"userId":"a"}');
    expect((await known.reply()).status).toBe(200);
    const stranger = await connect(port);
    stranger.send(begun(port));
    expect((await stranger.reply()).status).toBe(401);
  });
});

describe('M06 an operation that the dashboard does not have', () => {
  test.each(['nothing', 'x'.repeat(300), '__proto__', 'status/', '%73tatu', '', '%'])(
    'is 404 to everybody and no fault: %s',
    async (operation) => {
      const { port, faults } = await startBareEndpoint({ findSession: (secret) => secret });
      const known = { [SESSION_HEADER]: 'open', 'sec-fetch-site': 'same-origin' };
      for (const headers of [{}, known]) {
        const reply = await call(port, { path: `/ui/api/${operation}`, headers });
        expect([reply.status, reply.problem.code]).toEqual([404, 'not_found']);
      }
      expect(faults).toEqual([]);
    },
  );
});

test('M06 a request of whatever path, query and method is no fault of poptray’s', async () => {
  const { port, faults } = await startBareEndpoint();
  const piece = fc.oneof(
    fc.constantFrom(
      '/',
      '/ui/',
      'api/',
      'open',
      '..',
      '%2e',
      '%00',
      '%',
      '?',
      '&',
      '=',
      ';',
      'x'.repeat(200),
      'pairings',
      '//',
    ),
    fc.string({ unit: fc.constantFrom(...'abc09-._~!$()*+,:@%/?[]{}|^"<>\\') }),
  );
  const path = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('')}`);
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'PUT');
  await fc.assert(
    fc.asyncProperty(path, method, async (target, verb) => {
      const connection = await connect(port);
      connection.send(
        requestText(port, {
          path: target,
          method: verb,
          headers: { authorization: undefined, connection: 'close' },
        }),
      );
      let text = '';
      connection.socket.on('data', (chunk) => {
        text += chunk;
      });
      await connection.closed;
      connection.socket.destroy();
      expect(text).toMatch(/^HTTP\/1\.1 [1-4]/);
    }),
    { numRuns: 150 },
  );
  expect(faults).toEqual([]);
});

test('L32 nothing that is answered tells what answers', async () => {
  const { port } = await startBareEndpoint({ handle: () => Promise.reject(new Error('inner')) });
  for (const request of [
    { method: 'GET', path: '/healthz' },
    { method: 'GET', path: '/metrics' },
    { method: 'GET', path: '/nowhere' },
    { body: '{"userId":"a"}' },
    { body: '{' },
    { headers: { host: 'evil.test' } },
    { headers: { authorization: undefined } },
  ]) {
    expectHarmless(await call(port, request));
  }
});
