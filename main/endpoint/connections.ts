/** A cap on connections that idle ones cannot use up: the one idle for longest makes room. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

const MAX_CONNECTIONS = 1000;

export interface Connections {
  /**
   * Closes the idle ones now, each of the others when it has had its answers, and after `graceMs` those
   * whose request has not come whole.
   */
  drain(graceMs: number): void;
}

/** Watches servers; over the cap the longest idle connection is closed, or the new one when none is idle. */
export function capConnections(servers: readonly Server[], max = MAX_CONNECTIONS): Connections {
  /** With the requests that each waits for an answer to: more than one when the caller sends ahead. */
  const open = new Map<Socket, Set<IncomingMessage>>();
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
      open.set(socket, new Set());
      idle.add(socket);
      socket.on('close', () => forget(socket));
    });
    server.on('request', (request, response) => {
      const { socket } = request;
      const waiting = open.get(socket);
      idle.delete(socket);
      waiting?.add(request);
      response.on('close', () => {
        waiting?.delete(request);
        if (waiting?.size !== 0 || !open.has(socket)) return;
        if (isDraining) socket.destroySoon();
        else idle.add(socket);
      });
    });
  }

  function forget(socket: Socket): void {
    open.delete(socket);
    idle.delete(socket);
  }

  return {
    drain(graceMs) {
      isDraining = true;
      for (const socket of idle) socket.destroySoon();
      // A server that closes no longer checks its own time limits.
      const giveUp = () => {
        for (const [socket, waiting] of open)
          if ([...waiting].some(({ complete }) => !complete)) socket.destroy();
      };
      setTimeout(giveUp, graceMs).unref();
    },
  };
}
