/** The open connections and what each waits for; caps on them that neither strangers nor idle ones can use up. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../pipeline/ports.ts';

/** `strangers` of them are for those that have shown no token and no session. */
export const PLACES = { all: 1000, strangers: 100 };
/** So long after it came a caller may still be about to show one, in milliseconds: many come at once after a pause. */
const NEW_MS = 2000;

export interface Connections {
  /**
   * Watches a server. Of strangers beyond their places the oldest are closed, whatever they wait for; over the cap of all
   * the oldest stranger, else the connection idle for longest, or the new one when none is idle.
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

export function createConnections(clock: Pick<Clock, 'monotonic'>, places = PLACES): Connections {
  const open = new Map<Duplex, Set<ServerResponse>>();
  // In the order in which they came, each with when that was.
  const strangers = new Map<Socket, number>();
  // In the order in which they fell idle.
  const idle = new Set<Socket>();
  let isDraining = false;

  function forget(socket: Socket): void {
    open.delete(socket);
    strangers.delete(socket);
    idle.delete(socket);
  }

  function close(socket: Socket): void {
    forget(socket);
    socket.destroy();
  }

  return {
    watch(server) {
      server.on('connection', (socket: Socket) => {
        const now = clock.monotonic();
        for (const [stranger, cameAt] of strangers) {
          if (strangers.size < places.strangers || now - cameAt < NEW_MS) break;
          close(stranger);
        }
        if (open.size >= places.all) {
          const [victim = socket] = strangers.size > 0 ? strangers.keys() : idle;
          close(victim);
          if (victim === socket) return;
        }
        open.set(socket, new Set());
        strangers.set(socket, now);
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
