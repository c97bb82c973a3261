/** What every kind of destination keeps to, over real sockets. A kind that is new has to say here how it is set up. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { DestinationConfig } from '../../shared/destinations/forms.ts';
import type { Settings } from '../../shared/settings.ts';
import { type Received, reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

interface Kind {
  readonly config: (url: string) => object;
  readonly secrets: Readonly<Record<string, string>>;
  readonly keepsKeys: boolean;
}

const LOGIN = {
  'destination:made:client-secret': 'test-client-secret',
  'destination:made:signing-secret': 'test-signing-secret',
};

/**
 * The simulator is the call to Genesys Cloud, to a stand-in that nobody else can be in the place of; the workstation calls
 * nobody (workstation.test.ts).
 */
const KINDS: { readonly [Name in Exclude<DestinationConfig['kind'], 'simulator' | 'workstation'>]: Kind } = {
  'genesys-screenpops': {
    config: (baseUrl) => ({ id: 'made', kind: 'genesys-screenpops', baseUrl, clientId: 'test-client' }),
    secrets: LOGIN,
    keepsKeys: true,
  },
  http: {
    config: (url) => ({
      id: 'made',
      kind: 'http',
      url: `${url}/pops/{user}`,
      body: { page: '{uri}', key: '{idempotencyKey}' },
      auth: { kind: 'oauth', tokenUrl: `${url}/oauth/token`, clientId: 'test-client' },
    }),
    secrets: { 'destination:made:client-secret': 'test-client-secret' },
    keepsKeys: false,
  },
};

const TRIGGER = { userId: USER, idempotencyKey: 'key-1', customerData: { name: 'Ada' } };
type Handler = ReturnType<typeof reply>;

const silent: Handler = () => {};

