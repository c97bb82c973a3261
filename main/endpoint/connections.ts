/** The open connections and what each waits for; a cap on them that idle ones cannot use up. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const MAX_CONNECTIONS = 1000;

export interface Connections {
  /** Watches a server; over the cap the connection idle for longest is closed, or the new one when none is idle. */
  watch(server: Server): void;
  /** Takes down that a request has come, until its answer is out or its connection gone. */
  begin(response: ServerResponse): void;
  /** The answers that a connection still waits for, in order: more than one when the caller sends ahead. */
  awaited(socket: Duplex): ServerResponse[];
  /**
   * Closes the idle ones now, each of the others when it has had its answers, and after `graceMs` those
   * whose request has not come whole.
   */
  drain(graceMs: number): void;
}

export function createConnections(max = MAX_CONNECTIONS): Connections {
  const open = new Map<Duplex, Set<ServerResponse>>();
  // In the order in which they fell idle.
  const idle = new Set<Socket>();
  let isDraining = false;

  function forget(socket: Socket): void {
    open.delete(socket);
    idle.delete(socket);
  }

  return {
    watch(server) {
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
    },

    begin(response) {
      const { socket } = response.req;
      const waiting = open.get(socket);
      idle.delete(socket);
      waiting?.add(response);
      response.on('close', () => {
        waiting?.delete(response);
        if (waiting?.size !== 0 || !open.has(socket)) return;
        if (isDraining) socket.destroySoon();
        else idle.add(socket);
      });
    },

    awaited: (socket) => [...(open.get(socket) ?? [])],

    drain(graceMs) {
      isDraining = true;
      for (const socket of idle) socket.destroySoon();
      // A server that closes no longer checks its own time limits.
      const giveUp = () => {
        for (const [socket, waiting] of open)
          if ([...waiting].some(({ req }) => !req.complete)) socket.destroy();
      };
      setTimeout(giveUp, graceMs).unref();
    },
  };
}
