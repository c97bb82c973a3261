/** Sends each call through the proxy that is named for its origin, by the environment or the system. */
import { Agent, type buildConnector, Dispatcher } from 'undici';
import { LOOPBACK_HOSTS } from '../../shared/urls.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { NamedProxy, NamedProxyFor } from './proxies.ts';
import { createTunnel, type Tunnel } from './proxy-tunnel.ts';

/** A script for the proxy's address may have to be fetched first; no call waits longer for it, in milliseconds. */
const PATIENCE_MS = 2000;
/** A laptop goes from one network to another: an answer older than this is asked for anew, behind, in milliseconds. */
const FRESH_MS = 60_000;

/**
 * Calls to this machine go directly, and so do those for whose origin `proxyFor` rejects or takes too long. `toProxy` makes the
 * connections to a proxy, and those through it.
 */
export function createProxyAgent(
  proxyFor: NamedProxyFor,
  clock: Pick<Clock, 'now' | 'monotonic' | 'after'>,
  options: Agent.Options,
  toProxy: buildConnector.connector,
): Dispatcher {
  const direct = new Agent(options);
  const proxies = new Map<string, { readonly agent: Agent; readonly tunnel: Tunnel }>();
  const routes = new Map<string, { readonly to: Dispatcher; readonly askAt: number }>();
  const asking = new Map<string, Promise<Dispatcher>>();

  function through(proxy: NamedProxy | undefined): Dispatcher {
    if (proxy === undefined) return direct;
    const known = proxies.get(proxy.url) ?? openProxy(proxy);
    proxies.set(proxy.url, known);
    return known.agent;
  }

  function openProxy(proxy: NamedProxy) {
    const tunnel = createTunnel(proxy, toProxy, clock);
    return { tunnel, agent: new Agent({ ...options, connect: tunnel.connect }) };
  }

  function ask(origin: string): Promise<Dispatcher> {
    const asked =
      asking.get(origin) ??
      proxyFor(origin)
        .then(through)
        .catch(() => direct)
        .then((to) => {
          routes.set(origin, { to, askAt: clock.monotonic() + FRESH_MS });
          asking.delete(origin);
          return to;
        });
    asking.set(origin, asked);
    return asked;
  }

  async function dispatchLater(
    origin: string,
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): Promise<void> {
    let cancel = () => {};
    const tired = new Promise<Dispatcher>((resolve) => {
      cancel = clock.after(PATIENCE_MS, () => resolve(direct));
    });
    const to = await Promise.race([ask(origin), tired]);
    cancel();
    to.dispatch(request, handler);
  }

  class RoutingAgent extends Dispatcher {
    override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      const origin = String(request.origin);
      if (LOOPBACK_HOSTS.has(new URL(origin).hostname)) return direct.dispatch(request, handler);
      const route = routes.get(origin);
      if (route === undefined) {
        void dispatchLater(origin, request, handler);
        return true;
      }
      if (clock.monotonic() >= route.askAt) void ask(origin);
      return route.to.dispatch(request, handler);
    }
    override async destroy(): Promise<void> {
      const all = [...proxies.values()].flatMap(({ agent, tunnel }) => [agent, tunnel]);
      await Promise.all([direct, ...all].map((each) => each.destroy()));
    }
  }
  return new RoutingAgent();
}
