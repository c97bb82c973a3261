/** Where pops go, as the settings say; without a destination, the built-in simulator. */
import { isDeepStrictEqual } from 'node:util';
import { type DestinationConfig, formOf } from '../../shared/destinations/forms.ts';
import { secretsOfDestination } from '../../shared/secrets.ts';
import type { Destination, Outlet } from '../pipeline/ports.ts';
import type { BoundSecrets } from '../secrets/bound-secrets.ts';
import { SecretsLocked } from '../secrets/secrets.ts';
import { anyHttp } from './any-http/any-http.ts';
import type { DestinationDeps, DestinationType } from './destination-type.ts';
import { genesysScreenpops } from './genesys-cloud/genesys-cloud.ts';
import { createSimulatorType } from './simulator/simulator.ts';
import { createWorkstationType } from './workstation/workstation.ts';

export interface OpenOutlet {
  readonly outlet: Outlet;
  readonly config: DestinationConfig;
  /** For people: where pops go. */
  readonly description: string;
  /** Whether its secrets are there but cannot be read now. */
  readonly isLocked: boolean;
}

export interface Outlets {
  /** Reads the secrets that the destinations need, once each; in their order. What is open and has not changed stays open. */
  open(
    destinations: readonly DestinationConfig[],
    fromEnvironment: readonly string[],
  ): Promise<readonly OpenOutlet[]>;
  /** Stops the simulator, if it was ever opened. */
  stop(): Promise<void>;
}

/** A destination that is open, and with what it was opened. */
interface Opened {
  readonly config: DestinationConfig;
  readonly values: ReadonlyMap<string, string>;
  readonly destination: Destination;
}

export function createOutlets(secrets: Pick<BoundSecrets, 'get'>, deps: DestinationDeps): Outlets {
  const types: { readonly [Kind in DestinationConfig['kind']]: DestinationType<Kind> } = {
    simulator: createSimulatorType(),
    'genesys-screenpops': genesysScreenpops,
    workstation: createWorkstationType(),
    http: anyHttp,
  };
  /** By id. Another one with the same settings and secrets would have to sign in again. */
  let open: ReadonlyMap<string, Opened> = new Map();

  /** The compiler does not see that the kinds of the two are the same. */
  function typeOf({ kind }: DestinationConfig) {
    return types[kind] as unknown as Pick<DestinationType<DestinationConfig['kind']>, 'open'>;
  }

  async function openConfig(
    config: DestinationConfig,
    fromEnvironment: readonly string[],
  ): Promise<Opened | { readonly missing: string; readonly isLocked: boolean }> {
    const uses = secretsOfDestination(config, fromEnvironment);
    const values = new Map<string, string>();
    try {
      await Promise.all(
        uses.map(async (use) => {
          const value = await secrets.get(use);
          if (value) values.set(use.ownName, value);
        }),
      );
    } catch (error) {
      // Whatever keeps them from being read, poptray is there to say so.
      return { missing: (error as Error).message, isLocked: error instanceof SecretsLocked };
    }
    const unset = [
      ...formOf(config).unset(config),
      ...uses.flatMap(({ name, ownName, variable = name }) => (values.has(ownName) ? [] : [variable])),
    ];
    if (unset.length > 0) return { missing: `not set: ${unset.join(', ')}`, isLocked: false };
    const before = open.get(config.id);
    if (before && isDeepStrictEqual([before.config, before.values], [config, values])) return before;
    const opened = await typeOf(config).open(config, (name) => values.get(name) ?? '', deps);
    return 'missing' in opened ? { ...opened, isLocked: false } : { config, values, destination: opened };
  }

  return {
    async open(destinations, fromEnvironment) {
      const found = await Promise.all(destinations.map((config) => openConfig(config, fromEnvironment)));
      open = new Map(found.flatMap((one) => ('missing' in one ? [] : [[one.config.id, one]])));
      return found.map((one, index): OpenOutlet => {
        const config = destinations[index] as DestinationConfig;
        const { id, required = true } = config;
        if ('missing' in one) {
          const { missing, isLocked } = one;
          return {
            outlet: { id, required, missing },
            config,
            description: formOf(config).describe(config),
            isLocked,
          };
        }
        const { destination } = one;
        const { description } = destination;
        return { outlet: { id, required, destination }, config, description, isLocked: false };
      });
    },
    async stop() {
      await Promise.all(Object.values(types).map((type) => type.stop?.()));
    },
  };
}

/** Whether no agent sees the pops. */
export function isSimulated(outlets: readonly OpenOutlet[]): boolean {
  return outlets.every(({ config }) => config.kind === 'simulator');
}

/** Whether some pops are to be seen on the simulator's agent desktop. */
export function hasSimulator(outlets: readonly OpenOutlet[]): boolean {
  return outlets.some(({ config }) => config.kind === 'simulator');
}

/** For people: where pops go. */
export function sayWhere(outlets: readonly OpenOutlet[]): string {
  return outlets.map(({ description }) => description).join(' and ');
}
