/** Calls to the outside, over undici's keep-alive pools. */
import { Agent, errors } from 'undici';
import { type HttpClient, HttpFailure, type HttpFailureKind, type HttpReply } from '../pipeline/ports.ts';

/** No reply that poptray understands is longer, in bytes. */
const MAX_REPLY_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 5000;

const UNREACHABLE = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);

/** OpenSSL's verdicts on a certificate, and Node's own. */
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

export interface ClosableHttpClient extends HttpClient {
  /** Closes all connections. */
  close(): Promise<void>;
}

/** Up to `connections` sockets for each origin. Redirects are never followed: undici's agent has no such thing on. */
export function createHttpClient({ connections }: { connections: number }): ClosableHttpClient {
  const agent = new Agent({
    connections,
    keepAliveTimeout: 30_000,
    maxResponseSize: MAX_REPLY_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });

  return {
    async post({ url, headers, body }, timeoutMs, signal) {
      const ending = new AbortController();
      let isTimeout = false;
      const timer = setTimeout(() => {
        isTimeout = true;
        ending.abort();
      }, timeoutMs);
      const abort = () => ending.abort();
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      try {
        const { origin, pathname, search } = new URL(url);
        const reply = await agent.request({
          origin,
          path: pathname + search,
          method: 'POST',
          headers,
          body,
          signal: ending.signal,
        });
        return {
          status: reply.statusCode,
          headers: reply.headers,
          body: await reply.body.text(),
        } satisfies HttpReply;
      } catch (error) {
        throw new HttpFailure(isTimeout ? 'timeout' : kindOf(error, signal), error);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      }
    },
    close: () => agent.destroy(),
  };
}

function kindOf(error: unknown, signal: AbortSignal): HttpFailureKind {
  if (signal.aborted) return 'aborted';
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return 'timeout';
  const code = codeOf(error);
  if (TLS.test(code)) return 'tls';
  return UNREACHABLE.has(code) ? 'unreachable' : 'connection';
}

/** The code of an error, or that of the first of several addresses tried. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return (error as { code?: string }).code ?? '';
}
