/** `poptray secret`: puts secrets where poptray keeps them, without their passing through argv. */
import { buffer } from 'node:stream/consumers';
import { Command } from 'commander';
import { isHeaderValue, type PersonalSecret, personalSecretSchema } from '../../shared/settings.ts';
import { type NotUtf8, textIn } from '../../shared/utf8.ts';
import { openHost } from '../host.ts';
import { webhookKey } from '../webhooks/standard-webhooks.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { putOnRecord } from './put-on-record.ts';
import { CommandFailure, complain, print } from './terminal.ts';

const NAMES = ['client-secret', 'signing-secret', 'webhook-secret:ID', 'shipper-secret:ID'];

interface Options {
  dataDir?: string;
}

export function secretCommand(): Command {
  const secret = new Command('secret').description('keep secrets in the OS keychain');
  secret
    .command('set <name>')
    .description(`read a secret from standard input and keep it: ${NAMES.join(', ')}`)
    .option(...DATA_DIR)
    .addHelpText('after', '\nExample:\n  poptray secret set client-secret < client-secret.txt')
    .action(async (given: string, { dataDir }: Options) => {
      const name = parseName(given);
      if (process.stdin.isTTY) complain('Type the secret, then Enter and Ctrl-D:');
      const value = textOf(await buffer(process.stdin)).trim();
      if (value === '') throw new CommandFailure(EXIT.usage, 'Nothing came in on standard input.');
      checkForm(name, value);
      const host = openHost(process.env, dataDir);
      const secrets = await host.secrets();
      await secrets.set(name, value);
      putOnRecord(host, { subject: 'secret', action: 'set', name });
      print(`${name} is kept; a poptray that is running takes it at its next start.`);
      if (secrets.warning !== undefined) complain(secrets.warning);
    });
  secret
    .command('clear <name>')
    .description('forget a secret')
    .option(...DATA_DIR)
    .action(async (given: string, { dataDir }: Options) => {
      const name = parseName(given);
      const host = findHost(dataDir);
      if (!(await (await host.secrets()).delete(name)))
        throw new CommandFailure(EXIT.failed, `There is no ${name} to forget.`);
      putOnRecord(host, { subject: 'secret', action: 'cleared', name });
      print(`${name} is forgotten.`);
    });
  secret
    .command('list')
    .description('show which secrets there are and where, never what they are')
    .option(...DATA_DIR)
    .action(async ({ dataDir }: Options) => {
      const secrets = await findHost(dataDir).secrets();
      const names = [
        'client-secret',
        'signing-secret',
        'webhook-secret:productivity',
        'audit-key',
        'audit-root',
        'audit-signing-key',
        'digest-key',
        'local-token',
      ] as const;
      for (const name of names) print(`${name.padEnd(28)}${(await secrets.source(name)) ?? '-'}`);
    });
  return secret;
}

/** The audit key and the command's token are poptray's own: replacing them by hand would break what hangs on them. */
function parseName(name: string): PersonalSecret {
  const parsed = personalSecretSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new CommandFailure(EXIT.usage, `The name must be one of ${NAMES.join(', ')}.`);
}

function textOf(bytes: Buffer): string {
  try {
    return textIn(bytes);
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `What came in on standard input ${(error as NotUtf8).message}.`);
  }
}

function checkForm(name: PersonalSecret, value: string): void {
  if (name.startsWith('shipper-secret:') && !isHeaderValue(value))
    throw new CommandFailure(EXIT.usage, 'That cannot be the value of a header.');
  if (!name.startsWith('webhook-secret:')) return;
  try {
    webhookKey(value);
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `That is not a webhook secret: ${(error as Error).message}.`);
  }
}
