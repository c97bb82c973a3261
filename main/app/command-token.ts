/** The token of the poptray command: made by the app, read by the command. */
import { join } from 'node:path';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import { readPrivateFile, writePrivateFile } from '../platform/private-file.ts';
import { type Host, orUnfit } from './bootstrap.ts';

type TokenHost = Pick<Host, 'dataDir' | 'secrets'>;

/**
 * macOS keeps an item of the keychain for the program that made it, and asks the user before another one reads it: there
 * the token is in a file. Whoever can read that file could ask poptray for the token as well. Throws HostUnfit.
 */
function fileOf({ dataDir }: TokenHost, platform: NodeJS.Platform): string | undefined {
  return platform === 'darwin' ? join(dataDir, 'command-token') : undefined;
}

/** Undefined while there is none. Throws HostUnfit and SecretsLocked. */
export async function readCommandToken(
  host: TokenHost,
  platform = process.platform,
): Promise<string | undefined> {
  const file = fileOf(host, platform);
  if (file === undefined) return (await host.secrets()).get('local-token');
  return orUnfit(host.dataDir, () => readPrivateFile(file))?.trim();
}

/** Gives the command one, unless it has one that counts. Throws HostUnfit and SecretsLocked. */
export async function ensureCommandToken(
  host: TokenHost,
  localTokens: Pick<LocalTokens, 'identify' | 'renewCommand'>,
  platform = process.platform,
): Promise<void> {
  const { COMMAND_CLIENT } = await import('../endpoint/local-tokens.ts');
  const kept = await readCommandToken(host, platform);
  if (kept !== undefined && localTokens.identify(kept) === COMMAND_CLIENT) return;
  const token = localTokens.renewCommand();
  const file = fileOf(host, platform);
  if (file === undefined) await (await host.secrets()).set('local-token', token);
  else orUnfit(host.dataDir, () => writePrivateFile(file, `${token}\n`));
}
