/** The OS keychain: Secret Service, macOS Keychain or Windows Credential Manager, through keytar. */

import { createHash } from 'node:crypto';
import { createSerialQueue } from '../../shared/serial-queue.ts';
import type { Environment } from '../platform/environment.ts';
import { folderPlace, type Keychain, takeItemsAlong } from './folder-place.ts';

type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>;

export interface KeychainUnavailable {
  /**
   * `off`: switched off on purpose; `absent`: not on this machine; `no-bus`: this process is outside of the session that has it;
   * `locked`: there, but it refuses or is silent.
   */
  readonly kind: 'off' | 'absent' | 'no-bus' | 'locked';
  readonly reason: string;
  /** What comes of a call that is still under way, because somebody is being asked for a password. */
  readonly later?: Promise<KeychainState>;
}

/** What the system takes for a secret, in bytes: CRED_MAX_CREDENTIAL_BLOB_SIZE of Windows; the others have no limit that matters. */
export function longestSecret(platform: string): number {
  return platform === 'win32' ? 2560 : Number.POSITIVE_INFINITY;
}

export type KeychainState =
  | { readonly keychain: Keychain; readonly unavailable?: never }
  | { readonly unavailable: KeychainUnavailable; readonly keychain?: never };

export interface KeychainOptions {
  readonly env: Environment;
  /** Must exist. */
  readonly dataDir: string;
  /** Whether items of a folder that was moved are to go along; for the holder of the log's lock. */
  readonly mayMove?: boolean;
  /** For each call to the keychain; milliseconds. */
  readonly limitMs?: number;
  readonly load?: () => Promise<Keytar>;
}

/** Why a service that has answered this process is not there any more. */
export const SERVICE_GONE = 'its service has ended, or was started anew while poptray ran';

const SERVICE = 'poptray';
const PROBE = 'probe';
const PROOF = 'poptray can use this keychain';

/**
 * Opens the keychain by using it: an item `probe` is read, and written if it is not there. Rejects only if `dataDir` is missing.
 * On a desktop this may ask the user to unlock it; call it again after that.
 */
export async function openKeychain(options: KeychainOptions): Promise<KeychainState> {
  const {
    env,
    dataDir,
    mayMove = false,
    limitMs = 3_000,
    load = async () => (await import('keytar')).default,
  } = options;
  if (env.POPTRAY_KEYCHAIN === 'off') return unavailable('off', 'POPTRAY_KEYCHAIN=off');
  let keytar: Keytar;
  try {
    keytar = await load();
  } catch {
    const hint = process.platform === 'linux' ? '; it needs libsecret (Debian: libsecret-1-0)' : '';
    return unavailable('absent', `keytar does not load${hint}`);
  }
  const itemsOf = (path: string) => adapter(keytar, path, limitMs);
  const judge = ({ message }: Error): KeychainUnavailable => ({
    kind: NO_BUS.some((pattern) => pattern.test(message))
      ? 'no-bus'
      : isAbsence(message)
        ? 'absent'
        : 'locked',
    reason: message,
  });
  const proof = askInTurn(keytar, limitMs, (signal) => prove(keytar, signal));
  const later = proof.atLast
    .then(async (): Promise<KeychainState> => {
      if (mayMove) await takeItemsAlong(dataDir, itemsOf);
      return { keychain: itemsOf(folderPlace(dataDir).keptFor) };
    })
    .catch((error): KeychainState => ({ unavailable: judge(error) }));
  return proof.inTime.then(
    () => later,
    (error) => ({ unavailable: { ...judge(error), later } }),
  );
}

function adapter(keytar: Keytar, path: string, limitMs: number): Keychain {
  // One machine may have several data folders. All are told apart, the default one too: which folder is the
  // default hangs on XDG_CONFIG_HOME, so two of them could claim the plain name.
  const folder = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const account = (name: string) => `${name}@${folder}`;
  return {
    get: (name) =>
      oneAtATime(keytar, limitMs, async (signal) => {
        const value = await keytar.getPassword(SERVICE, account(name));
        if (value !== null) return value;
        // A locked Secret Service says null as well (atom/node-keytar#422). Read again after the proof: it may have
        // been unlocked on the way.
        await prove(keytar, signal);
        return keytar.getPassword(SERVICE, account(name));
      }),
    set: (name, value) =>
      oneAtATime(keytar, limitMs, () => keytar.setPassword(SERVICE, account(name), value)),
    delete: (name) =>
      oneAtATime(keytar, limitMs, async (signal) => {
        if (await keytar.deletePassword(SERVICE, account(name))) return true;
        await prove(keytar, signal);
        return keytar.deletePassword(SERVICE, account(name));
      }),
  };
}

