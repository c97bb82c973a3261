/** `poptray trigger`: fires a pop from the command line or from a softphone that runs programs. */
import { buffer } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { sayDestinations } from '../../shared/say-destinations.ts';
import type { TriggerReply } from '../../shared/trigger.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken, type LocalReply } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface TriggerOptions {
  user?: string;
  data?: Record<string, string>;
  sessionToken?: string;
  application?: string;
  destination?: string[];
  interaction?: string;
  leg?: string;
  phase?: string;
  expiresAt?: string;
  key?: string;
  repeat?: boolean;
  stdin?: boolean;
  json?: boolean;
  port?: number;
  dataDir?: string;
}

const EXAMPLES = `
Examples:
  poptray trigger --user 3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b --data customerName='Ada Lovelace' --data caseId=C-1
  poptray trigger --stdin < trigger.json

Other users of this machine can see a command's arguments: use --stdin for a session token or personal data
where that matters.

Exit codes: 0 delivered, suppressed or expired; 1 refused or failed; 3 no local token; 64 wrong call; 69 poptray is not running.`;

/** What --stdin brings itself. */
const FIELDS = [
  'user',
  'data',
  'sessionToken',
  'application',
  'destination',
  'interaction',
  'leg',
  'phase',
  'expiresAt',
  'key',
  'repeat',
];

export function triggerCommand(): Command {
  return new Command('trigger')
    .description('fire a screen pop')
    .option(
      '--user <id>',
      'the agent, a Genesys Cloud user id; without it, who works at this machine (poptray agent)',
    )
    .option('--data <name=value>', 'customer context for the page; repeat for more', collect)
    .option('--session-token <token>', "binds the pop to the agent's session")
    .option('--application <id>', 'which configured application; the first one if left out')
    .option('--destination <id>', 'where to show it; repeat for more', (id, all: string[] = []) => [
      ...all,
      id,
    ])
    .option('--interaction <id>', 'the call; it pops once')
    .option('--leg <id>', 'which stay of the call with this agent, where it is transferred back and forth')
    .option('--phase <phase>', 'ringing, answered, ended or manual')
    .option('--expires-at <time>', 'drop the pop if it could not be sent by then (RFC 3339)')
    .option('--key <key>', 'idempotency key: the same key is the same pop')
    .option('--repeat', 'show a pop again whose outcome nobody knows, at a destination that keeps no keys')
    .addOption(new Option('--stdin', 'read the whole trigger as JSON from standard input').conflicts(FIELDS))
    .option('--json', 'print the answer as poptray gave it')
    .option('--port <n>', 'where poptray listens', parsePort)
    .option(...DATA_DIR)
    .addHelpText('after', EXAMPLES)
    .action(fire);
}

function collect(pair: string, all: Record<string, string> = {}): Record<string, string> {
  const at = pair.indexOf('=');
  if (at < 1) throw new CommandFailure(EXIT.usage, '--data takes name=value.');
  const name = pair.slice(0, at);
  if (Object.hasOwn(all, name)) throw new CommandFailure(EXIT.usage, `--data has ${name} twice.`);
  return { ...all, [name]: pair.slice(at + 1) };
}

async function fire(options: TriggerOptions): Promise<void> {
  const host = findHost(options.dataDir);
  const port = findPort(host, options.port);
  const body = options.stdin ? await buffer(process.stdin) : JSON.stringify(triggerOf(options));
  const reply = await callEndpoint(port, await findToken(host), {
    method: 'POST',
    path: '/trigger-screenpop',
    body,
  });
  const answer = reply.status === 200 ? answerIn(reply) : undefined;
  if (!answer) process.exitCode = EXIT.failed;
  if (options.json) print(reply.body);
  else if (answer) print(describe(answer, reply.headers['idempotent-replayed'] === 'true'));
  else complain(explainRefusal(reply.body, reply.status));
}

/** Undefined when it is no answer of poptray's. */
function answerIn({ body }: LocalReply): TriggerReply | undefined {
  try {
    const answer = JSON.parse(body) as TriggerReply;
    return typeof answer?.popId === 'string' ? answer : undefined;
  } catch {
    return undefined;
  }
}

function triggerOf(options: TriggerOptions): object {
  return {
    userId: options.user,
    customerData: options.data,
    sessionToken: options.sessionToken,
    application: options.application,
    destinations: options.destination,
    interactionId: options.interaction,
    leg: options.leg,
    phase: options.phase,
    expiresAt: options.expiresAt,
    idempotencyKey: options.key,
    repeat: options.repeat,
  };
}

function describe(reply: TriggerReply, isReplayed: boolean): string {
  const focus = { true: 'window focused', false: 'window not focused', null: 'focus unknown' }[
    `${reply.windowFocused}`
  ];
  const why = {
    policy: ' by policy',
    dedupe: ': this call has popped already',
    paused: ': pops are paused',
    ended: ': the call is over',
    unknown: ': the call may have popped, and a second pop could not be told from the first',
  };
  const first = {
    delivered: `delivered in ${reply.latencyMs} ms, ${focus}${reply.duplicate ? ' (it was there already)' : ''}`,
    suppressed: `suppressed${reply.reason ? why[reply.reason] : ''}`,
    expired: 'expired: it could not be sent in time',
  }[reply.status];
  const again = isReplayed ? '\n  this key was used before: the answer is the first one' : '';
  const where = reply.destinations ? `\n  ${sayDestinations(reply.destinations)}` : '';
  return `${first}${where}\n  pop ${reply.popId}\n  key ${reply.idempotencyKey}${again}`;
}
