import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PLACES } from '../../main/endpoint/connections.ts';
import { LIMITS } from '../../main/endpoint/http-server.ts';
import { createPairing } from '../../main/endpoint/pairing.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, connect, requestText } from './raw-connection.ts';

/** A fiftieth of the real ones, so that the suite stays quick; the real ones are held below. */
const QUICK = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };

test('a request has 5 s for its headers and 10 s for all of it, checked every second; headers have 16 KiB', () => {
  expect(LIMITS).toEqual({
    headersTimeout: 5000,
    requestTimeout: 10_000,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16_384,
  });
});

const addressesHere = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
const hasIpv6 = addressesHere.some(({ address }) => address === '::1');

describe('whoever is slow', () => {
  /** Sends a little every 10 ms until the server has had enough; returns how long that took, in milliseconds. */
  async function trickle(port: number, start: string, drop: string) {
    const connection = await connect(port);
    const began = performance.now();
    connection.send(start);
    const timer = setInterval(() => connection.send(drop), 10);
    onTestFinished(() => clearInterval(timer));
    const reply = await connection.reply();
    const took = performance.now() - began;
    clearInterval(timer);
    await connection.closed;
    connection.socket.destroy();
    return { reply, took };
  }

  test('L23 with the headers gets 408, and the connection is closed', async () => {
    const { port, recorded } = await startBareEndpoint({ limits: QUICK });
    const { reply, took } = await trickle(port, 'GET /healthz HTTP/1.1\r\nX-A: ', 'a');
    expect([reply.status, reply.problem.code]).toEqual([408, 'request_timeout']);
    expect(reply.headers).toMatchObject({ connection: 'close', 'x-content-type-options': 'nosniff' });
    expect(took).toBeGreaterThan(QUICK.headersTimeout - 20);
    expect(recorded).toMatchObject([{ type: 'refused', code: 'request_timeout' }]);
  });

  test('L24 with the body gets 408, and leaves one entry', async () => {
    const { port, recorded, stop } = await startBareEndpoint({ limits: QUICK });
    const start = requestText(port, { body: '', headers: { 'content-length': '60000' } });
    const { reply, took } = await trickle(port, start, ' ');
    expect([reply.status, reply.problem.code]).toEqual([408, 'request_timeout']);
    expect(took).toBeGreaterThan(QUICK.requestTimeout - 20);
    expect((await call(port, { method: 'GET', path: '/healthz' })).status).toBe(200);
    // Then all connections are gone, and what that brings about has happened.
    await stop();
    expect(recorded).toMatchObject([{ type: 'refused', code: 'request_timeout' }]);
  });

  test('to say anything at all is closed without a word or an entry, as browsers open connections ahead', async () => {
    const { port, recorded } = await startBareEndpoint({ limits: QUICK });
    const connection = await connect(port);
    await connection.closed;
    await expect(connection.reply()).rejects.toThrow('closed after ""');
    expect(recorded).toEqual([]);
  });
});

