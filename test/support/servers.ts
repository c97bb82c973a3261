/** Servers on free ports of 127.0.0.1 that end with the test. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificates.ts';

/** Serves HTTP, or HTTPS with a certificate; resolves with the base URL. */
export async function serve(listener: RequestListener, certificate?: Certificate): Promise<string> {
  const server = certificate ? createHttpsServer(certificate, listener) : createHttpServer(listener);
  const port = await listen(server);
  return `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
}

/** Serves whatever a test does with each connection; resolves with an http base URL. */
export async function serveRaw(onConnection: (socket: Socket) => void): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(onConnection))}`;
}

/** A base URL where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
