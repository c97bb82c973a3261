/** A person's secrets, each bound to the origin that it was entered for: who changes an address does not get them along. */
import * as z from 'zod';
import { EARLIER_SECRET_NAMES, type PersonalSecret } from '../../shared/secret-names.ts';
import type { SecretUse } from '../../shared/secrets.ts';
import { createSerialQueue } from '../../shared/serial-queue.ts';
import { type Secrets, SecretsLocked } from './secrets.ts';

export interface BoundSecrets {
  /** Rejects with SecretsLocked, and with SecretElsewhere when it was entered for another origin. */
  get(use: SecretUse): Promise<string | undefined>;
  /** Keeps it for `origin`; null: for that of the settings at the next start. */
  set(name: PersonalSecret, value: string, origin: string | null): Promise<void>;
  /** Whether there was one. */
  delete(name: PersonalSecret): Promise<boolean>;
  /** The origin that it was entered for, empty when nothing had use for it; undefined when it is bound to none yet. */
  origin(name: PersonalSecret): Promise<string | undefined>;
  /** Takes over those of an earlier version, and binds what is bound to nothing yet to what the settings say at a start. */
  adopt(uses: readonly SecretUse[]): Promise<void>;
  /** Those of `uses` that are bound to nothing yet are not for these: who changes an address has not entered them. */
  disown(uses: readonly SecretUse[]): Promise<void>;
}

/** The message says which secret, for which origin it was entered, and what to do. */
export class SecretElsewhere extends Error {
  override readonly name = 'SecretElsewhere';
}

/** For people: those that are not used, because they were entered for another origin or cannot be read. While the secrets are locked nobody can tell. */
export async function secretFaults(
  secrets: Pick<BoundSecrets, 'get'>,
  uses: readonly SecretUse[],
): Promise<string[]> {
  const faults = uses.map((use) =>
    secrets.get(use).then(
      () => [],
      (error) => {
        return error instanceof SecretsLocked ? [] : [(error as Error).message];
      },
    ),
  );
  return (await Promise.all(faults)).flat();
}

/** In the place of an origin: it was entered when nothing had use for it. */
const NOTHING = '';

/** The origins of a secret that is kept, and of one of the environment: keeping another one does not free that. */
const bindingSchema = z.strictObject({
  version: z.literal(1),
  kept: z.string().optional(),
  environment: z.string().optional(),
});
type Binding = z.infer<typeof bindingSchema>;

/** Once all of them stood in one secret, which grew too long for the keychain of Windows; by the secrets' names. */
const bindingsSchema = z.strictObject({
  version: z.literal(1),
  kept: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
});

const bindingOf = (name: PersonalSecret) => `secret-origin:${name}` as const;

/** The bindings are kept as secrets: who can change them can read the others as well. */
export function createBoundSecrets(
  secrets: Pick<Secrets, 'get' | 'set' | 'delete' | 'source' | 'takeOverEarlier'>,
): BoundSecrets {
  const inTurn = createSerialQueue();

  async function read(name: PersonalSecret): Promise<Binding> {
    const own = await secrets.get(bindingOf(name));
    const all = own === undefined ? await secrets.get('secret-origins') : undefined;
    try {
      if (own !== undefined) return bindingSchema.parse(JSON.parse(own));
      if (all === undefined) return { version: 1 };
      const { kept, environment } = bindingsSchema.parse(JSON.parse(all));
      const then = EARLIER_SECRET_NAMES.get(name) ?? name;
      return { version: 1, kept: kept[then], environment: environment[then] };
    } catch {
      throw new Error(
        `Which address ${name} is for cannot be read, so it is not used: enter it again, under Secrets in the dashboard’s settings or with "poptray secret set ${name}".`,
      );
    }
  }

  /** Written also where it binds to nothing: what stands with all the others counts no more then. */
  async function write(name: PersonalSecret, binding: Binding): Promise<void> {
    await secrets.set(bindingOf(name), JSON.stringify(binding));
  }

  /** Of one that is kept; what cannot be read is replaced. */
  async function bindKept(name: PersonalSecret, origin: string | undefined): Promise<void> {
    const { kept, environment } = await read(name).catch((error): Partial<Binding> => {
      if (error instanceof SecretsLocked) throw error;
      return { kept: NOTHING };
    });
    if (kept !== origin) await write(name, { version: 1, kept: origin, environment });
  }

  /** Whether it comes from the environment; undefined when there is none, or none that has to be bound. */
  async function placeOf({
    name,
    isNamedInEnvironment,
  }: SecretUse): Promise<'kept' | 'environment' | undefined> {
    const source = await secrets.source(name);
    // Who names the secret and its origin in one environment has entered it for that.
    if (source === null || (source === 'environment' && isNamedInEnvironment)) return undefined;
    return source === 'environment' ? 'environment' : 'kept';
  }

  const bindUnbound = (uses: readonly SecretUse[], originFor: (use: SecretUse) => string) =>
    inTurn(async () => {
      const found = await Promise.all(uses.map(async (use) => ({ use, place: await placeOf(use) })));
      for (const { use, place } of found) {
        if (place === undefined) continue;
        const binding = await read(use.name);
        if (binding[place] === undefined) await write(use.name, { ...binding, [place]: originFor(use) });
      }
    });

  return {
    async get(use) {
      const place = await placeOf(use);
      const bound = place && (await read(use.name))[place];
      if (bound !== undefined && bound !== use.origin)
        throw new SecretElsewhere(elsewhere(use, bound, place));
      return secrets.get(use.name);
    },
    set: (name, value, origin) =>
      inTurn(async () => {
        // In this order: cut off in between, it has to be entered once more.
        await secrets.set(name, value);
        await bindKept(name, origin ?? undefined);
      }),
    delete: (name) =>
      inTurn(async () => {
        const wasThere = await secrets.delete(name);
        await bindKept(name, undefined);
        return wasThere;
      }),
    async origin(name) {
      const source = await secrets.source(name);
      return source === null
        ? undefined
        : (await read(name))[source === 'environment' ? 'environment' : 'kept'];
    },
    async adopt(uses) {
      await inTurn(secrets.takeOverEarlier);
      await bindUnbound(uses, ({ origin }) => origin);
    },
    disown: (uses) => bindUnbound(uses, () => NOTHING),
  };
}

function elsewhere(
  { name, label, origin, addressVariables }: SecretUse,
  bound: string,
  place: string | undefined,
): string {
  const past = bound === NOTHING ? 'before anything had use for it' : `for ${bound}`;
  const way =
    place === 'environment'
      ? `name the address in the environment too, beside the secret (${addressVariables})`
      : `enter it again, under Secrets in the dashboard’s settings or with "poptray secret set ${name}"`;
  const back = bound === NOTHING ? '' : ', or set the address back';
  return `The ${label} was entered ${past} and is not used for ${origin}: ${way}${back}.`;
}
