/** The open connections and what each waits for; caps on them that neither strangers nor idle ones can use up. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** `strangers` of them are for those that have shown no token and no session yet. */
export const PLACES = { all: 1000, strangers: 100 };

export interface Connections {
  /**
   * Watches a server. Where strangers have no place left the oldest of them is closed, whatever it waits for; over the cap
   * of all the connection idle for longest, or the new one when none is idle.
   */
  watch(server: Server): void;
  /** Its caller has shown a token or a session: from now on it is closed only while it is idle. */
  trust(socket: Duplex): void;
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

export function createConnections(places = PLACES): Connections {
  const open = new Map<Duplex, Set<ServerResponse>>();
  // In the order in which they came. Their requests are read in the turn after, so the oldest has had its chance.
  const strangers = new Set<Socket>();
  // In the order in which they fell idle.
  const idle = new Set<Socket>();
  let isDraining = false;

  function forget(socket: Socket): void {
    open.delete(socket);
    strangers.delete(socket);
    idle.delete(socket);
  }

  return {
    watch(server) {
      server.on('connection', (socket: Socket) => {
        const isFull = open.size >= places.all;
        if (isFull || strangers.size >= places.strangers) {
          const [victim = socket] = strangers.size > 0 ? strangers : idle;
          forget(victim);
          victim.destroy();
          if (victim === socket) return;
        }
        open.set(socket, new Set());
        strangers.add(socket);
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

    trust: (socket) => void strangers.delete(socket as Socket),

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