describe.each(Object.entries(KINDS))('the destination %s', (_kind, { config, secrets, keepsKeys }) => {
  async function start(settings: Partial<Settings>) {
    const stub = await startStubDestination();
    const destination = config(stub.url) as DestinationConfig;
    const app = await startTestApp({ settings: { destinations: [destination], ...settings } });
    for (const [name, value] of Object.entries(secrets))
      await app.dashboard.call('secretSet', { name: name as never, value });
    return { stub, app };
  }

  /** How a pop ends whose calls are answered so, one each, and then taken. */
  async function pop(...handlers: Handler[]) {
    const { stub, app } = await start(handlers[0] === silent ? { attemptTimeoutMs: 1500 } : {});
    stub.onPop(...handlers);
    const answer = await app.post(TRIGGER);
    const { status, code = null } = (await answer.json()) as { status: unknown; code?: string };
    const sent = stub.pops.map(({ method, path, body }: Received) => `${method} ${path} ${body}`);
    return { status: code === null ? status : answer.status, code, sent, stub, entry: app.entries().at(-1) };
  }

  test.each<[string, Handler, number, string]>([
    ['403', reply(403), 502, 'upstream_forbidden'],
    ['404', reply(404), 502, 'upstream_rejected'],
    ['409 that speaks of an error', reply(409, { message: 'offline' }), 502, 'upstream_rejected'],
    ['a redirect', reply(307, {}, { location: '/elsewhere' }), 502, 'upstream_rejected'],
    [
      '429 until later than a pop may wait',
      reply(429, {}, { 'retry-after': '60' }),
      503,
      'upstream_rate_limited',
    ],
  ])('sends once where the reply is %s', async (_what, handler, status, code) => {
    const ended = await pop(handler);
    expect([ended.status, ended.code, ended.sent.length]).toEqual([status, code, 1]);
    expect(ended.entry).toMatchObject({ status: 'failed', code, mayHaveArrived: false });
  });

  test.each<[string, () => Handler]>([
    ['in seconds', () => reply(429, {}, { 'retry-after': '1' })],
    ['as a date', () => reply(429, {}, { 'retry-after': new Date(Date.now() + 2000).toUTCString() })],
  ])('waits as long as a 429 says (%s) and sends the same bytes again', async (_form, handler) => {
    const { status, sent } = await pop((received, response) => handler()(received, response));
    expect([status, sent.length, new Set(sent).size]).toEqual(['delivered', 2, 1]);
  });

  test('renews a token that is refused once, with the same bytes, and no more', async () => {
    const renewed = await pop(reply(401));
    expect([renewed.status, renewed.sent.length, new Set(renewed.sent).size]).toEqual(['delivered', 2, 1]);
    expect(renewed.stub.tokenCalls).toHaveLength(2);
    const refused = await pop(reply(401), reply(401));
    expect([refused.code, refused.sent.length]).toEqual(['upstream_unauthorized', 2]);
  });

  test.each<[string, Handler]>([
    ['204', reply(204)],
    ['a 200 that says nothing of the focus', reply(200, { id: 1 })],
  ])('takes %s for a delivery whose focus nobody knows', async (_what, handler) => {
    const { status, entry } = await pop(handler);
    expect(status).toBe('delivered');
    expect(entry).toMatchObject({ windowFocused: null, focusTracked: false, attempts: 1 });
  });

  test.each<[string, Handler]>([
    ['5xx', reply(503, {}, { 'retry-after': '0' })],
    ['no reply', (_received, response) => response.destroy()],
    ['no reply in time', silent],
  ])('after %s sends again only where keys are kept', async (_what, handler) => {
    const { status, code, sent, entry } = await pop(handler);
    if (keepsKeys) expect([status, sent.length, new Set(sent).size]).toEqual(['delivered', 2, 1]);
    else {
      expect([status, code, sent.length]).toEqual([504, 'outcome_unknown', 1]);
      expect(entry).toMatchObject({ status: 'unknown', mayHaveArrived: true });
    }
  });

  const WHOLE = '{"id":"p","status":"delivered","windowFocused":true}';
  const REPLIES = {
    'of a given length': `HTTP/1.1 200 OK\r\nContent-Length: ${WHOLE.length}\r\n\r\n${WHOLE}`,
    'in chunks': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${WHOLE.length.toString(16)}\r\n${WHOLE}\r\n0\r\n\r\n`,
  };
  const ENDS: Readonly<Record<string, (socket: Socket) => void>> = {
    closed: (socket) => socket.destroy(),
    reset: (socket) => socket.resetAndDestroy(),
  };
  const CUTS = Object.keys(REPLIES).flatMap((form) => Object.keys(ENDS).map((end) => [form, end] as const));

  test.each(CUTS)('a reply %s that is %s at any of its bytes is none', async (form, end) => {
    const { stub, app } = await start({ rateLimit: 0 });
    const text = REPLIES[form as keyof typeof REPLIES];
    const sent = new Map<string, string[]>();
    const cutFirst: Handler = (received, response) => {
      const bytes = received.body.toString();
      const [, at = ''] = /cut-(\d+)/.exec(bytes) ?? [];
      sent.set(at, [...(sent.get(at) ?? []), bytes]);
      const { socket } = response;
      if (sent.get(at)?.length !== 1 || !socket) return reply(204)(received, response);
      const cut = text.slice(0, Number(at));
      if (cut === '') ENDS[end]?.(socket);
      else socket.write(cut, () => ENDS[end]?.(socket));
    };
    stub.onPop(...Array.from({ length: 3 * text.length }, () => cutFirst));
    const endings = await Promise.all(
      Array.from({ length: text.length }, async (_, at) => {
        const answer = await app.post({ ...TRIGGER, idempotencyKey: `cut-${at}` });
        return ((await answer.json()) as { status: unknown; code?: string }).code ?? 'delivered';
      }),
    );
    const calls = [...sent.values()].map((all) => [all.length, new Set(all).size]);
    expect(new Set(endings)).toEqual(new Set([keepsKeys ? 'delivered' : 'outcome_unknown']));
    expect([calls.length, new Set(calls.map(String))]).toEqual([
      text.length,
      new Set([keepsKeys ? '2,1' : '1,1']),
    ]);
  });
});
