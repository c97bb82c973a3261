/** Where pops go, as the settings say; without a destination, the built-in simulator. */
import { randomBytes, randomUUID } from 'node:crypto';
import { genesysHosts } from '../../shared/genesys-hosts.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock, Outlet } from '../pipeline/ports.ts';
import { signingKey } from '../pipeline/sign.ts';
import type { BoundSecrets } from '../secrets/bound-secrets.ts';
import { destinationSecrets } from '../secrets/secret-uses.ts';
import { SecretsLocked } from '../secrets/secrets.ts';
import { createGenesysCloud } from './genesys-screenpop/genesys-screenpop.ts';
import { fetchToken } from './oauth/client-credentials.ts';
import { createTokenCache } from './oauth/token-cache.ts';

export interface OpenOutlet {
  readonly outlet: Outlet;
  /** For people: where pops go. */
  readonly description: string;
  readonly isSimulated: boolean;
  /** Whether its secrets are there but cannot be read now. */
  readonly isLocked: boolean;
}

export interface Outlets {
  /** Reads the secrets that the destination needs. */
  open(destination: Settings['destination'], fromEnvironment: readonly string[]): Promise<OpenOutlet>;
  /** Stops the simulator, if it was ever opened. */
  stop(): Promise<void>;
}

interface Login {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signingSecret: string;
  readonly scope: string;
}

/** `fetch` carries the calls for tokens. */
export function createOutlets(
  secrets: Pick<BoundSecrets, 'get'>,
  clock: Clock,
  fetch: typeof globalThis.fetch,
): Outlets {
  // Kept once it runs: pops under way end in it, and whoever changes back finds it as it was.
  let simulator: Promise<OpenOutlet & { stop(): Promise<void> }> | undefined;

  function outletAt({ apiBase, tokenEndpoint }: ReturnType<typeof genesysHosts>, login: Login): Outlet {
    const tokens = createTokenCache(() => fetchToken({ tokenEndpoint, ...login }, fetch), clock);
    return {
      destination: createGenesysCloud({ apiBase, tokens }),
      signingKey: signingKey(login.signingSecret),
    };
  }

  /** The real adapters, over real sockets, against a stand-in in this process. */
  async function startSimulator() {
    const { createSimulator } = await import('../simulator/simulator.ts');
    const secret = () => randomBytes(32).toString('base64url');
    const login = { clientId: randomUUID(), clientSecret: secret(), signingSecret: secret() };
    const server = createSimulator({ ...login, rateLimitPerMinute: 0 });
    const { baseUrl } = await server.start(0);
    return {
      outlet: outletAt(genesysHosts({ baseUrl }), { ...login, scope: 'screenpops:write' }),
      description: `the built-in Genesys Cloud simulator at ${baseUrl}`,
      isSimulated: true,
      isLocked: false,
      stop: () => server.stop(),
    };
  }

  return {
    async open(destination, fromEnvironment) {
      if (destination.kind === 'simulator') {
        simulator ??= startSimulator();
        return simulator;
      }
      const hosts = genesysHosts(destination);
      const { clientId, scope } = destination;
      const about = { description: `Genesys Cloud at ${hosts.apiBase}`, isSimulated: false };
      let clientSecret: string | undefined;
      let signingSecret: string | undefined;
      try {
        [clientSecret, signingSecret] = await Promise.all(
          destinationSecrets(destination, fromEnvironment).map(secrets.get),
        );
      } catch (error) {
        // Whatever keeps them from being read, poptray is there to say so.
        const missing = (error as Error).message;
        return { ...about, outlet: { missing }, isLocked: error instanceof SecretsLocked };
      }
      const missing = [
        !clientId && 'GENESYS_CLIENT_ID',
        !clientSecret && 'GENESYS_CLIENT_SECRET',
        !signingSecret && 'SIGNING_SECRET',
      ].filter(Boolean);
      const outlet =
        clientId && clientSecret && signingSecret
          ? outletAt(hosts, { clientId, clientSecret, signingSecret, scope })
          : { missing: `not set: ${missing.join(', ')}` };
      return { ...about, outlet, isLocked: false };
    },
    async stop() {
      await (await simulator)?.stop();
    },
  };
}
