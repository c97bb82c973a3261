/** For agents of node:https: the proxy that the environment or the system names. */
import type { AgentOptions } from 'node:https';
import { LOOPBACK_HOSTS } from '../../shared/settings.ts';
import { environmentProxies, type Proxies } from './proxies.ts';

/**
 * As every other call goes: this machine is called directly, and so is what the system does not answer for before
 * `signal` aborts. Rejects with SettingsInvalid for a variable of the environment that names no proxy.
 */
export async function proxyOptionsFor(
  url: string,
  { env, system }: Proxies,
  signal: AbortSignal,
): Promise<Pick<AgentOptions, 'proxyEnv'>> {
  const { hostname, origin } = new URL(url);
  if (LOOPBACK_HOSTS.has(hostname)) return {};
  const named = environmentProxies(env);
  if (named) {
    const { httpProxy, httpsProxy, noProxy } = named;
    return { proxyEnv: { HTTPS_PROXY: httpsProxy || httpProxy, NO_PROXY: noProxy } };
  }
  if (!system) return {};
  const tooLate = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const proxy = await Promise.race([system(origin), tooLate]).catch(() => undefined);
  return proxy === undefined ? {} : { proxyEnv: { HTTPS_PROXY: proxy } };
}
