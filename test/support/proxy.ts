/** A forward proxy as companies have them: tunnels (CONNECT) to servers that only it can find. */
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ForwardProxy {
  readonly url: string;
  /** `host:port` of each tunnel that was asked for, in order. */
  readonly tunnels: string[];
  /** The credentials that came with each. */
  readonly credentials: (string | undefined)[];
  /** What is not a tunnel. */
  readonly others: string[];
  /** While it is set, tunnels are refused with it. */
  refuseWith: number | undefined;
}

/** Every tunnel, whatever its host, ends at `target`; it listens until the test has ended. */
export async function startProxy(target: string): Promise<ForwardProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  };
  const server = createServer((request, response) => {
    proxy.others.push(request.url ?? '');
    response.writeHead(405).end();
  });
  server.on('connection', keep);
  server.on('connect', ({ url = '', headers }, socket: Socket, head: Buffer) => {
    proxy.tunnels.push(url);
    proxy.credentials.push(headers['proxy-authorization']);
    if (proxy.refuseWith !== undefined) {
      socket.end(`HTTP/1.1 ${proxy.refuseWith} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    keep(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const proxy: ForwardProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels: [],
    credentials: [],
    others: [],
    refuseWith: undefined,
  };
  return proxy;
}
