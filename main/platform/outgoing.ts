/** How calls leave this machine: directly, or through the proxy that the environment or the system names. */
import { Agent, type buildConnector, type Dispatcher, EnvHttpProxyAgent, fetch } from 'undici';
import { LOOPBACK_HOSTS } from '../../shared/settings.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { Environment } from './settings-environment.ts';
import { SettingsInvalid } from './settings-invalid.ts';
import { createSystemProxyAgent, type ProxyFor } from './system-proxy-agent.ts';

/** Times in milliseconds. */
const OPTIONS: Agent.Options = {
  // For each origin.
  connections: 64,
  keepAliveTimeout: 30_000,
  connectTimeout: 5000,
  // No reply that poptray understands is longer, in bytes.
  maxResponseSize: 64 * 1024,
};

/**
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case; without them what `system` says, if it is there. Calls to this
 * machine go directly. `connect` makes the direct connections; a proxy looks names up itself. Throws SettingsInvalid
 * for a variable that names no proxy.
 */
export function createDispatcher(
  env: Environment,
  clock: Clock,
  system?: ProxyFor,
  connect?: buildConnector.connector,
): Dispatcher {
  const options = connect ? { ...OPTIONS, connect } : OPTIONS;
  const httpsProxy = proxyIn(env, 'HTTPS_PROXY');
  const httpProxy = proxyIn(env, 'HTTP_PROXY');
  if (httpsProxy || httpProxy) {
    const noProxy = [env.no_proxy ?? env.NO_PROXY ?? '', ...LOOPBACK_HOSTS].join(',');
    return new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy });
  }
  return system ? createSystemProxyAgent(system, clock, options) : new Agent(options);
}

/** The web's `fetch`, through this dispatcher. */
export function fetchThrough(dispatcher: Dispatcher): typeof globalThis.fetch {
  // undici's own types, which stand for the same objects.
  return ((url: string, init: object) => fetch(url, { ...init, dispatcher })) as never;
}

/** Empty for none: undici takes a missing one for a question to the environment of the process. */
function proxyIn(env: Environment, name: string): string {
  const value = (env[name.toLowerCase()] ?? env[name] ?? '').trim();
  if (value === '') return '';
  // As curl and others have it: a name and a port alone are an HTTP proxy.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new SettingsInvalid(`${name} must be the URL of a proxy, such as http://proxy.example:3128`);
  return url;
}