describe('many connections', () => {
  /** Opens connections that say nothing; resolves when all are up. */
  async function flood(port: number, count: number, host = '127.0.0.1'): Promise<Socket[]> {
    const sockets: Socket[] = [];
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    while (sockets.length < count) {
      // Fewer than the system lets wait to be accepted.
      const batch = Array.from({ length: Math.min(250, count - sockets.length) }, () =>
        createConnection({ port, host }).on('error', () => {}),
      );
      sockets.push(...batch);
      await Promise.all(batch.map((socket) => once(socket, 'connect')));
      // Connections are accepted in turn, so an answer shows that these have been.
      expect((await call(port, { method: 'GET', path: '/healthz' }, host)).status).toBe(200);
    }
    return sockets;
  }

  test('there are 1,000 places, a tenth of them for whoever has shown neither token nor session', () => {
    expect(PLACES).toEqual({ all: 1000, strangers: 100 });
  });

  test('L25 2,000 idle ones lock nobody out, and no more than 100 that showed nothing stay open', async () => {
    const clock = createFakeClock();
    const { port, addresses } = await startBareEndpoint({ clock });
    const early = await connect(port);
    const sockets = [
      await flood(port, 1000),
      await flood(port, 1000, addresses[1] ? '::1' : '127.0.0.1'),
    ].flat();
    // The one idle for longest made room.
    await early.closed;
    expect((await call(port, { body: '{"userId":"a"}' })).status).toBe(200);
    const isUp = (socket: Socket) => !socket.destroyed && !socket.readableEnded;
    await expect.poll(() => sockets.filter(isUp).length, { timeout: 10_000 }).toBeLessThanOrEqual(1000);
    await clock.advance(2000);
    expect((await call(port, { method: 'GET', path: '/healthz' })).status).toBe(200);
    await expect.poll(() => sockets.filter(isUp).length, { timeout: 10_000 }).toBeLessThanOrEqual(100);
    expect(sockets.filter(isUp).length).toBeGreaterThan(80);
    expect(isUp(sockets.at(-1) as Socket)).toBe(true);
  });

  test.each([
    ['a pairing', { path: '/pairings', headers: { authorization: undefined } }],
    ['a trigger', { headers: { authorization: undefined } }],
    ['the dashboard', { path: '/ui/api/status', headers: { authorization: undefined } }],
  ])('L25 M02 1,200 that begin %s and send no body take nobody’s pop', async (_what, request) => {
    const pairing = createPairing({ checkName() {}, create: () => '' }, createSystemClock(), () => {});
    const { port } = await startBareEndpoint({ pairing });
    // The code of an open pairing is in the body, which is therefore waited for.
    pairing.open('crm');
    const head = requestText(port, {
      ...request,
      headers: { ...request.headers, 'content-length': '15' },
      body: ' ',
    });
    const statuses = new Map<number, number>();
    for (let round = 0; round < 12; round += 1) {
      for (const socket of await flood(port, 100)) socket.on('error', () => {}).write(head.slice(0, -1));
      const { status } = await call(port, { body: '{"userId":"a"}' });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([[200, 12]]);
  });

  test('M02 500 that come at once and show their token a little later all have their answer', async () => {
    const { port } = await startBareEndpoint();
    const known = await Promise.all(Array.from({ length: 500 }, () => connect(port)));
    for (const { send } of known) send(requestText(port, { body: '{"userId":"a"}' }));
    for (const { reply } of known) expect((await reply()).status).toBe(200);
  });

  test('L25 M02 those that have shown a token keep their places, idle as they are, while strangers come', async () => {
    const clock = createFakeClock();
    const { port } = await startBareEndpoint({ clock, rateLimit: 10 });
    const known = await Promise.all(Array.from({ length: 40 }, () => connect(port)));
    for (const { send } of known) send(requestText(port, { body: '{"userId":"a"}' }));
    // Too fast is no stranger either.
    for (const { reply } of known) expect([200, 429]).toContain((await reply()).status);
    await flood(port, 300);
    await clock.advance(2000);
    await flood(port, 900);
    // Strangers did not take their places.
    for (const { send } of known) send(requestText(port, { body: '{"userId":"a"}' }));
    for (const { reply } of known) expect([200, 429]).toContain((await reply()).status);
  });

  test('L25 one that waits for its answer is never closed to make room', async () => {
    const [arrived, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { port } = await startBareEndpoint({
      handle: async () => {
        arrived.resolve();
        await answer.promise;
        return { body: '{}', replayed: false };
      },
    });
    const busy = await connect(port);
    // The first is answered long before the second: that alone must not make the connection idle.
    busy.send(requestText(port, { method: 'GET', path: '/healthz' }));
    busy.send(requestText(port, { body: '{"userId":"a"}' }));
    expect((await busy.reply()).body).toBe('{"status":"ok"}');
    await arrived.promise;
    await flood(port, 1001);
    answer.resolve();
    expect((await busy.reply()).body).toBe('{}');
  });
});

describe('L20 only this machine', () => {
  const foreign = addressesHere.filter(({ internal, address }) => !internal && !address.startsWith('fe80'));

  test.skipIf(foreign.length === 0)('can connect: its other addresses refuse', async () => {
    const { port } = await startBareEndpoint();
    for (const { address } of foreign) {
      await expect(connect(port, address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  test('is listened on, and each address is one of its own', async () => {
    const { addresses } = await startBareEndpoint();
    for (const address of addresses) expect(['127.0.0.1', '[::1]']).toContain(new URL(address).hostname);
  });
});

test('F30 a port that is taken is said to be', async () => {
  const { port } = await startBareEndpoint();
  await expect(startBareEndpoint({ port })).rejects.toMatchObject({
    name: 'PortTaken',
    port,
    message: `port ${port} on 127.0.0.1 is taken`,
  });
  expect((await call(port, { method: 'GET', path: '/healthz' })).status).toBe(200);
});

test.skipIf(!hasIpv6)(
  'a port that is taken on ::1 alone is as well, and nothing is left listening',
  async () => {
    const other = createServer().listen(0, '::1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startBareEndpoint({ port })).rejects.toMatchObject({
      name: 'PortTaken',
      port,
      message: `port ${port} on ::1 is taken`,
    });
    await expect(connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  },
);
