/** `poptray webhooks`: the dead letters of a running poptray. */
import { Command } from 'commander';
import { type Host, openHost } from '../host.ts';
import type { DeadLetter } from '../store/outbox.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken, type LocalCall } from './local-endpoint.ts';
import { CommandFailure, complain, print } from './terminal.ts';

const PATH = '/webhooks/dead-letters';

interface Options {
  dataDir?: string;
  json?: boolean;
}

export function webhooksCommand(): Command {
  const webhooks = new Command('webhooks').description('webhook messages that were given up');
  webhooks
    .command('list')
    .description('show the dead letters')
    .option('--json', 'as JSON')
    .option('--data-dir <dir>', "poptray's data folder")
    .action(async ({ dataDir, json }: Options) => {
      const letters = await deadLetters(openHost(process.env, dataDir));
      if (json) print(JSON.stringify(letters));
      else if (letters.length === 0) complain('No dead letters.');
      else
        for (const { id, webhook, attempts, failure } of letters)
          print(`${id}  ${webhook}  ${attempts} tries  ${failure}`);
    });
  webhooks
    .command('resend [id]')
    .description('send one dead letter again, or all of them')
    .option('--data-dir <dir>', "poptray's data folder")
    .action(async (id: string | undefined, { dataDir }: Options) => {
      const host = openHost(process.env, dataDir);
      const letters = (await deadLetters(host)).filter((letter) => id === undefined || letter.id === id);
      if (letters.length === 0) throw new CommandFailure(EXIT.failed, 'There is no such dead letter.');
      for (const { id, webhook } of letters) {
        await call(host, { method: 'POST', path: `${PATH}/resend`, body: JSON.stringify({ id, webhook }) });
      }
      print(`${letters.length} on the way again`);
    });
  return webhooks;
}

async function deadLetters(host: Host): Promise<DeadLetter[]> {
  return JSON.parse(await call(host, { method: 'GET', path: PATH })) as DeadLetter[];
}

async function call(host: Host, what: LocalCall): Promise<string> {
  const { status, body } = await callEndpoint(findPort(host), await findToken(host), what);
  if (status >= 300) throw new CommandFailure(EXIT.failed, `poptray refused: ${body}`);
  return body;
}
