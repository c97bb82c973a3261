/** `poptray dashboard`: a one-time link to the dashboard of a running poptray. */
import { Command } from 'commander';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, print } from './terminal.ts';

interface Options {
  dataDir?: string;
  port?: number;
}

export function dashboardCommand(): Command {
  return new Command('dashboard')
    .description('print a link that opens the dashboard, once, within ten minutes')
    .option('--port <n>', 'where poptray listens', parsePort)
    .option(...DATA_DIR)
    .action(printLink);
}

async function printLink(options: Options): Promise<void> {
  const host = findHost(options.dataDir);
  const port = findPort(host, options.port);
  const reply = await callEndpoint(port, await findToken(host), {
    method: 'POST',
    path: '/ui/links',
    body: '{}',
  });
  if (reply.status !== 200) throw new CommandFailure(EXIT.failed, explainRefusal(reply.body, reply.status));
  const { path } = JSON.parse(reply.body) as { path: string };
  print(`http://127.0.0.1:${port}${path}`);
}
