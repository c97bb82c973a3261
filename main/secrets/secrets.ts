/** Secrets: from the environment, else the OS keychain, else — with a standing warning — a private file. */

import { type Cause, makeCause, sayCause } from '../../shared/causes.ts';
import {
  EARLIER_SECRET_NAMES,
  type PersonalSecret,
  personalSecretSchema,
} from '../../shared/secret-names.ts';
import { secretText } from '../../shared/secret-text.ts';
import { secretFacts } from '../../shared/secrets.ts';
import { createSerialQueue } from '../../shared/serial-queue.ts';
import { PopError } from '../pipeline/errors.ts';
import { HostUnfit } from '../platform/data-dir.ts';
import type { Environment } from '../platform/environment.ts';
import { type KeychainState, longestSecret, SERVICE_GONE } from './keychain.ts';
import { secretFilesIn } from './secret-files.ts';

export type SecretName =
  | PersonalSecret
  | 'audit-key'
  | 'audit-root'
  | 'audit-signing-key'
  | 'audit-checkpoint'
  | 'audit-witness'
  | 'digest-key'
  | 'local-token'
  | 'secret-origins'
  | `secret-origin:${PersonalSecret}`
  | `sealed-log:${string}`;

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
  /** Gives those that an earlier version has kept their name of today. Ends what a crash has cut off; rejects as `set` does. */
  takeOverEarlier(): Promise<void>;
  /** Asks a keychain that was locked or out of reach once more; resolves when it has answered, however long that takes. */
  lookAgain(): Promise<void>;
}

type SecretSource = 'environment' | 'keychain' | 'file';

/** The keychain is there but cannot be used; the message says what to do. */
export class SecretsLocked extends PopError {
  override readonly name = 'SecretsLocked';

  constructor(because: Cause, variable?: string) {
    const instead = variable === undefined ? '' : ` Or set ${variable} in the environment.`;
    super('secrets_locked', `${sayCause(because)}${instead}`);
  }
}

/** The keychain would not take it; the message says what to do. */
class SecretTooLong extends PopError {
  override readonly name = 'SecretTooLong';
}

export interface SecretsOptions {
  readonly env: Environment;
  readonly keychain: KeychainState;
  /** Opens the keychain anew. */
  readonly reopen?: () => Promise<KeychainState>;
  readonly dataDir: string;
  /** `process.platform` where it is not given. */
  readonly platform?: string;
}

/** The variable that it can come from. */
function variableOf(name: SecretName): string | undefined {
  const personal = personalSecretSchema.safeParse(name);
  return personal.success ? secretFacts(personal.data).variable : undefined;
}

/** The name under which an earlier version has kept it. */
function earlierName(name: SecretName): string | undefined {
  const [, prefix = '', personal = ''] = /^(secret-origin:)?(.*)$/.exec(name) ?? [];
  const earlier = EARLIER_SECRET_NAMES.get(personal as PersonalSecret);
  return earlier === undefined ? undefined : prefix + earlier;
}

