/** `poptray secret`: puts secrets where poptray keeps them, without their passing through argv. */
import { buffer } from 'node:stream/consumers';
import { Command, InvalidArgumentError } from 'commander';
import {
  EARLIER_SECRET_NAMES,
  type PersonalSecret,
  personalSecretSchema,
} from '../../shared/secret-names.ts';
import {
  SECRET_NAMES,
  SECRETS_WITH_VARIABLE,
  type SecretUse,
  secretFacts,
  secretsOf,
} from '../../shared/secrets.ts';
import { isHttpsOrLoopback } from '../../shared/urls.ts';
import { type NotUtf8, textIn } from '../../shared/utf8.ts';
import { type Host, openHost } from '../app/bootstrap.ts';
import { openSettings } from '../config/settings.ts';
import { SettingsInvalid } from '../config/settings-parse.ts';
import { createBoundSecrets } from '../secrets/bound-secrets.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { putOnRecord } from './put-on-record.ts';
import { CommandFailure, complain, print } from './terminal.ts';

/** Those that poptray makes itself. */
const OWN_NAMES = ['audit-key', 'audit-root', 'audit-signing-key', 'digest-key', 'local-token'] as const;

/** Of the column of names. */
const WIDTH = 34;

interface Options {
  dataDir?: string;
}

export function secretCommand(): Command {
  const secret = new Command('secret').description('keep secrets in the OS keychain');
  secret
    .command('set <name>')
    .description(`read a secret from standard input and keep it: ${SECRET_NAMES.join(', ')}`)
    .option(
      '--for <origin>',
      'the address that it is for, if not the one that settings and environment name',
      parseOrigin,
    )
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nIt is used for that address alone. Without one, it is for what the settings name at the next start.\n\nExample:\n  poptray secret set destination:genesys:client-secret < client-secret.txt',
    )
    .action(async (given: string, { dataDir, for: named }: Options & { for?: string }) => {
      const name = parseName(given);
      if (process.stdin.isTTY) complain('Type the secret, then Enter and Ctrl-D:');
      const value = textOf(await buffer(process.stdin)).trim();
      if (value === '') throw new CommandFailure(EXIT.usage, 'Nothing came in on standard input.');
      const fault = secretFacts(name).check(value);
      if (fault !== null) throw new CommandFailure(EXIT.usage, `That will not do: ${fault}.`);
      const host = openHost(process.env, dataDir);
      const secrets = await host.secrets();
      const origin = named ?? usesIn(host).find((use) => use.name === name)?.origin ?? null;
      await createBoundSecrets(secrets).set(name, value, origin);
      putOnRecord(host, { subject: 'secret', action: 'set', name });
      const place = origin === null ? 'what the settings name at the next start' : origin;
      print(`${name} is kept for ${place}; a poptray that is running takes it at its next start.`);
      if (secrets.warning !== undefined) complain(secrets.warning);
    });
  secret
    .command('clear <name>')
    .description('forget a secret')
    .option(...DATA_DIR)
    .action(async (given: string, { dataDir }: Options) => {
      const name = parseName(given);
      const host = findHost(dataDir);
      if (!(await createBoundSecrets(await host.secrets()).delete(name)))
        throw new CommandFailure(EXIT.failed, `There is no ${name} to forget.`);
      putOnRecord(host, { subject: 'secret', action: 'cleared', name });
      print(`${name} is forgotten.`);
    });
  secret
    .command('list')
    .description('show which secrets there are and where, never what they are')
    .option(...DATA_DIR)
    .action(async ({ dataDir }: Options) => {
      const host = findHost(dataDir);
      const secrets = await host.secrets();
      const bound = createBoundSecrets(secrets);
      const personal = new Set<PersonalSecret>([
        ...SECRETS_WITH_VARIABLE,
        'webhook-secret:productivity',
        ...usesIn(host).map(({ name }) => name),
      ]);
      for (const name of personal) {
        const origin = await bound.origin(name);
        const place = (await secrets.source(name)) ?? '-';
        print(`${name.padEnd(WIDTH)} ${place}${origin ? `, for ${origin}` : ''}`);
      }
      for (const name of OWN_NAMES) print(`${name.padEnd(WIDTH)} ${(await secrets.source(name)) ?? '-'}`);
    });
  return secret;
}

/** What settings and environment have use for; nothing, where the settings will not do. */
function usesIn({ dataDir, env }: Pick<Host, 'dataDir' | 'env'>): SecretUse[] {
  try {
    const { current, fromEnvironment } = openSettings(dataDir, env);
    return secretsOf(current, fromEnvironment);
  } catch (error) {
    if (error instanceof SettingsInvalid) return [];
    throw error;
  }
}

/** Throws InvalidArgumentError. */
function parseOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null || !isHttpsOrLoopback(text))
    throw new InvalidArgumentError('An address is an https URL; http only for this machine.');
  return url.origin;
}

/** The audit key and the command's token are poptray's own: replacing them by hand would break what hangs on them. */
function parseName(name: string): PersonalSecret {
  const parsed = personalSecretSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  // Scripts of version 0.1 have these.
  for (const [today, earlier] of EARLIER_SECRET_NAMES) if (earlier === name) return today;
  throw new CommandFailure(EXIT.usage, `The name must be one of ${SECRET_NAMES.join(', ')}.`);
}

function textOf(bytes: Buffer): string {
  try {
    return textIn(bytes);
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `What came in on standard input ${(error as NotUtf8).message}.`);
  }
}
