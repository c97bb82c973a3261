import { describe, expect, test } from 'vitest';
import { TOKEN } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, connect, requestText } from './raw-connection.ts';

const CRM = 'https://crm.example';
const body = '{"userId":"a"}';
const preflight = {
  method: 'OPTIONS',
  headers: {
    authorization: undefined,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
    'access-control-request-private-network': 'true',
  },
};

/** Only the headers that let a page read a reply or call at all. */
function corsOf(headers: Readonly<Record<string, string | undefined>>) {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'));
}

async function setUp() {
  let pops = 0;
  const endpoint = await startBareEndpoint({
    browserOrigins: [CRM],
    handle: async () => {
      pops += 1;
      return { body: '{}', replayed: false };
    },
  });
  return { ...endpoint, pops: () => pops };
}

describe('L06 L09 a page that is not on the list', () => {
  test.each([
    ['foreign', { origin: 'http://evil.test' }],
    ['of the same host on another port', { origin: 'http://localhost:3000' }],
    ['of our own name over https', { origin: 'https://127.0.0.1:PORT' }],
    ['whose name begins with a configured one', { origin: `${CRM}.evil.test` }],
    ['whose configured name has a port', { origin: `${CRM}:8443` }],
    ['of the configured name over http', { origin: 'http://crm.example' }],
    ['sandboxed, or from a data: URL', { origin: 'null' }],
    ['with an empty origin', { origin: '' }],
    ['that a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that a browser calls same-site', { 'sec-fetch-site': 'same-site' }],
    ['that a browser calls something new', { 'sec-fetch-site': 'moon' }],
    [
      'that is foreign, though it is called same-origin',
      { origin: 'http://evil.test', 'sec-fetch-site': 'same-origin' },
    ],
  ])('is turned away when it is %s', async (_what, headers) => {
    const { port, pops, recorded } = await setUp();
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        typeof value === 'string' ? value.replace('PORT', `${port}`) : value,
      ]),
    );
    const reply = await call(port, { body, headers: sent });
    expect([reply.status, reply.problem.code]).toEqual([403, 'forbidden_origin']);
    expect(corsOf(reply.headers)).toEqual([]);
    expect(pops()).toBe(0);
    expect(recorded).toMatchObject([{ type: 'refused', code: 'forbidden_origin', client: null }]);
  });

  test('L06 is turned away with two origins, as every request whose headers say two things', async () => {
    const { port, pops } = await setUp();
    const reply = await call(port, { body, headers: { origin: [CRM, 'http://evil.test'] } });
    expect([reply.status, reply.problem.code]).toEqual([400, 'bad_request']);
    expect(corsOf(reply.headers)).toEqual([]);
    expect(pops()).toBe(0);
  });

  test.each(['http://evil.test', 'null', `${CRM}.evil.test`])(
    'L10 L11 gets no preflight: %s',
    async (origin) => {
      const { port } = await setUp();
      const reply = await call(port, { ...preflight, headers: { ...preflight.headers, origin } });
      expect(reply.status).toBe(403);
      expect(corsOf(reply.headers)).toEqual([]);
    },
  );

  test('L06 L07 L08 cannot fire a pop with a form, an image or a navigation', async () => {
    const { port, pops } = await setUp();
    const form = { 'content-type': 'text/plain', 'sec-fetch-mode': 'navigate', authorization: undefined };
    const replies = [
      await call(port, {
        body,
        headers: { ...form, origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' },
      }),
      await call(port, { body, headers: { ...form, 'sec-fetch-site': 'cross-site' } }),
      await call(port, {
        method: 'GET',
        headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' },
      }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(pops()).toBe(0);
  });
});

describe('a configured page', () => {
  test('may call and read the reply, the refusals too', async () => {
    const { port, pops } = await setUp();
    const headers = { origin: CRM, 'sec-fetch-site': 'cross-site' };
    const ok = await call(port, { body, headers });
    expect(ok.status).toBe(200);
    expect(pops()).toBe(1);
    const refused = await call(port, { body, headers: { ...headers, authorization: undefined } });
    expect(refused.status).toBe(401);
    for (const reply of [ok, refused]) {
      expect(reply.headers).toMatchObject({
        'access-control-allow-origin': CRM,
        'access-control-expose-headers': 'Idempotent-Replayed, Preference-Applied, Retry-After',
        vary: 'Origin, Access-Control-Request-Headers',
      });
      expect(reply.headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  test('L11 gets its preflight, for the private network too', async () => {
    const { port } = await setUp();
    const reply = await call(port, { ...preflight, headers: { ...preflight.headers, origin: CRM } });
    expect(reply.status).toBe(204);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': CRM,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-allow-private-network': 'true',
    });
  });

  test.each([
    'authorization,baggage,content-type,sentry-trace',
    'x-datadog-trace-id, x-datadog-parent-id, traceparent',
    'prefer',
  ])('may send whatever headers it asks for: %s (C13)', async (asked) => {
    const { port, recorded } = await setUp();
    const headers = { ...preflight.headers, origin: CRM, 'access-control-request-headers': asked };
    const reply = await call(port, { ...preflight, headers });
    expect([reply.status, reply.headers['access-control-allow-headers']]).toEqual([204, asked]);
    const sent = Object.fromEntries(asked.split(/, ?/).map((name) => [name, 'x']));
    const answer = await call(port, {
      body,
      headers: { origin: CRM, ...sent, authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(200);
    expect(recorded).toEqual([]);
  });

  test.each([undefined, 'no such name', 'a;b', '<script>', ','])(
    'is told of no headers where it asks for none that can be: %j',
    async (asked) => {
      const { port } = await setUp();
      const headers = { ...preflight.headers, origin: CRM, 'access-control-request-headers': asked };
      const reply = await call(port, { ...preflight, headers });
      expect([reply.status, reply.headers['access-control-allow-headers']]).toEqual([204, undefined]);
    },
  );

  test('is not promised the private network unless it asks', async () => {
    const { port } = await setUp();
    const headers = {
      ...preflight.headers,
      origin: CRM,
      'access-control-request-private-network': undefined,
    };
    const reply = await call(port, { ...preflight, headers });
    expect(reply.status).toBe(204);
    expect(reply.headers['access-control-allow-private-network']).toBeUndefined();
  });

  test('still needs the token', async () => {
    const { port } = await setUp();
    const reply = await call(port, { body, headers: { origin: CRM, authorization: undefined } });
    expect(reply.status).toBe(401);
  });
});

describe('no page at all', () => {
  test.each([[{}], [{ 'sec-fetch-site': 'none' }], [{ 'sec-fetch-site': 'same-origin' }]])(
    'is a program or the person at the keyboard: %j',
    async (headers) => {
      const { port } = await setUp();
      const reply = await call(port, { body, headers });
      expect(reply.status).toBe(200);
      expect(corsOf(reply.headers)).toEqual([]);
    },
  );

  test('poptray’s own pages are no strangers', async () => {
    const { port } = await setUp();
    const reply = await call(port, { body, headers: { origin: `http://127.0.0.1:${port}` } });
    expect(reply.status).toBe(200);
  });
});

test('L12 there is nothing to upgrade to, for anybody', async () => {
  const { port } = await setUp();
  for (const origin of ['http://evil.test', undefined]) {
    const connection = await connect(port);
    const headers = { origin, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    connection.send(requestText(port, { method: 'GET', path: '/healthz', headers }));
    const reply = await connection.reply();
    expect([reply.status, reply.problem.code]).toEqual([400, 'bad_request']);
    await connection.closed;
  }
});
