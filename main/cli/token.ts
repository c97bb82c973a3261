/** `poptray token`: the local tokens that softphones send. */
import { Command } from 'commander';
import { type Host, openHost, orUnfit } from '../app/bootstrap.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { putOnRecord } from './put-on-record.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface Options {
  dataDir?: string;
  json?: boolean;
}

export function tokenCommand(): Command {
  const token = new Command('token').description('create, list and revoke local tokens');
  token
    .command('create <name>')
    .description('print a new token, this once; a running poptray takes it at once')
    .option(...DATA_DIR)
    .action(create);
  token
    .command('list')
    .description('show the names of the tokens')
    .option('--json', 'as JSON')
    .option(...DATA_DIR)
    .action(list);
  token
    .command('revoke <name>')
    .description('make a token invalid; a running poptray stops taking it within a second')
    .option(...DATA_DIR)
    .action(revoke);
  return token;
}

async function create(name: string, { dataDir }: Options): Promise<void> {
  const host = openHost(process.env, dataDir);
  const { tokens } = await openTokens(host);
  let made: string;
  try {
    made = tokens.create(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw new CommandFailure(EXIT.failed, (error as Error).message);
  }
  putOnRecord(host, { subject: 'token', action: 'created', name });
  print(made);
  if (process.stdout.isTTY) complain('Keep it: only its hash is stored, and it is not shown again.');
}

async function list({ dataDir, json }: Options): Promise<void> {
  const { stored } = await openTokens(findHost(dataDir));
  if (json) print(JSON.stringify(stored));
  else if (stored.length === 0) complain('No tokens yet: create one with "poptray token create NAME".');
  else
    for (const { name, createdAt, origin } of stored)
      print(`${name}  since ${createdAt}${origin ? `  ${origin}` : ''}`);
}

async function revoke(name: string, { dataDir }: Options): Promise<void> {
  const host = findHost(dataDir);
  const { tokens } = await openTokens(host);
  if (!tokens.revoke(name)) {
    throw new CommandFailure(
      EXIT.failed,
      `There is no token named ${name}; "poptray token list" shows them.`,
    );
  }
  putOnRecord(host, { subject: 'token', action: 'revoked', name });
  complain(`${name} is revoked.`);
}

/** Reads them once, so that a damaged file is told from a refusal. */
async function openTokens(host: Host) {
  const tokens = await host.localTokens();
  return { tokens, stored: orUnfit(host.dataDir, () => tokens.list()) };
}
