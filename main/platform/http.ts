/** Calls to the outside, over undici's keep-alive pools. */
import { Agent, type Dispatcher, errors } from 'undici';
import {
  type DestinationRequest,
  type HttpClient,
  HttpFailure,
  type HttpFailureKind,
  type HttpReply,
} from '../pipeline/ports.ts';

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
  /** Sends once and resolves with the status, however the body ends, which is thrown away. */
  postForStatus(request: DestinationRequest, timeoutMs: number, signal: AbortSignal): Promise<number>;
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
    post: (request, timeoutMs, signal) =>
      call(request, timeoutMs, signal, async ({ statusCode: status, headers, body }) => {
        return { status, headers, body: await body.text() } satisfies HttpReply;
      }),

    postForStatus: (request, timeoutMs, signal) =>
      call(request, timeoutMs, signal, async ({ statusCode, body }) => {
        // Read on a little, so that the connection can be used again; how the body ends changes nothing.
        await body.dump({ limit: MAX_REPLY_BYTES }).catch(() => {});
        return statusCode;
      }),

    close: () => agent.destroy(),
  };

  async function call<T>(
    { url, headers, body }: DestinationRequest,
    timeoutMs: number,
    signal: AbortSignal,
    read: (reply: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
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
      const path = pathname + search;
      return await read(
        await agent.request({ origin, path, method: 'POST', headers, body, signal: ending.signal }),
      );
    } catch (error) {
      throw new HttpFailure(signal.aborted ? 'aborted' : isTimeout ? 'timeout' : kindOf(error), error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }
}

function kindOf(error: unknown): HttpFailureKind {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return 'timeout';
  // Several addresses were tried, and none took the connection.
  if (error instanceof AggregateError) return 'unreachable';
  const { code = '' } = error as { code?: string };
  if (TLS.test(code)) return 'tls';
  return UNREACHABLE.has(code) ? 'unreachable' : 'connection';
}