/** Throws if secrets.json is there and not private, or damaged; not while the keychain is locked, which rules it out. */
export function createSecrets(options: SecretsOptions): Secrets {
  const { env, dataDir, platform = process.platform } = options;
  const { reopen = async () => options.keychain } = options;
  let { keychain, unavailable } = options.keychain;
  const files = secretFilesIn(dataDir);

  const locked = (name: SecretName, reason: string) => {
    const code = reason === SERVICE_GONE ? 'keychain_restarted' : 'keychain_locked';
    return new SecretsLocked(makeCause(code, { reason }), variableOf(name));
  };
  /** Throws if `name` may be where we cannot look now, by the name under which it is kept. */
  const demandReach = (name: SecretName, keptAs: string = name) => {
    if (!unavailable) return;
    if (unavailable.kind === 'locked') throw locked(name, unavailable.reason);
    if (!files.names().includes(keptAs)) return;
    const { kind, reason } = unavailable;
    const list = files.namesPath;
    // Nothing that could come of it later would change what the environment says.
    if (kind === 'off') throw new HostUnfit(sayCause(makeCause('keychain_off', { name, list })));
    const because =
      kind === 'no-bus'
        ? makeCause('no_session_bus', { name, reason })
        : makeCause('no_keychain', { name, reason, list });
    throw new SecretsLocked(because, variableOf(name));
  };
  const ask = async <T>(name: SecretName, question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      throw locked(name, (error as Error).message);
    }
  };

  const find = async (name: SecretName): Promise<{ source: SecretSource; value: string } | undefined> => {
    const given = secretText(env[variableOf(name) ?? ''] ?? '');
    if (given) return { source: 'environment', value: given };
    const earlier = earlierName(name);
    return (earlier && (await findKept(name, earlier))) || findKept(name);
  };
  const findKept = async (name: SecretName, keptAs: string = name) => {
    demandReach(name, keptAs);
    const kept = secretText((keychain && (await ask(name, keychain.get(keptAs)))) ?? '');
    if (kept) return { source: 'keychain' as const, value: kept };
    const written = secretText(files.secrets()[keptAs] ?? '');
    return written ? { source: 'file' as const, value: written } : undefined;
  };
  /** What is there under the earlier name counts: who has gone back to the earlier version has entered it last. */
  const takeOver = async (name: SecretName) => {
    const earlier = earlierName(name);
    const kept = earlier && (await findKept(name, earlier));
    if (!earlier || !kept) return;
    await write(name, kept.value);
    if ((await findKept(name))?.value !== kept.value)
      throw new Error(`${name} is not kept as it was given, so ${earlier} stays`);
    await remove(name, earlier);
  };
  const set = async (name: SecretName, value: string) => {
    await takeOver(name);
    await write(name, value);
  };
  /** Whether there was one. */
  const remove = async (name: SecretName, keptAs: string = name) => {
    demandReach(name, keptAs);
    const written = files.secrets()[keptAs] !== undefined;
    const kept = keychain ? await ask(name, keychain.delete(keptAs)) : false;
    files.writeName(keptAs, false);
    files.writeSecret(keptAs);
    return kept || written;
  };
  const write = async (name: SecretName, given: string) => {
    const value = secretText(given);
    if (value === '') throw new Error(`${name} must not be empty`);
    demandReach(name);
    if (!keychain) return files.writeSecret(name, value);
    const bytes = Buffer.byteLength(value);
    const limit = longestSecret(platform);
    if (bytes > limit)
      throw new SecretTooLong(
        'secrets_locked',
        sayCause(makeCause('too_long_for_keychain', { name, bytes: String(bytes), limit: String(limit) })),
      );
    await ask(name, keychain.set(name, value));
    files.writeName(name, true);
    files.writeSecret(name);
  };

  // One after the other, so that two callers do not each make a key.
  const inTurn = createSerialQueue();
  const getOrCreate = (name: SecretName, make: () => string): Promise<string> =>
    inTurn(async () => {
      const found = await find(name);
      if (found) return found.value;
      const value = make();
      await set(name, value);
      return value;
    });

  const warningNow = () => {
    if (unavailable?.kind === 'locked') return undefined;
    const names = Object.keys(files.secrets());
    // Whether it can be used shows now, and not with the first secret that is asked for.
    files.names();
    if (unavailable)
      return `Secrets are kept unencrypted in ${files.secretsPath}, which only you can read: no OS keychain (${unavailable.reason}).`;
    if (names.length === 0) return undefined;
    return `${files.secretsPath} still holds secrets unencrypted, from a start without the OS keychain: ${names.join(', ')}. Setting one again moves it into the keychain.`;
  };
  // What a file that is damaged, or not private, makes it throw is thrown now.
  warningNow();

  return {
    get: async (name) => (await find(name))?.value,
    source: async (name) => (await find(name))?.source ?? null,
    set,
    delete: async (name) => {
      const earlier = earlierName(name);
      const wasKept = earlier !== undefined && (await remove(name, earlier));
      return (await remove(name)) || wasKept;
    },
    async takeOverEarlier() {
      for (const name of EARLIER_SECRET_NAMES.keys()) {
        await takeOver(name);
        await takeOver(`secret-origin:${name}`);
      }
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
