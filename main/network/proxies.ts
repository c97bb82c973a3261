/** Which proxies there are: those of the environment, else the system's. */
import { LOOPBACK_HOSTS } from '../../shared/urls.ts';
import { SettingsInvalid } from '../config/settings-parse.ts';
import type { Environment } from '../platform/environment.ts';
import { type NoProxy, parseNoProxy } from './no-proxy.ts';

/** The URL of the proxy for calls to an origin; undefined for none. */
export type ProxyFor = (origin: string) => Promise<string | undefined>;

export interface Proxies {
  readonly env: Environment;
  /** Asked where the environment names none. */
  readonly system?: ProxyFor | undefined;
}

export interface NamedProxy {
  /** May hold a user and a password. */
  readonly url: string;
  /** For people: who has named it. */
  readonly via: string;
}

/** The proxy for calls to an origin; undefined for none. */
export type NamedProxyFor = (origin: string) => Promise<NamedProxy | undefined>;

/**
 * The proxy for calls to an origin: that of HTTPS_PROXY or HTTP_PROXY, else the system's; none for this machine and for what
 * NO_PROXY exempts, all in either case. Undefined where nobody names any. Throws SettingsInvalid for a variable that names no proxy.
 */
export function proxiesFor({ env, system }: Proxies): NamedProxyFor | undefined {
  const httpsProxy = proxyIn(env, 'HTTPS_PROXY');
  const httpProxy = proxyIn(env, 'HTTP_PROXY');
  const isNamed = httpsProxy !== '' || httpProxy !== '';
  if (!isNamed && !system) return undefined;
  const { exempts } = noProxyIn(env);
  return async (origin) => {
    const { protocol, hostname } = new URL(origin);
    if (LOOPBACK_HOSTS.has(hostname) || exempts(origin)) return undefined;
    if (!isNamed) {
      const url = await system?.(origin);
      return url === undefined ? undefined : { url, via: 'the settings of the system' };
    }
    if (protocol === 'https:' && httpsProxy !== '') return { url: httpsProxy, via: 'HTTPS_PROXY' };
    return httpProxy === '' ? undefined : { url: httpProxy, via: 'HTTP_PROXY' };
  };
}

/** What NO_PROXY says. */
export function noProxyIn(env: Environment): NoProxy {
  return parseNoProxy(env.no_proxy ?? env.NO_PROXY ?? '');
}

/** What a variable names, as a URL; empty for none. Throws SettingsInvalid. */
export function proxyIn(env: Environment, name: string): string {
  const value = (env[name.toLowerCase()] ?? env[name] ?? '').trim();
  if (value === '') return '';
  // As curl and others have it: a name and a port alone are an HTTP proxy.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.parse(url);
  if ((proxy?.protocol !== 'http:' && proxy?.protocol !== 'https:') || !isDecodable(proxy))
    throw new SettingsInvalid(`${name} must be the URL of a proxy, such as http://proxy.example:3128`);
  return url;
}

/** A percent sign in a password has to be written %25. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
