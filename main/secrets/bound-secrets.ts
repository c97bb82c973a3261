/** A person's secrets, each bound to the origin that it was entered for: who changes an address does not get them along. */
import * as z from 'zod';
import type { PersonalSecret } from '../../shared/secret-names.ts';
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
  /** Binds those that are bound to nothing yet, such as those of version 0.1, to what the settings say at a start. */
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

const bindingsSchema = z.strictObject({
  version: z.literal(1),
  /** By the secret's name; those of the environment by themselves, so that keeping another one does not free them. */
  kept: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
});
type Bindings = z.infer<typeof bindingsSchema>;

/** The bindings are kept as a secret: who can change them can read the others as well. */
export function createBoundSecrets(
  secrets: Pick<Secrets, 'get' | 'set' | 'delete' | 'source'>,
): BoundSecrets {
  const inTurn = createSerialQueue();

  async function read(): Promise<Bindings> {
    const text = await secrets.get('secret-origins');
    if (text === undefined) return { version: 1, kept: {}, environment: {} };
    try {
      return bindingsSchema.parse(JSON.parse(text));
    } catch {
      throw new Error('the secret secret-origins is damaged: take it away, and enter the others again');
    }
  }

  async function change(act: (bindings: Bindings) => void): Promise<void> {
    const bindings = await read();
    const before = JSON.stringify(bindings);
    act(bindings);
    const after = JSON.stringify(bindings);
    if (after !== before) await secrets.set('secret-origins', after);
  }

  /** Whether it comes from the environment; undefined when there is none, or none that has to be bound. */
  async function placeOf({
    name,
    isNamedInEnvironment,
  }: SecretUse): Promise<(keyof Bindings & ('kept' | 'environment')) | undefined> {
    const source = await secrets.source(name);
    // Who names the secret and its origin in one environment has entered it for that.
    if (source === null || (source === 'environment' && isNamedInEnvironment)) return undefined;
    return source === 'environment' ? 'environment' : 'kept';
  }

  const bindUnbound = (uses: readonly SecretUse[], originFor: (use: SecretUse) => string) =>
    inTurn(async () => {
      const found = await Promise.all(uses.map(async (use) => ({ use, place: await placeOf(use) })));
      if (found.every(({ place }) => place === undefined)) return;
      await change((bindings) => {
        for (const { use, place } of found)
          if (place && !Object.hasOwn(bindings[place], use.name)) bindings[place][use.name] = originFor(use);
      });
    });

  return {
    async get(use) {
      const place = await placeOf(use);
      const bound = place && (await read())[place][use.name];
      if (bound !== undefined && bound !== use.origin)
        throw new SecretElsewhere(elsewhere(use, bound, place));
      return secrets.get(use.name);
    },
    set: (name, value, origin) =>
      inTurn(async () => {
        // In this order: cut off in between, it has to be entered once more.
        await secrets.set(name, value);
        await change(({ kept }) => {
          if (origin === null) delete kept[name];
          else kept[name] = origin;
        });
      }),
    delete: (name) =>
      inTurn(async () => {
        const wasThere = await secrets.delete(name);
        await change(({ kept }) => delete kept[name]);
        return wasThere;
      }),
    async origin(name) {
      const source = await secrets.source(name);
      return source === null
        ? undefined
        : (await read())[source === 'environment' ? 'environment' : 'kept'][name];
    },
    adopt: (uses) => bindUnbound(uses, ({ origin }) => origin),
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
