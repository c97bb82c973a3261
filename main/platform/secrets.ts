/** Secrets: from the environment, else the OS keychain, else — with a standing warning — a private file. */
import { join } from 'node:path';
import * as z from 'zod';
import { PopError } from '../pipeline/errors.ts';
import { HostUnfit } from './data-dir.ts';
import type { KeychainState } from './keychain.ts';
import { type PrivateFile, privateFileAt } from './private-file.ts';

export type SecretName =
  | 'client-secret'
  | 'signing-secret'
  | 'audit-key'
  | 'audit-root'
  | 'audit-signing-key'
  | 'audit-checkpoint'
  | 'digest-key'
  | 'local-token'
  | `webhook-secret:${string}`
  | `shipper-secret:${string}`;

export interface Secrets {
  /** Rejects with SecretsLocked while the place that may hold it cannot be read. */
  get(name: SecretName): Promise<string | undefined>;
  /** Keeps it in the keychain, or in the file if there is no keychain; the environment still wins. */
  set(name: SecretName, value: string): Promise<void>;
  /** Removes it from the keychain and the file; whether there was one. */
  delete(name: SecretName): Promise<boolean>;
  source(name: SecretName): Promise<SecretSource | null>;
  /** The secret, made and kept first if there is none. */
  getOrCreate(name: SecretName, make: () => string): Promise<string>;
  /** What to tell the user while secrets are kept in the file. */
  readonly warning: string | undefined;
  /** Asks a keychain that was locked or out of reach once more; resolves when it has answered, however long that takes. */
  lookAgain(): Promise<void>;
}

type SecretSource = 'environment' | 'keychain' | 'file';

/** The keychain is there but cannot be used; the message says what to do. */
export class SecretsLocked extends PopError {
  override readonly name = 'SecretsLocked';

  constructor(message: string) {
    super('secrets_locked', message);
  }
}

export interface SecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keychain: KeychainState;
  /** Opens the keychain anew. */
  readonly reopen?: () => Promise<KeychainState>;
  readonly dataDir: string;
  /** Called once, at the start, if there is a warning. */
  readonly onWarning: (text: string) => void;
}

const VARIABLES: Readonly<Record<string, string>> = {
  'client-secret': 'GENESYS_CLIENT_SECRET',
  'signing-secret': 'SIGNING_SECRET',
  'webhook-secret:productivity': 'PRODUCTIVITY_WEBHOOK_SECRET',
};

const secretsSchema = z.strictObject({
  version: z.literal(1),
  secrets: z.record(z.string(), z.string().min(1)),
});
const namesSchema = z.strictObject({ version: z.literal(1), names: z.array(z.string()) });

