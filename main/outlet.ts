/** Where pops go, as the settings say; without a destination, the built-in simulator. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Settings } from '../shared/settings.ts';
import { fetchToken } from './auth/client-credentials.ts';
import { createTokenCache } from './auth/token-cache.ts';
import { createGenesysCloud, genesysHosts } from './destinations/genesys-cloud.ts';
import type { Clock, Outlet } from './pipeline/ports.ts';
import { signingKey } from './pipeline/sign.ts';
import type { Secrets } from './platform/secrets.ts';

export interface OpenOutlet {
  readonly outlet: Outlet;
  /** For people: where pops go. */
  readonly description: string;
  readonly isSimulated: boolean;
  stop(): Promise<void>;
}

/** Reads the secrets that the destination needs; starts the simulator when it is the destination. */
export async function openOutlet(settings: Settings, secrets: Secrets, clock: Clock): Promise<OpenOutlet> {
  const { destination } = settings;
  if (destination.kind === 'simulator') return openSimulator(clock);
  const [clientSecret, signingSecret] = await Promise.all([
    secrets.get('client-secret'),
    secrets.get('signing-secret'),
  ]);
  const hosts = genesysHosts(destination);
  const { clientId, scope } = destination;
  const opened = {
    description: `Genesys Cloud at ${hosts.apiBase}`,
    isSimulated: false,
    stop: async () => {},
  };
  if (!clientId || !clientSecret || !signingSecret) {
    const missing = [
      !clientId && 'GENESYS_CLIENT_ID',
      !clientSecret && 'GENESYS_CLIENT_SECRET',
      !signingSecret && 'SIGNING_SECRET',
    ].filter(Boolean);
    return { ...opened, outlet: { missing: `not set: ${missing.join(', ')}` } };
  }
  const credentials = { tokenEndpoint: hosts.tokenEndpoint, clientId, clientSecret, scope };
  const tokens = createTokenCache(() => fetchToken(credentials), clock);
  return {
    ...opened,
    outlet: {
      destination: createGenesysCloud({ apiBase: hosts.apiBase, tokens }),
      signingKey: signingKey(signingSecret),
    },
  };
}

/** The real adapters, over real sockets, against a stand-in in this process. */
async function openSimulator(clock: Clock): Promise<OpenOutlet> {
  const { createSimulator } = await import('./simulator/simulator.ts');
  const clientId = randomUUID();
  const [clientSecret, signingSecret] = [
    randomBytes(32).toString('base64url'),
    randomBytes(32).toString('base64url'),
  ];
  const simulator = createSimulator({ clientId, clientSecret, signingSecret, rateLimitPerMinute: 0 });
  const { baseUrl } = await simulator.start(0);
  const hosts = genesysHosts({ baseUrl });
  const credentials = {
    tokenEndpoint: hosts.tokenEndpoint,
    clientId,
    clientSecret,
    scope: 'screenpops:write',
  };
  const tokens = createTokenCache(() => fetchToken(credentials), clock);
  return {
    outlet: {
      destination: createGenesysCloud({ apiBase: hosts.apiBase, tokens }),
      signingKey: signingKey(signingSecret),
    },
    description: `the built-in Genesys Cloud simulator at ${baseUrl}`,
    isSimulated: true,
    stop: () => simulator.stop(),
  };
}
