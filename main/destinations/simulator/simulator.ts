/** The call to Genesys Cloud, over real sockets, against a stand-in in this process. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Destination } from '../../pipeline/ports.ts';
import type { DestinationDeps, DestinationType } from '../destination-type.ts';
import { openGenesysCloud } from '../genesys-cloud/genesys-cloud.ts';

export function createSimulatorType(): DestinationType<'simulator'> {
  // Kept once it runs: pops under way end in it, and whoever changes back finds it as it was.
  let running: Promise<{ destination: Destination; stop(): Promise<void> }> | undefined;

  async function start(deps: DestinationDeps) {
    const { createSimulator } = await import('../../simulator/simulator.ts');
    const secret = () => randomBytes(32).toString('base64url');
    const login = { clientId: randomUUID(), clientSecret: secret(), signingSecret: secret() };
    const server = createSimulator({ ...login, rateLimitPerMinute: 0, screen: deps.desktop });
    const { baseUrl } = await server.start(0);
    deps.desktop?.listensAt(baseUrl);
    const genesys = openGenesysCloud({ baseUrl }, { ...login, scope: 'screenpops:write' }, deps);
    const description = `the built-in Genesys Cloud simulator at ${baseUrl}`;
    return { destination: { ...genesys, description }, stop: () => server.stop() };
  }

  return {
    async open(_config, _secret, deps) {
      running ??= start(deps);
      return (await running).destination;
    },
    async stop() {
      await (await running)?.stop();
    },
  };
}
