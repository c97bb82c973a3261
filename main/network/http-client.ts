/** Calls to the outside, over undici's keep-alive pools. */
import { type Dispatcher, errors } from 'undici';
import { makeCause } from '../../shared/causes.ts';
import { EncodedReply, isEncoded, PLAIN } from './encoded-reply.ts';
import {
  type HttpClient,
  HttpFailure,
  type HttpFailureKind,
  type HttpReply,
  type HttpRequest,
} from './http.ts';
import { isTlsCode, networkCause } from './network-cause.ts';

const UNREACHABLE = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  // A proxy that was not there, not trusted, or refused.
  'UND_ERR_PRX_CONN',
  'UND_ERR_PRX_TLS',
  'UND_ERR_ABORTED',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);

/** What stands before the body. */
export type HttpHead = Pick<HttpReply, 'status' | 'headers'>;

export interface ClosableHttpClient extends HttpClient {
  /** Sends once and resolves with status and headers, however the body ends, which is thrown away. */
  sendForHead(request: HttpRequest, timeoutMs: number, signal: AbortSignal): Promise<HttpHead>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/**
 * A call under way. It lets go of its `abort` when it ends: a Set that changes so fast leaves behind tables that live until
 * the next full garbage collection, and keeps alive what hangs on their entries, the whole call.
 */
interface Abortable {
  abort: (() => void) | undefined;
}

/** Redirects are never followed: undici's agents have no such thing on. `onDate` hears the `Date` of replies that came over TLS. */
export function createHttpClient(
  agent: Dispatcher,
  onDate: (date: unknown) => void = () => {},
): ClosableHttpClient {
  const signals = new WeakMap<AbortSignal, Set<Abortable>>();
  let last = { url: '', origin: '', path: '' };

  return {
    send: (request, timeoutMs, signal) => call(request, timeoutMs, signal, true),
    sendForHead: (request, timeoutMs, signal) => call(request, timeoutMs, signal, false),
    close: () => agent.destroy(),
  };

  /**
   * Through undici's dispatch rather than its request, which makes a stream and two listeners for every reply.
   * A reply whose body is `unwanted` is whole as soon as its status is there, however its body ends.
   */
  function call(
    { method, url, headers, body }: HttpRequest,
    timeoutMs: number,
    signal: AbortSignal,
    isBodyWanted: boolean,
  ): Promise<HttpReply> {
    const options = {
      ...splitUrl(url),
      method: method as Dispatcher.HttpMethod,
      headers: { ...headers, ...PLAIN },
      body,
    };
    const calls = callsUnder(signal);
    return new Promise((resolve, reject) => {
      let controller: Dispatcher.DispatchController | undefined;
      let reply: { status: number; headers: HttpReply['headers'] } | undefined;
      let cut: 'timeout' | 'aborted' | undefined;
      const chunks: Buffer[] = [];

      const timer = setTimeout(() => giveUp('timeout'), timeoutMs);
      const abortable: Abortable = { abort: () => giveUp('aborted') };
      calls.add(abortable);
      if (signal.aborted) return giveUp('aborted');

      agent.dispatch(options, {
        onRequestStart(started) {
          controller = started;
          // It had waited for a connection, and nobody waits for it any more.
          if (cut) started.abort(new HttpFailure(cut));
        },
        onResponseStart(started, status, replyHeaders) {
          if (isBodyWanted && isEncoded(replyHeaders)) started.abort(new EncodedReply());
          else reply = { status, headers: replyHeaders };
          if (options.origin.startsWith('https:')) onDate(replyHeaders.date);
        },
        onResponseData(_controller, chunk) {
          if (isBodyWanted) chunks.push(chunk);
        },
        onResponseEnd: () => end(),
        onResponseError: (_controller, error) => end(error),
      });

      function giveUp(kind: 'timeout' | 'aborted'): void {
        cut ??= kind;
        const failure = new HttpFailure(cut);
        controller?.abort(failure);
        end(failure);
      }

      function end(error?: unknown): void {
        clearTimeout(timer);
        calls.delete(abortable);
        abortable.abort = undefined;
        if (reply && (error === undefined || !isBodyWanted)) {
          resolve({ ...reply, body: Buffer.concat(chunks).toString() });
        } else reject(failureOf(cut ?? kindOf(error), error, new URL(url).host));
      }
    });
  }

  /** The calls that a signal ends: one listener serves them all, which come and go faster than it can. */
  function callsUnder(signal: AbortSignal): Set<Abortable> {
    const known = signals.get(signal);
    if (known) return known;
    const calls = new Set<Abortable>();
    signal.addEventListener('abort', () => {
      for (const { abort } of calls) abort?.();
    });
    signals.set(signal, calls);
    return calls;
  }

  /** One agent's pops all go to one URL, and parsing it costs more than remembering it. */
  function splitUrl(url: string): { origin: string; path: string } {
    if (last.url !== url) {
      const { origin, pathname, search } = new URL(url);
      last = { url, origin, path: pathname + search };
    }
    return { origin: last.origin, path: last.path };
  }
}

function failureOf(kind: HttpFailureKind, error: unknown, host: string): HttpFailure {
  // Whoever has ended it knows why.
  if (kind === 'aborted') return new HttpFailure(kind, error);
  const because = kind === 'timeout' ? makeCause('timed_out', { host }) : networkCause(error, { host });
  return new HttpFailure(kind, error, because);
}

function kindOf(error: unknown): HttpFailureKind {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return 'timeout';
  // Several addresses were tried, and none took the connection.
  if (error instanceof AggregateError) return 'unreachable';
  const { code = '' } = error as { code?: string };
  if (isTlsCode(code)) return 'tls';
  if (code === 'ADDRESS_BLOCKED') return 'blocked';
  return UNREACHABLE.has(code) ? 'unreachable' : 'connection';
}
