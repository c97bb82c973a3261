/** `poptray token`: the local tokens that softphones send. */
import { Command } from 'commander';
import { openHost } from '../host.ts';
import { EXIT } from './exit-codes.ts';
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
    .option('--data-dir <dir>', "poptray's data folder")
    .action((name: string, { dataDir }: Options) => {
      print(refusing(() => openHost(process.env, dataDir).localTokens.create(name)));
      if (process.stdout.isTTY) complain('Keep it: only its hash is stored, and it is not shown again.');
    });
  token
    .command('list')
    .description('show the names of the tokens')
    .option('--json', 'as JSON')
    .option('--data-dir <dir>', "poptray's data folder")
    .action(({ dataDir, json }: Options) => {
      const tokens = openHost(process.env, dataDir).localTokens.list();
      if (json) print(JSON.stringify(tokens));
      else if (tokens.length === 0) complain('No tokens yet: create one with "poptray token create NAME".');
      else for (const { name, createdAt } of tokens) print(`${name}  since ${createdAt}`);
    });
  token
    .command('revoke <name>')
    .description('make a token invalid; a running poptray stops taking it within a second')
    .option('--data-dir <dir>', "poptray's data folder")
    .action((name: string, { dataDir }: Options) => {
      const isKnown = openHost(process.env, dataDir).localTokens.revoke(name);
      if (!isKnown)
        throw new CommandFailure(
          EXIT.failed,
          `There is no token named ${name}; "poptray token list" shows them.`,
        );
      complain(`${name} is revoked.`);
    });
  return token;
}

function refusing<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new CommandFailure(EXIT.failed, (error as Error).message);
  }
}
