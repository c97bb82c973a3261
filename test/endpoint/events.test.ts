import { ServerResponse } from 'node:http';
import { queryObjects } from 'node:v8';
import { expect, test } from 'vitest';
import type { ApiEvent } from '../../shared/api.ts';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { type BareEndpoint, startBareEndpoint } from './bare-endpoint.ts';
import { call, connect, requestText } from './raw-connection.ts';

type Ui = NonNullable<Parameters<typeof startBareEndpoint>[0]>['ui'];
type Listener = (event: ApiEvent) => void;

const SESSION = { 'sec-fetch-site': 'same-origin', [SESSION_HEADER]: 'id.secret', authorization: undefined };
/** Some 64 KiB on the wire. */
const EVENT = { type: 'pairing', outcome: 'paired', name: 'x'.repeat(65_536), origin: null } as const;

async function start(): Promise<BareEndpoint & { listeners: Set<Listener> }> {
  const listeners = new Set<Listener>();
  const attending = new Set<() => void>();
  const ui: Ui = {
    files: new Map([['index.html', { type: 'text/html', body: Buffer.from('page') }]]),
    csp: "default-src 'self'",
    sessions: {
      newCode: () => '',
      redeem: () => undefined,
      knows: () => false,
      attend(_id, onEnd) {
        attending.add(onEnd);
        return () => attending.delete(onEnd);
      },
    },
    command: { call: async () => ({}) },
    dashboard: {
      call: async () => ({}),
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      async *exportLog() {
        yield 'all';
      },
    },
  };
  return { ...(await startBareEndpoint({ findSession: () => 'id', ui })), listeners };
}

/** Opens the stream of events. */
async function listen({ port, listeners }: Awaited<ReturnType<typeof start>>) {
  const before = listeners.size;
  const connection = await connect(port);
  connection.send(requestText(port, { method: 'GET', path: '/ui/api/events', headers: SESSION }));
  await expect.poll(() => listeners.size).toBe(before + 1);
  return connection;
}

test('W01 a stream that nobody reads is dropped once 1 MiB waits; one that is read goes on', async () => {
  const endpoint = await start();
  const { listeners } = endpoint;
  const stalled = await listen(endpoint);
  stalled.socket.pause();
  const read = await listen(endpoint);
  let bytes = 0;
  read.socket.on('data', ({ length }) => {
    bytes += length;
  });
  let sent = 0;
  // What the system takes for a socket is not poptray's memory; it may be some megabytes.
  while (listeners.size === 2 && sent < 1000) {
    for (const tell of listeners) tell(EVENT);
    sent += 1;
    await expect.poll(() => bytes, { interval: 1 }).toBeGreaterThan(sent * 65_536);
  }
  expect(listeners.size).toBe(1);
  expect(sent).toBeGreaterThan(16);
  for (const tell of listeners) tell(EVENT);
  await expect.poll(() => bytes).toBeGreaterThan((sent + 1) * 65_536);
});

test.each(['{"types":5}', '{"types":["none"]}', '{"x":1}', '[]', 'null', '5', '{', '{"from":-1}'])(
  'W08 a filter of an export that is none is 400: %s',
  async (filter) => {
    const { port, faults } = await start();
    const path = `/ui/api/export?filter=${encodeURIComponent(filter)}`;
    const reply = await call(port, { method: 'GET', path, headers: SESSION });
    expect([reply.status, reply.problem.code]).toEqual([400, 'invalid_trigger']);
    expect(faults).toEqual([]);
  },
);

test('W08 one that is a filter is taken', async () => {
  const { port } = await start();
  for (const filter of ['', '?filter=%7B%7D', '?filter=%7B%22types%22%3A%5B%22refused%22%5D%7D']) {
    const connection = await connect(port);
    connection.send(requestText(port, { method: 'GET', path: `/ui/api/export${filter}`, headers: SESSION }));
    expect((await connection.reply()).status).toBe(200);
  }
});

test('W10 the dashboard’s page is alone in its group of windows, and nothing of it is for other pages', async () => {
  const endpoint = await start();
  const ISOLATED = {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
  for (const path of ['/ui/', '/ui', '/ui/open', '/ui/none', '/ui/api/none', '/healthz'])
    expect((await call(endpoint.port, { method: 'GET', path })).headers, path).toMatchObject(ISOLATED);
  const stream = await listen(endpoint);
  expect((await stream.reply()).headers).toMatchObject(ISOLATED);
});

test('streams that were left are held by nothing any more', async () => {
  const endpoint = await start();
  const held = () => queryObjects(ServerResponse, { format: 'count' });
  for (let turn = 0; turn < 5; turn += 1) {
    const { socket } = await listen(endpoint);
    expect(held()).toBeGreaterThan(0);
    socket.destroy();
    await expect.poll(() => endpoint.listeners.size).toBe(0);
  }
  await expect.poll(held).toBe(0);
});
