/** `poptray status`: how the running poptray stands, in a few lines. */
import { Command } from 'commander';
import type { ApiResponse } from '../../shared/api.ts';
import { unreadyWords } from '../../shared/readiness.ts';
import { sayTrouble } from '../../shared/say-trouble.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, print } from './terminal.ts';

type Status = ApiResponse<'status'>;

interface Options {
  dataDir?: string;
  port?: number;
  json?: boolean;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('say how the running poptray stands')
    .option('--json', 'as JSON')
    .option('--port <n>', 'where poptray listens', parsePort)
    .option(...DATA_DIR)
    .addHelpText('after', '\nExit codes: 0 ready to deliver; 1 not ready; 69 poptray is not running.')
    .action(show);
}

async function show({ dataDir, port, json }: Options): Promise<void> {
  const status = await askStatus(dataDir, port);
  process.exitCode = status.unready.length === 0 ? EXIT.ok : EXIT.failed;
  if (json) print(JSON.stringify(status));
  else for (const line of linesOf(status)) print(line);
}

/** Throws CommandFailure when nobody answers, or with a refusal. */
export async function askStatus(dataDir?: string, named?: number): Promise<Status> {
  const host = findHost(dataDir);
  const port = findPort(host, named);
  const { status, body } = await callEndpoint(port, await findToken(host), {
    method: 'GET',
    path: '/status',
  });
  if (status !== 200) throw new CommandFailure(EXIT.failed, explainRefusal(body, status));
  return JSON.parse(body) as Status;
}

/** What the checks of the audit log have found, unless that is well. */
function auditLines({ tampered, checked }: Status['audit']): string[] {
  const place = (seq: number | null) => (seq === null ? '' : ` at entry ${seq}`);
  return [
    ...(tampered
      ? [
          `AUDIT LOG TAMPERED WITH${place(tampered.seq)}: ${tampered.reason}; found ${tampered.at}, stands until "poptray reset" closes it`,
        ]
      : []),
    ...(checked?.reason && checked.verdict !== 'tampered'
      ? [`audit log ${checked.verdict}${place(checked.seq)}: ${checked.reason}; checked ${checked.at}`]
      : []),
  ];
}

function linesOf(status: Status): string[] {
  const { version, addresses, destination, isSimulated, unready, today, underWay, rebuilding } = status;
  const { auditFault, settingsFault, secretsWarning } = status;
  return [
    `poptray ${version} listens on ${addresses.join(' and ')}`,
    unready.length === 0 ? `ready: pops go to ${destination}` : `NOT READY: pops would go to ${destination}`,
    ...unready.map((code) => `  ${code}: ${unreadyWords[code]}`),
    ...(isSimulated ? ['SIMULATED: no agent sees these pops'] : []),
    `today ${today.delivered} delivered, ${today.failed} failed; ${underWay} under way`,
    ...auditLines(status.audit),
    ...[auditFault, settingsFault, secretsWarning].flatMap((fault) => (fault === null ? [] : [fault])),
    ...(rebuilding === null ? [] : [`the history is being built anew: ${Math.round(rebuilding * 100)} %`]),
    ...status.secretFaults,
    ...status.troubles.map(sayTrouble),
  ];
}
