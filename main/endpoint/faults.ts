/** What becomes of faults that no route has foreseen. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError } from 'fastify';
import { errorTable, PopError, problemOf } from '../pipeline/errors.ts';
import { MAX_BODY_BYTES } from './guard.ts';

/** On every reply. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

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

/** For faults below HTTP: there is no request to answer, so the reply is written by hand and the socket closed. */
export function answerRawFault(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const code =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'header_too_large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request_timeout'
        : 'bad_request';
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
}
