/** How calls leave this machine: directly, or through the proxy that the environment or the system names. */
import { Agent, buildConnector, type Dispatcher, fetch, Headers, Pool } from 'undici';
import type { Clock } from '../pipeline/ports.ts';
import { EncodedReply, isEncoded, PLAIN } from './encoded-reply.ts';
import { codeIn, NetworkFailure, networkCause } from './network-cause.ts';
import { type Proxies, proxiesFor } from './proxies.ts';
import { createProxyAgent } from './proxy-agent.ts';
import { trustSystemCertificates } from './system-certificates.ts';
import { tellingConnector } from './telling-connect.ts';

/** In milliseconds. */
const CONNECT_TIMEOUT_MS = 5000;

/** Times in milliseconds. */
const OPTIONS: Agent.Options = {
  // For each origin.
  connections: 64,
  keepAliveTimeout: 30_000,
  // No reply that poptray understands is longer, in bytes.
  maxResponseSize: 64 * 1024,
  factory(origin, options) {
    if (String(origin).startsWith('https:')) trustSystemCertificates();
    return new Pool(origin, options);
  },
};

/**
 * Calls to this machine go directly. `connect` makes the direct connections; a proxy looks names up itself. Throws
 * SettingsInvalid for a variable of the environment that names no proxy.
 */
export function createDispatcher(
  proxies: Proxies,
  clock: Clock,
  connect?: buildConnector.connector,
): Dispatcher {
  const plain = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const options = { ...OPTIONS, connect: tellingConnector(connect ?? plain, clock) };
  const proxyFor = proxiesFor(proxies);
  return proxyFor ? createProxyAgent(proxyFor, clock, options, plain) : new Agent(options);
}

/**
 * The web's `fetch`, through this dispatcher; rejects for a reply that is packed, which it would unpack whole. `onDate` hears the
 * `Date` of replies that came over TLS.
 */
export function fetchThrough(
  dispatcher: Dispatcher,
  onDate: (date: unknown) => void = () => {},
): typeof globalThis.fetch {
  const plain = dispatcher.compose((dispatch) => (options, handler) => dispatch(options, takePlain(handler)));
  // undici's own types, which stand for the same objects.
  return (async (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers as never);
    for (const [name, value] of Object.entries(PLAIN)) headers.set(name, value);
    const reply = await fetch(url, { ...init, headers, dispatcher: plain } as never).catch((error) => {
      if (init.signal?.aborted) throw error;
      const because = networkCause(error, { host: new URL(url).host });
      throw new NetworkFailure(because, codeIn(error), error);
    });
    if (reply.url.startsWith('https:')) onDate(reply.headers.get('date'));
    return reply;
  }) as never;
}

function takePlain(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...started) => handler.onRequestStart?.(...started),
    onResponseStart(controller, status, headers, message) {
      if (isEncoded(headers)) controller.abort(new EncodedReply());
      else handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseData: (...data) => handler.onResponseData?.(...data),
    onResponseEnd: (...ended) => handler.onResponseEnd?.(...ended),
    onResponseError: (...failed) => handler.onResponseError?.(...failed),
  };
}
