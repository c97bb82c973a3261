/** `poptray trigger`: fires a pop from the command line or from a softphone that runs programs. */
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Problem } from '../../shared/problem.ts';
import type { TriggerReply } from '../../shared/trigger.ts';
import { openHost } from '../host.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken } from './local-endpoint.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface TriggerOptions {
  user?: string;
  data: Record<string, string>;
  sessionToken?: string;
  application?: string;
  interaction?: string;
  phase?: string;
  expiresAt?: string;
  key?: string;
  stdin?: boolean;
  json?: boolean;
  port?: string;
  dataDir?: string;
}

const EXAMPLES = `
Examples:
  poptray trigger --user 3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b --data customerName='Ada Lovelace' --data caseId=C-1
  poptray trigger --stdin < trigger.json

Other users of this machine can see a command's arguments: use --stdin for a session token or personal data
where that matters.

Exit codes: 0 delivered, suppressed or expired; 1 refused or failed; 3 no local token; 64 wrong call; 69 poptray is not running.`;

export function triggerCommand(): Command {
  return new Command('trigger')
    .description('fire a screen pop')
    .option('--user <id>', 'the agent, a Genesys Cloud user id')
    .option('--data <name=value>', 'customer context for the page; repeat for more', collect, {})
    .option('--session-token <token>', "binds the pop to the agent's session")
    .option('--application <id>', 'which configured application; the first one if left out')
    .option('--interaction <id>', 'the call; two pops for one call within the dedupe window are one')
    .option('--phase <phase>', 'ringing, answered, ended or manual')
    .option('--expires-at <time>', 'drop the pop if it could not be sent by then (RFC 3339)')
    .option('--key <key>', 'idempotency key: the same key is the same pop')
    .option('--stdin', 'read the whole trigger as JSON from standard input')
    .option('--json', 'print the answer as poptray gave it')
    .option('--port <n>', 'where poptray listens')
    .option('--data-dir <dir>', "poptray's data folder")
    .addHelpText('after', EXAMPLES)
    .action(fire);
}

function collect(pair: string, all: Record<string, string>): Record<string, string> {
  const at = pair.indexOf('=');
  if (at < 1) throw new CommandFailure(EXIT.usage, '--data takes name=value.');
  return { ...all, [pair.slice(0, at)]: pair.slice(at + 1) };
}

async function fire(options: TriggerOptions): Promise<void> {
  const host = openHost(process.env, options.dataDir);
  const body = options.stdin ? await text(process.stdin) : JSON.stringify(triggerOf(options));
  const port = options.port === undefined ? findPort(host) : Number(options.port);
  const reply = await callEndpoint(port, await findToken(host), {
    method: 'POST',
    path: '/trigger-screenpop',
    body,
  });
  const isReplayed = reply.headers['idempotent-replayed'] === 'true';
  if (options.json) print(reply.body);
  if (reply.status === 200) {
    if (!options.json) print(describe(JSON.parse(reply.body) as TriggerReply, isReplayed));
    return;
  }
  process.exitCode = EXIT.failed;
  if (!options.json) complainAbout(reply.body, reply.status);
}

function triggerOf(options: TriggerOptions): object {
  if (options.user === undefined)
    throw new CommandFailure(EXIT.usage, 'Name the agent with --user ID (or use --stdin).');
  return {
    userId: options.user,
    ...(Object.keys(options.data).length > 0 && { customerData: options.data }),
    sessionToken: options.sessionToken,
    application: options.application,
    interactionId: options.interaction,
    phase: options.phase,
    expiresAt: options.expiresAt,
    idempotencyKey: options.key,
  };
}

function describe(reply: TriggerReply, isReplayed: boolean): string {
  const focus = { true: 'window focused', false: 'window not focused', null: 'focus unknown' }[
    `${reply.windowFocused}`
  ];
  const why = { policy: ' by policy', dedupe: ': this call has popped already' };
  const first = {
    delivered: `delivered in ${reply.latencyMs} ms, ${focus}${reply.duplicate ? ' (it was there already)' : ''}`,
    suppressed: `suppressed${reply.reason ? why[reply.reason] : ''}`,
    expired: 'expired: it could not be sent in time',
  }[reply.status];
  const again = isReplayed ? '\n  this key was used before: the answer is the first one' : '';
  return `${first}\n  pop ${reply.popId}\n  key ${reply.idempotencyKey}${again}`;
}

function complainAbout(body: string, status: number): void {
  try {
    const { title, detail, hint, code, popId, errors = [] } = JSON.parse(body) as Problem;
    complain(`${title}: ${detail} (${code}, HTTP ${status})`);
    for (const error of errors) complain(`  ${error.pointer || '/'} ${error.detail}`);
    if (popId !== undefined) complain(`  pop ${popId}`);
    complain(`  ${hint}`);
  } catch {
    complain(
      `The server on that port is not poptray: it answered HTTP ${status}. Name poptray's port with --port N.`,
    );
  }
}
