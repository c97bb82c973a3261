/** What every entry of poptray (headless, command, shell) builds first: folder, settings, secrets, tokens. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { createLocalTokens, type LocalTokens } from './endpoint/local-tokens.ts';
import { createSystemClock } from './platform/clock.ts';
import { defaultDataDir, ensureDataDir } from './platform/data-dir.ts';
import { openKeychain } from './platform/keychain.ts';
import { privateFileAt, readPrivateFile, writePrivateFile } from './platform/private-file.ts';
import { createSecrets, type Secrets } from './platform/secrets.ts';
import type { Environment } from './platform/settings.ts';

/** The client name of the poptray command's own token. */
const COMMAND_CLIENT = 'poptray-command';

export interface Host {
  readonly dataDir: string;
  readonly env: Environment;
  readonly clock: ReturnType<typeof createSystemClock>;
  readonly localTokens: LocalTokens;
  secrets(): Promise<Secrets>;
}

/** `dataDir` wins over POPTRAY_DATA_DIR. Throws an Error that says what to do when the folder is not private. */
export function openHost(env: Environment, dataDir?: string): Host {
  const dir = defaultDataDir(
    dataDir === undefined ? env : { ...env, POPTRAY_DATA_DIR: dataDir },
    process.platform,
  );
  ensureDataDir(dir);
  const clock = createSystemClock();
  const file = privateFileAt(join(dir, 'tokens.json'));
  let secrets: Promise<Secrets> | undefined;
  return {
    dataDir: dir,
    env,
    clock,
    localTokens: createLocalTokens({ file, envToken: env.POPTRAY_TOKEN, clock }),
    secrets() {
      secrets ??= openKeychain({ env, dataDir: dir }).then((keychain) =>
        createSecrets({ env, keychain, dataDir: dir, onWarning: () => {} }),
      );
      return secrets;
    },
  };
}

/** Where a running poptray listens, for the command to find it. */
const endpointSchema = z.object({ port: z.int(), pid: z.int() });
const endpointPath = (dataDir: string) => join(dataDir, 'endpoint.json');

export function noteEndpoint(dataDir: string, port: number): void {
  writePrivateFile(endpointPath(dataDir), `${JSON.stringify({ port, pid: process.pid })}\n`);
}

export function forgetEndpoint(dataDir: string): void {
  rmSync(endpointPath(dataDir), { force: true });
}

/** The port that a poptray with this folder listens on; undefined when none runs. */
export function notedPort(dataDir: string): number | undefined {
  const text = readPrivateFile(endpointPath(dataDir));
  const noted = text === undefined ? undefined : endpointSchema.safeParse(JSON.parse(text)).data;
  return noted && isAlive(noted.pid) ? noted.port : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Gives the poptray command a token of its own, kept among the secrets. */
export async function ensureCommandToken({ localTokens, secrets }: Host): Promise<void> {
  const store = await secrets();
  const kept = await store.get('local-token');
  if (kept !== undefined && localTokens.identify(kept) === COMMAND_CLIENT) return;
  const isKnown = localTokens.list().some(({ name }) => name === COMMAND_CLIENT);
  await store.set(
    'local-token',
    isKnown ? localTokens.reset(COMMAND_CLIENT) : localTokens.create(COMMAND_CLIENT),
  );
}
