import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback, PortTaken } from '../../main/endpoint/listen.ts';

function newServer(): Server {
  const server = createServer((_, response) => response.end());
  onTestFinished(() => void server.close());
  return server;
}

/** A port that somebody has on this address. */
async function takePort(host: string): Promise<number> {
  const server = newServer().listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test.each(['127.0.0.1', '::1'])(
  'a port that is taken on %s is given up for a free one where that will do',
  async (host) => {
    const taken = await takePort(host);
    const servers = [newServer(), newServer()] as const;
    const { port, addresses, insteadOf } = await listenOnLoopback(servers, taken, true);
    expect(insteadOf).toBe(taken);
    expect(port).not.toBe(taken);
    for (const address of addresses) expect((await fetch(address)).ok).toBe(true);
    expect(addresses.every((address) => new URL(address).port === String(port))).toBe(true);
  },
);

test('where it will not do, it is refused, and nothing listens', async () => {
  const taken = await takePort('127.0.0.1');
  const servers = [newServer(), newServer()] as const;
  await expect(listenOnLoopback(servers, taken)).rejects.toThrow(PortTaken);
  expect(servers.map(({ listening }) => listening)).toEqual([false, false]);
});

test('a free port is not instead of anything', async () => {
  const { insteadOf } = await listenOnLoopback([newServer(), newServer()], 0, true);
  expect(insteadOf).toBeNull();
});
