/** Where pops go, as the settings say; without a destination, the built-in simulator. */
import { type DestinationConfig, formOf } from '../../shared/destinations/forms.ts';
import { destinationSecrets } from '../../shared/secrets.ts';
import type { Destination, Outlet } from '../pipeline/ports.ts';
import type { BoundSecrets } from '../secrets/bound-secrets.ts';
import { SecretsLocked } from '../secrets/secrets.ts';
import { anyHttp } from './any-http/any-http.ts';
import type { DestinationDeps, DestinationType } from './destination-type.ts';
import { genesysCloud } from './genesys-cloud/genesys-cloud.ts';
import { createSimulatorType } from './simulator/simulator.ts';
import { createWorkstationType } from './workstation/workstation.ts';

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
  open(destination: DestinationConfig, fromEnvironment: readonly string[]): Promise<OpenOutlet>;
  /** Stops the simulator, if it was ever opened. */
  stop(): Promise<void>;
}

/** Until the settings name several. */
const IDS: { readonly [Kind in DestinationConfig['kind']]: string } = {
  simulator: 'simulator',
  workstation: 'workstation',
  'genesys-cloud': 'genesys',
  http: 'http',
};

type Opened = { readonly destination: Destination } | { readonly missing: string };

export function createOutlets(secrets: Pick<BoundSecrets, 'get'>, deps: DestinationDeps): Outlets {
  const types: { readonly [Kind in DestinationConfig['kind']]: DestinationType<Kind> } = {
    simulator: createSimulatorType(),
    workstation: createWorkstationType(),
    'genesys-cloud': genesysCloud,
    http: anyHttp,
  };

  /** The compiler does not see that the kinds of the two are the same. */
  function typeOf({ kind }: DestinationConfig) {
    return types[kind] as unknown as Pick<DestinationType<DestinationConfig['kind']>, 'open'>;
  }

  async function openConfig(
    config: DestinationConfig,
    fromEnvironment: readonly string[],
  ): Promise<Opened & { readonly isLocked?: boolean }> {
    const form = formOf(config);
    const uses = destinationSecrets(config, fromEnvironment);
    const values = new Map<string, string>();
    try {
      await Promise.all(
        uses.map(async (use) => {
          const value = await secrets.get(use);
          if (value) values.set(use.name, value);
        }),
      );
    } catch (error) {
      // Whatever keeps them from being read, poptray is there to say so.
      return { missing: (error as Error).message, isLocked: error instanceof SecretsLocked };
    }
    const unset = [
      ...form.unset(config),
      ...uses.flatMap(({ name, variable = name }) => (values.has(name) ? [] : [variable])),
    ];
    if (unset.length > 0) return { missing: `not set: ${unset.join(', ')}` };
    const opened = await typeOf(config).open(config, (name) => values.get(name) ?? '', deps);
    return 'missing' in opened ? opened : { destination: opened };
  }

  return {
    async open(config, fromEnvironment) {
      const { isLocked = false, ...found } = await openConfig(config, fromEnvironment);
      const outlet: Outlet = { id: IDS[config.kind], required: true, ...found };
      const description =
        'destination' in outlet ? outlet.destination.description : formOf(config).describe(config);
      return { outlet, description, isSimulated: config.kind === 'simulator', isLocked };
    },
    async stop() {
      await Promise.all(Object.values(types).map((type) => type.stop?.()));
    },
  };
}
