/** A cap on connections that idle ones cannot use up: the one idle for longest makes room. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const MAX_CONNECTIONS = 1000;

export interface Connections {
  /** Closes the idle ones now, and each of the others when it has had its answer. */
  drain(): void;
}

/** Watches servers; over the cap the longest idle connection is closed, or the new one when none is idle. */
export function capConnections(servers: readonly Server[], max = MAX_CONNECTIONS): Connections {
  const open = new Set<Socket>();
  // In the order in which they fell idle.
  const idle = new Set<Socket>();
  let isDraining = false;

  for (const server of servers) {
    server.on('connection', (socket: Socket) => {
      if (open.size >= max) {
        const [victim = socket] = idle;
        forget(victim);
        victim.destroy();
        if (victim === socket) return;
      }
      open.add(socket);
      idle.add(socket);
      socket.on('close', () => forget(socket));
    });
    server.on('request', ({ socket }, response) => {
      idle.delete(socket);
      response.on('close', () => {
        if (isDraining) socket.end();
        else if (open.has(socket)) idle.add(socket);
      });
    });
  }

  function forget(socket: Socket): void {
    open.delete(socket);
    idle.delete(socket);
  }

  return {
    drain() {
      isDraining = true;
      for (const socket of idle) socket.end();
    },
  };
}