/** Throws if secrets.json is there and not private, or damaged; not while the keychain is locked, which rules it out. */
export function createSecrets(options: SecretsOptions): Secrets {
  const { env, dataDir, onWarning, reopen = async () => options.keychain } = options;
  let { keychain, unavailable } = options.keychain;
  const secretsPath = join(dataDir, 'secrets.json');
  const secretsFile = privateFileAt(secretsPath);
  // Names alone. Without them a start out of the keychain's reach, over ssh or from cron, would take the audit key
  // for missing and make another.
  const namesPath = join(dataDir, 'keychain.json');
  const namesFile = privateFileAt(namesPath);

  const readSecrets = () => parse(secretsFile, secretsPath, secretsSchema)?.secrets ?? {};
  const readNames = () => parse(namesFile, namesPath, namesSchema)?.names ?? [];
  const writeSecret = (name: SecretName, value?: string) => {
    const { [name]: old, ...others } = readSecrets();
    if (old === value) return;
    const secrets = value === undefined ? others : { ...others, [name]: value };
    secretsFile.write(`${JSON.stringify({ version: 1, secrets }, null, 2)}\n`);
  };
  const writeName = (name: SecretName, held: boolean) => {
    const names = readNames();
    if (names.includes(name) === held) return;
    const next = held ? [...names, name] : names.filter((other) => other !== name);
    namesFile.write(`${JSON.stringify({ version: 1, names: next }, null, 2)}\n`);
  };

  const advice = (name: SecretName) => {
    const variable = VARIABLES[name];
    return variable ? `, or set ${variable} in the environment` : '';
  };
  const locked = (name: SecretName, reason: string) =>
    new SecretsLocked(
      `The OS keychain is locked or refuses poptray (${reason}). Unlock it${advice(name)}. ` +
        'Where there is no one to unlock it, POPTRAY_KEYCHAIN=off keeps secrets in a file.',
    );
  /** Throws if `name` may be where we cannot look now. */
  const demandReach = (name: SecretName) => {
    if (!unavailable) return;
    if (unavailable.kind === 'locked') throw locked(name, unavailable.reason);
    if (!readNames().includes(name)) return;
    // Nothing that could come of it later would change what the environment says.
    const Refusal = unavailable.kind === 'off' ? HostUnfit : SecretsLocked;
    throw new Refusal(
      `${name} is in the OS keychain, which is out of reach here (${unavailable.reason}). Start poptray in your ` +
        `desktop session${advice(name)}. To give up what the keychain holds, delete ${namesPath}.`,
    );
  };
  const ask = async <T>(name: SecretName, question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      throw locked(name, (error as Error).message);
    }
  };

  const find = async (name: SecretName): Promise<{ source: SecretSource; value: string } | undefined> => {
    const given = env[VARIABLES[name] ?? ''];
    if (given) return { source: 'environment', value: given };
    demandReach(name);
    const kept = keychain && (await ask(name, keychain.get(name)));
    if (kept) return { source: 'keychain', value: kept };
    const written = readSecrets()[name];
    return written === undefined ? undefined : { source: 'file', value: written };
  };
  const set = async (name: SecretName, value: string) => {
    if (value === '') throw new Error(`${name} must not be empty`);
    demandReach(name);
    if (!keychain) return writeSecret(name, value);
    await ask(name, keychain.set(name, value));
    writeName(name, true);
    writeSecret(name);
  };

  // One after the other, so that two callers do not each make a key.
  let creating: Promise<unknown> = Promise.resolve();
  const getOrCreate = (name: SecretName, make: () => string): Promise<string> => {
    const result = creating.then(async () => {
      const found = await find(name);
      if (found) return found.value;
      const value = make();
      await set(name, value);
      return value;
    });
    creating = result.catch(() => {});
    return result;
  };

  const warningNow = () => {
    if (unavailable?.kind === 'locked') return undefined;
    const names = Object.keys(readSecrets());
    if (unavailable)
      return `Secrets are kept unencrypted in ${secretsPath}, which only you can read: no OS keychain (${unavailable.reason}).`;
    if (names.length === 0) return undefined;
    return `${secretsPath} still holds secrets unencrypted, from a start without the OS keychain: ${names.join(', ')}. Setting one again moves it into the keychain.`;
  };
  const warning = warningNow();
  if (warning) onWarning(warning);

  return {
    get: async (name) => (await find(name))?.value,
    source: async (name) => (await find(name))?.source ?? null,
    set,
    delete: async (name) => {
      demandReach(name);
      const written = readSecrets()[name] !== undefined;
      const kept = keychain ? await ask(name, keychain.delete(name)) : false;
      writeName(name, false);
      writeSecret(name);
      return kept || written;
    },
    getOrCreate,
    async lookAgain() {
      const was = unavailable?.kind;
      const state = await (unavailable?.later ?? reopen());
      // Whoever did not answer in time is waited for.
      ({ keychain, unavailable } = (await state.unavailable?.later) ?? state);
      // What was there once does not make way for the file when it is gone.
      if (was === 'locked' && unavailable) unavailable = { ...unavailable, kind: 'locked' };
    },
    get warning() {
      return warningNow();
    },
  };
}

/** Errors of JSON and zod quote what they read, so they are left out. */
function parse<T>(file: PrivateFile, path: string, schema: z.ZodType<T>): T | undefined {
  const text = file.read();
  if (text === undefined) return undefined;
  let parsed: z.ZodSafeParseResult<T> | undefined;
  try {
    parsed = schema.safeParse(JSON.parse(text));
  } catch {
    // Not JSON: the same to the user.
  }
  if (!parsed?.success)
    throw new Error(`${path} is damaged: restore it from a backup, or delete it and set its secrets again.`);
  return parsed.data;
}
