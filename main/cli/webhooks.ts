/** `poptray webhooks`: the dead letters of a running poptray. */
import { Command } from 'commander';
import type { ApiResponse } from '../../shared/api.ts';
import { plural } from '../../shared/plural.ts';
import { sayTrouble } from '../../shared/say-trouble.ts';
import { sayWebhookFailure } from '../../shared/webhook-failure.ts';
import type { DeadLetter } from '../store/outbox.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken, type LocalCall } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, complain, print } from './terminal.ts';

const PATH = '/webhooks/dead-letters';
const PORT = ['--port <n>', 'where poptray listens', parsePort] as const;

interface Options {
  dataDir?: string;
  port?: number;
  json?: boolean;
}

export function webhooksCommand(): Command {
  const webhooks = new Command('webhooks').description(
    'webhook messages that were given up, and webhooks in trouble',
  );
  webhooks
    .command('list')
    .description('show the dead letters, and which webhooks are in trouble')
    .option('--json', 'as JSON')
    .option(...PORT)
    .option(...DATA_DIR)
    .action(list);
  webhooks
    .command('resend [id]')
    .description('send one dead letter again, or all of them')
    .option(...PORT)
    .option(...DATA_DIR)
    .action(resend);
  return webhooks;
}

async function list(options: Options): Promise<void> {
  const call = await caller(options);
  const letters = await deadLetters(call);
  const { troubles } = JSON.parse(await call({ method: 'GET', path: '/status' })) as ApiResponse<'status'>;
  for (const trouble of troubles) if (trouble.part === 'webhook') complain(sayTrouble(trouble));
  if (options.json) print(JSON.stringify(letters));
  else if (letters.length === 0) complain('No dead letters.');
  else
    for (const { id, webhook, attempts, failure } of letters)
      print(`${id}  ${webhook}  ${plural(attempts, 'attempt')}  ${sayWebhookFailure(failure)}`);
}

async function resend(id: string | undefined, options: Options): Promise<void> {
  const call = await caller(options);
  const letters = (await deadLetters(call)).filter((letter) => id === undefined || letter.id === id);
  if (letters.length === 0) {
    throw new CommandFailure(
      EXIT.failed,
      'There is no such dead letter; "poptray webhooks list" shows them.',
    );
  }
  let refused = 0;
  for (const { id, webhook } of letters) {
    try {
      await call({ method: 'POST', path: `${PATH}/resend`, body: JSON.stringify({ id, webhook }) });
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.failed) throw error;
      complain(`${id}  ${webhook}  ${error.message}`);
      refused += 1;
    }
  }
  print(`${letters.length - refused} on the way again`);
  if (refused > 0)
    throw new CommandFailure(EXIT.failed, `${plural(refused, 'dead letter')} could not be sent again`);
}

type Call = (what: LocalCall) => Promise<string>;

async function caller({ dataDir, port: named }: Options): Promise<Call> {
  const host = findHost(dataDir);
  const port = findPort(host, named);
  const token = await findToken(host);
  return async (what) => {
    const { status, body } = await callEndpoint(port, token, what);
    if (status >= 300) throw new CommandFailure(EXIT.failed, explainRefusal(body, status));
    return body;
  };
}

async function deadLetters(call: Call): Promise<DeadLetter[]> {
  return JSON.parse(await call({ method: 'GET', path: PATH })) as DeadLetter[];
}
