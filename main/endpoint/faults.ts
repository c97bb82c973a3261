/** What becomes of faults that no route has foreseen. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError } from 'fastify';
import { type ErrorCode, errorTable, PopError, problemOf } from '../pipeline/errors.ts';
import { MAX_BODY_BYTES } from './guard.ts';

/** On every reply. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** A caller that was answered by hand gets this long to read it and close, in milliseconds. */
const LINGER_MS = 1000;

/** The coded error for whatever was thrown; what is none of ours is `internal`. */
export function asPopError(thrown: unknown): PopError {
  if (thrown instanceof PopError) return thrown;
  const { code, statusCode } = thrown as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new PopError('too_large', `the body is over ${MAX_BODY_BYTES} bytes`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new PopError('unsupported_media_type', 'the Content-Type must be application/json in UTF-8');
  }
  if (code === 'FST_ERR_BAD_URL') return new PopError('not_found', 'no such path');
  if (statusCode === 400) return new PopError('bad_request', 'the request is not well-formed');
  return new PopError('internal', 'an unexpected fault; the log has its kind', { cause: thrown });
}

/** The code for what Node's HTTP server could not make a request of; undefined when nobody waits for an answer. */
export function codeOfRawFault(error: Error & { code?: string }, socket: Duplex): ErrorCode | undefined {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return undefined;
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'header_too_large';
  if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') return 'bad_request';
  // Browsers open connections that they may never use.
  return (socket as { bytesRead?: number }).bytesRead === 0 ? undefined : 'request_timeout';
}

/** For faults below HTTP: there is no request to answer, so the reply is written by hand and the socket closed. */
export function answerRawFault(code: ErrorCode | undefined, socket: Duplex): void {
  if (code === undefined) {
    socket.destroy();
    return;
  }
  const problem = problemOf(new PopError(code, errorTable[code].title));
  const body = JSON.stringify(problem);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
