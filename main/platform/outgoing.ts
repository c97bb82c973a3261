/** How calls leave this machine: directly, or through the proxy that the environment or the system names. */
import { Agent, type buildConnector, type Dispatcher, fetch, Pool } from 'undici';
import type { Clock } from '../pipeline/ports.ts';
import { type Proxies, proxiesFor } from './proxies.ts';
import { createProxyAgent } from './proxy-agent.ts';
import { trustSystemCertificates } from './system-certificates.ts';

/** Times in milliseconds. */
const OPTIONS: Agent.Options = {
  // For each origin.
  connections: 64,
  keepAliveTimeout: 30_000,
  connectTimeout: 5000,
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
  const options = connect ? { ...OPTIONS, connect } : OPTIONS;
  const proxyFor = proxiesFor(proxies);
  return proxyFor ? createProxyAgent(proxyFor, clock, options) : new Agent(options);
}

/** The web's `fetch`, through this dispatcher. `onDate` hears the `Date` of replies that came over TLS. */
export function fetchThrough(
  dispatcher: Dispatcher,
  onDate: (date: unknown) => void = () => {},
): typeof globalThis.fetch {
  const through = async (url: string, init: object) => {
    const reply = await fetch(url, { ...init, dispatcher });
    if (reply.url.startsWith('https:')) onDate(reply.headers.get('date'));
    return reply;
  };
  // undici's own types, which stand for the same objects.
  return through as never;
}
