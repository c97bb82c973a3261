/** Which proxies there are: those of the environment, else the system's. */
import { LOOPBACK_HOSTS } from '../../shared/settings.ts';
import type { Environment } from './settings-environment.ts';
import { SettingsInvalid } from './settings-invalid.ts';
import type { ProxyFor } from './system-proxy-agent.ts';

export interface Proxies {
  readonly env: Environment;
  /** Asked where the environment names none. */
  readonly system?: ProxyFor | undefined;
}

export interface EnvironmentProxies {
  /** Empty for none: undici takes a missing one for a question to the environment of the process. */
  readonly httpProxy: string;
  readonly httpsProxy: string;
  /** Has this machine in it. */
  readonly noProxy: string;
}

/**
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case; undefined when no proxy is named. Throws SettingsInvalid for a
 * variable that names no proxy.
 */
export function environmentProxies(env: Environment): EnvironmentProxies | undefined {
  const httpsProxy = proxyIn(env, 'HTTPS_PROXY');
  const httpProxy = proxyIn(env, 'HTTP_PROXY');
  if (!httpsProxy && !httpProxy) return undefined;
  const noProxy = [env.no_proxy ?? env.NO_PROXY ?? '', ...LOOPBACK_HOSTS].join(',');
  return { httpProxy, httpsProxy, noProxy };
}

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