/** Rejects unless the keychain gives back what it holds: reading alone cannot tell empty from locked. */
async function prove(keytar: Keytar, signal: AbortSignal): Promise<void> {
  if ((await keytar.getPassword(SERVICE, PROBE)) === PROOF) return;
  signal.throwIfAborted();
  await keytar.setPassword(SERVICE, PROBE, PROOF);
  if ((await keytar.getPassword(SERVICE, PROBE)) !== PROOF)
    throw new Error('it does not keep what it is given');
}

/** How GLib says that there is no bus. */
const NO_BUS = [
  /^Cannot autolaunch D-Bus/, // no bus and no display
  /^Cannot spawn a message bus/, // and no machine id either: a bare container
  /dbus-launch/, // a display, but no bus to be had for it
  /^Could not connect: (No such file or directory|Connection refused)$/, // a session that has ended
  /^The given address is empty$/,
  /transport “disabled”/, // DBUS_SESSION_BUS_ADDRESS=disabled: is a habit of containers
];

/** The same, and how the bus says that nothing on it keeps secrets. */
const ABSENCE = [
  ...NO_BUS,
  /not provided by any \.service files/, // dbus-daemon
  /is not activatable/, // dbus-broker
];

/** How gnome-keyring says that it knows nothing of what libsecret began with the one before. */
const OTHER_SERVICE = /^The session\b.* does not exist$/;

/** What is not known counts as locked, so that nothing falls back to a file by mistake. */
const isAbsence = (message: string) => ABSENCE.some((pattern) => pattern.test(message));

const unavailable = (kind: KeychainUnavailable['kind'], reason: string): KeychainState => ({
  unavailable: { kind, reason },
});

/**
 * The call under way, for the whole process: keytar blocks a thread of libuv's pool for as long as an unlock dialog
 * is open, and four blocked threads would stop all file access and name lookups.
 */
const inTurn = createSerialQueue();

/**
 * Those that have found their service. libsecret goes on with the very process that it has found first: where that has
 * ended, only a new process of ours finds the next one.
 */
const reached = new WeakSet<Keytar>();

function oneAtATime<T>(
  keytar: Keytar,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return askInTurn(keytar, limitMs, work).inTime;
}

/** `inTime` rejects at the limit, `atLast` ends with the call itself. */
function askInTurn<T>(keytar: Keytar, limitMs: number, work: (signal: AbortSignal) => Promise<T>) {
  const late = new AbortController();
  const result = inTurn(async () => {
    late.signal.throwIfAborted();
    process.on('exit', leaveAnyway);
    try {
      const answer = await work(late.signal);
      reached.add(keytar);
      return answer;
    } catch (error) {
      const { message } = error as Error;
      const isAbsent = isAbsence(message);
      if (isAbsent ? reached.has(keytar) : OTHER_SERVICE.test(message))
        throw new Error(SERVICE_GONE, { cause: error });
      if (!isAbsent) reached.add(keytar);
      throw error;
    } finally {
      process.off('exit', leaveAnyway);
    }
  });
  const inTime = new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      const silence = new Error(`it did not answer within ${limitMs} ms; it may be waiting for its password`);
      late.abort(silence);
      reject(silence);
    }, limitMs);
    timer.unref();
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
  return { inTime, atLast: result };
}

/** Node joins the pool's threads before it exits, so one in a silent keychain would keep the process for ever. */
function leaveAnyway(code: number): void {
  // Windows has no such dialog, and its libuv does not wait.
  if (process.platform === 'win32' || !process.execve) return;
  // A call that is merely unfinished gets the time to end.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  process.execve('/bin/sh', ['sh', '-c', `exit ${code}`], {});
}
