/** For agents of node:https: the proxy that the environment or the system names. */
import type { AgentOptions } from 'node:https';
import { type Proxies, proxiesFor } from './proxies.ts';

/**
 * As every other call goes: this machine is called directly, and so is what the system does not answer for before
 * `signal` aborts. Rejects with SettingsInvalid for a variable of the environment that names no proxy.
 */
export async function proxyOptionsFor(
  url: string,
  proxies: Proxies,
  signal: AbortSignal,
): Promise<Pick<AgentOptions, 'proxyEnv'>> {
  const proxyFor = proxiesFor(proxies);
  if (!proxyFor) return {};
  const tooLate = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const proxy = await Promise.race([proxyFor(new URL(url).origin), tooLate]).catch(() => undefined);
  return proxy === undefined ? {} : { proxyEnv: { HTTPS_PROXY: proxy.url } };
}
