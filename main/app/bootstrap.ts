/** What every entry of poptray (headless, command, shell) builds first: folder, settings, secrets, tokens. */
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeCause, sayCause } from '../../shared/causes.ts';
import { fileCause } from '../../shared/file-cause.ts';
import { secretText } from '../../shared/secret-text.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import { createSystemClock } from '../platform/clock.ts';
import { defaultDataDir, ensureDataDir, HostUnfit } from '../platform/data-dir.ts';
import type { Environment } from '../platform/environment.ts';
import { machineId } from '../platform/machine.ts';
import { NoText, privateFileAt, readPrivateFile, writePrivateFile } from '../platform/private-file.ts';
import { folderPlace, notePlace } from '../secrets/folder-place.ts';
import type { Secrets } from '../secrets/secrets.ts';

export interface Host {
  readonly dataDir: string;
  readonly env: Environment;
  readonly clock: ReturnType<typeof createSystemClock>;
  // Loaded when asked for, because a softphone's trigger should not wait for what it does not need.
  localTokens(): Promise<LocalTokens>;
  /** `mayMove`: items that the keychain keeps for where the folder was follow it; for the holder of the log's lock. */
  secrets(mayMove?: boolean): Promise<Secrets>;
}

/** POPTRAY_TOKEN; empty for none. */
export function environmentToken(env: Environment): string {
  return secretText(env.POPTRAY_TOKEN ?? '');
}

/** The folder in use; `dataDir` wins over POPTRAY_DATA_DIR. Throws HostUnfit. */
export function dataDirOf(env: Environment, dataDir?: string): string {
  return defaultDataDir(
    dataDir === undefined ? env : { ...env, POPTRAY_DATA_DIR: dataDir },
    process.platform,
  );
}

/**
 * Makes the folder if it is missing; what this process makes from now on is its owner's alone, also what libraries make.
 * Throws HostUnfit when the folder cannot be had or trusted.
 */
export function claimDataDir(dataDir: string): void {
  process.umask(0o077);
  orUnfit(dataDir, () => ensureDataDir(dataDir));
}

/** Makes the folder if it is missing. Everything here throws HostUnfit; `secrets` also SecretsLocked. */
export function openHost(env: Environment, dataDir?: string): Host {
  const dir = dataDirOf(env, dataDir);
  claimDataDir(dir);
  return hostIn(env, dir);
}

/** As openHost, over a folder that may be missing or unfit: whoever uses it then hears so. */
export function hostIn(env: Environment, dir: string): Host {
  const clock = createSystemClock();
  let secrets: Promise<Secrets> | undefined;
  return {
    dataDir: dir,
    env,
    clock,
    async localTokens() {
      const { createLocalTokens } = await import('../endpoint/local-tokens.ts');
      const file = privateFileAt(join(dir, 'tokens.json'));
      return orUnfit(dir, () => {
        const tokens = createLocalTokens({ file, envToken: env.POPTRAY_TOKEN, clock });
        // The file is read now, and not when the first caller comes.
        tokens.list();
        return tokens;
      });
    },
    secrets(mayMove = false) {
      secrets ??= openSecrets(env, dir, mayMove);
      return secrets;
    },
  };
}

async function openSecrets(env: Environment, dataDir: string, mayMove: boolean): Promise<Secrets> {
  const [{ openKeychain }, { createSecrets }] = await Promise.all([
    import('../secrets/keychain.ts'),
    import('../secrets/secrets.ts'),
  ]);
  orUnfit(dataDir, () => folderPlace(dataDir));
  const reopen = () => openKeychain({ env, dataDir, mayMove });
  const keychain = await reopen();
  return orUnfit(dataDir, () => createSecrets({ env, keychain, reopen, dataDir }));
}

/** Runs `action`; what it throws becomes HostUnfit. */
export function orUnfit<T>(dataDir: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { message, code, path } = error as NodeJS.ErrnoException;
    const cause = fileCause(error, path ?? dataDir);
    const unknown = `The data folder ${dataDir} cannot be used (${code}): set another with --data-dir DIR or POPTRAY_DATA_DIR.`;
    const text = cause ? sayCause(cause) : code === undefined ? message : unknown;
    throw new HostUnfit(text, { cause: error });
  }
}

/** Where a running poptray listens, for the command to find it. */
const notePath = (dataDir: string) => join(dataDir, 'endpoint.json');

interface EndpointNote {
  readonly port: number;
  /** The usual port, where that one serves instead of it. */
  readonly insteadOf: number | null;
}

export function noteEndpoint({ dataDir }: Host, { port, insteadOf }: EndpointNote): void {
  const machine = machineId();
  const note = {
    port,
    ...(insteadOf !== null && { insteadOf }),
    ...(machine && { machine, host: hostname() }),
  };
  writePrivateFile(notePath(dataDir), `${JSON.stringify(note)}\n`);
}

export function forgetEndpoint({ dataDir }: Host): void {
  rmSync(notePath(dataDir), { force: true });
}

/**
 * Where a poptray with this folder has noted that it listens; undefined when there is no note. After a crash the note stays, so
 * whoever listens there has to prove that it is poptray. Throws HostUnfit.
 */
export function notedEndpoint({ dataDir }: Host): EndpointNote | undefined {
  const { port, insteadOf, machine } = readNote(dataDir);
  if (!Number.isInteger(port) || isElsewhere(machine)) return undefined;
  return { port: Number(port), insteadOf: Number.isInteger(insteadOf) ? Number(insteadOf) : null };
}

/** Throws HostUnfit while another machine uses the folder, or has ended without leaving it: two logs in one would destroy each other. */
export function demandThisMachine({ dataDir }: Host): void {
  const { machine, host } = readNote(dataDir);
  if (!isElsewhere(machine)) return;
  const where = typeof host === 'string' && /^[\w.-]{1,253}$/.test(host) ? host : 'another machine';
  throw new HostUnfit(
    `The data folder ${dataDir} is in use by poptray on ${where}, or was when that ended without stopping in order. A folder is ` +
      'for one machine: stop poptray there, or set another folder here with --data-dir DIR or POPTRAY_DATA_DIR. ' +
      `If it does not run there any more, delete ${notePath(dataDir)}.`,
  );
}

/** The folder of which this one is a copy, for people; undefined where it is none. Throws HostUnfit. */
export function copyFault({ dataDir }: Pick<Host, 'dataDir'>): string | undefined {
  const { here, copyOf } = orUnfit(dataDir, () => folderPlace(dataDir));
  return copyOf && sayCause(makeCause('folder_copied', { path: here, other: copyOf }));
}

/** Notes where the folder is. Throws HostUnfit for a copy whose original is there: one key may not write two logs. */
export function demandOnlyFolder(host: Host): void {
  const fault = copyFault(host);
  if (fault !== undefined) throw new HostUnfit(fault);
  orUnfit(host.dataDir, () => notePlace(host.dataDir));
}

function isElsewhere(machine: unknown): boolean {
  const here = machineId();
  return typeof machine === 'string' && here !== undefined && machine !== here;
}

function readNote(dataDir: string): Record<string, unknown> {
  const text = orUnfit(dataDir, () => {
    try {
      return readPrivateFile(notePath(dataDir));
    } catch (error) {
      if (error instanceof NoText) return undefined;
      throw error;
    }
  });
  try {
    return Object(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

/** The port alone. Throws HostUnfit. */
export function notedPort(host: Host): number | undefined {
  return notedEndpoint(host)?.port;
}
