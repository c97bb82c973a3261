/** `poptray pair`: lets one page or extension have a token. */
import { Command } from 'commander';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface Options {
  dataDir?: string;
  port?: number;
}

export function pairCommand(): Command {
  return new Command('pair')
    .argument('<name>', 'of the token that the page will have')
    .description('print a code that gets one page or extension a token, within two minutes')
    .option('--port <n>', 'where poptray listens', parsePort)
    .option(...DATA_DIR)
    .action(openPairing);
}

async function openPairing(name: string, options: Options): Promise<void> {
  const host = findHost(options.dataDir);
  const port = findPort(host, options.port);
  const reply = await callEndpoint(port, await findToken(host), {
    method: 'POST',
    path: '/pairings/open',
    body: JSON.stringify({ name }),
  });
  if (reply.status !== 200) throw new CommandFailure(EXIT.failed, explainRefusal(reply.body, reply.status));
  print((JSON.parse(reply.body) as { code: string }).code);
  complain('Type it into the page within two minutes; "poptray token list" then shows the page.');
}
