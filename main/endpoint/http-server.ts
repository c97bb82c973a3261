/** Node's HTTP server with poptray's limits; what it would answer barely or not at all gets a whole answer. */
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, errorTable, PopError, problemOf } from '../pipeline/errors.ts';
import type { Connections } from './connections.ts';
import { SECURITY_HEADERS } from './unforeseen.ts';

/** In milliseconds and bytes; Node checks the times every second. */
export const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
};

export type Limits = typeof LIMITS;

/** A caller that was answered below HTTP gets this long to read it and close, in milliseconds. */
const LINGER_MS = 1000;

/** `onRawFault` hears of requests that were answered here because they never became one. */
export function createHttpServer(
  limits: Limits,
  listener: RequestListener,
  onRawFault: (code: ErrorCode, socket: Duplex) => void,
  connections: Connections,
): Server {
  // A missing Host is refused by the guard, with all that belongs to a refusal.
  const server = createServer({ ...limits, requireHostHeader: false }, (request, response) => {
    // What arrives on a connection that was ended cannot be answered, so it is not begun.
    const { socket } = request;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    connections.begin(response);
    listener(request, response);
  });
  // A caller that has sent all it has to say may close its side, and still waits for the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  connections.watch(server);
  // Who waits to be asked for the body is asked once the request may be made.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_request, socket) => answer('bad_request', socket));
  server.on('clientError', (error, socket) => answer(codeOf(error, socket), socket));
  return server;

  function answer(code: ErrorCode | undefined, socket: Duplex): void {
    if (code === undefined) {
      socket.destroy();
      return;
    }
    onRawFault(code, socket);
    const close = () => {
      socket.end();
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    };
    const before = connections.awaited(socket).findLast(({ req }) => req.complete);
    if (before) {
      // Sent ahead of its turn: an answer would overtake the one that is awaited, so there is none.
      before.on('close', close);
    } else {
      socket.write(rawReply(code));
      close();
    }
  }
}

/** Undefined when nobody waits for an answer. */
function codeOf(error: Error & { code?: string }, socket: Duplex): ErrorCode | undefined {
  if (error.code === 'ECONNRESET' || !socket.writable) return undefined;
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'header_too_large';
  if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') return 'bad_request';
  // Browsers open connections that they may never use.
  return 'bytesRead' in socket && socket.bytesRead === 0 ? undefined : 'request_timeout';
}

function rawReply(code: ErrorCode): string {
  const problem = problemOf(new PopError(code, errorTable[code].title));
  const body = JSON.stringify(problem);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`;
}
