import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { isOwnPeer } from '../../main/platform/own-peer.ts';

const isLinux = process.platform === 'linux';
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');

/** The server's end of a connection that `dial` makes. */
async function accepted(host: string, dial: (port: number) => void): Promise<Socket> {
  const server = createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  dial((server.address() as AddressInfo).port);
  const [socket] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => void socket.destroy());
  return socket;
}

function hold(socket: Socket): void {
  onTestFinished(() => void socket.on('error', () => {}).destroy());
}

test.skipIf(!isLinux)('a connection of this user is its own', async () => {
  const dial = (host: string) => (port: number) => hold(createConnection({ port, host }));
  expect(isOwnPeer(await accepted('127.0.0.1', dial('127.0.0.1')))).toBe(true);
  if (hasIpv6) expect(isOwnPeer(await accepted('::1', dial('::1')))).toBe(true);
  // As a program of another runtime connects: over an IPv6 socket.
  expect(isOwnPeer(await accepted('127.0.0.1', dial('::ffff:127.0.0.1')))).toBe(true);
});

test.skipIf(!isLinux || process.getuid?.() !== 0)('L35 one of another user is not', async () => {
  const socket = await accepted('127.0.0.1', (port) => {
    const child = spawn('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}; read -u 3`], {
      uid: 65_534,
      gid: 65_534,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
  });
  expect(isOwnPeer(socket)).toBe(false);
});

test.skipIf(!isLinux)(
  'one that the system knows nothing of is not, nor is one of the same port on another address',
  async () => {
    const socket = await accepted('127.0.0.1', (port) => hold(createConnection({ port, host: '127.0.0.1' })));
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    const ends = { remoteAddress, remotePort, localAddress, localPort };
    expect(isOwnPeer(ends)).toBe(true);
    expect(isOwnPeer({ ...ends, remoteAddress: '127.0.0.2' })).toBe(false);
    expect(isOwnPeer({ ...ends, remotePort: 1 })).toBe(false);
    expect(isOwnPeer({ ...ends, remoteAddress: undefined, remotePort: undefined })).toBe(false);
  },
);

test.skipIf(!isLinux)('whose a connection is stays so, and is asked once', async () => {
  let peer: Socket | undefined;
  const socket = await accepted('127.0.0.1', (port) => {
    peer = createConnection({ port, host: '127.0.0.1' });
  });
  expect(isOwnPeer(socket)).toBe(true);
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  socket.resume();
  peer?.destroy();
  await once(socket, 'end');
  expect(isOwnPeer({ remoteAddress, remotePort, localAddress, localPort })).toBe(false);
  expect(isOwnPeer(socket)).toBe(true);
});
