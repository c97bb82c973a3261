/** How the bench's servers, each in a process of its own, listen and end. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on any free port, tells it to the process that forked this one, and ends with it. */
export function serve(server: Server): void {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit());
}
