/** `poptray call`: for softphones that run a program. All that follows `--` is the caller, whatever it looks like. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { NO_PHONE_NAME, PHONE_NAME } from '../../shared/phone-name.ts';
import type { Host } from '../app/bootstrap.ts';
import { expiryOf, type SpooledCall, spoolCall } from '../app/call-spool.ts';
import { createUuidMaker } from '../platform/ids.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken, type LocalReply } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, complain } from './terminal.ts';

/** A poptray that has not answered by then gets the call from the spool, in milliseconds. */
const PATIENCE_MS = 2000;

interface Options {
  fromPhone?: string;
  phase?: string;
  interaction?: string;
  application?: string;
  direction: 'inbound' | 'outbound';
  dataDir?: string;
  port?: number;
}

const HELP = `
CALLER is a number, a tel: or sip: address, or a word for a withheld caller; several words are one caller. Nothing of it can
become an option, so a phone may put in what strangers send. The agent is who works here ("poptray agent").

It waits for no pop: what became of it stands in the log ("poptray audit list"). Where poptray does not run, the call waits for
it in the data folder, for 30 seconds.

Examples:
  poptray call --from-phone 3CX --phase ringing -- "+49 30 123456"
  poptray call --direction outbound -- sip:ada@example.com

On Windows name node.exe and poptray.cjs in a phone's settings, not poptray.cmd: cmd.exe would read what the caller sends.

Exit codes: 0 accepted, held back or spooled; 1 refused; 64 wrong call, or a placeholder that the phone did not fill in (the
log has an entry of both); 69 poptray is not running, and the call could not be spooled.`;

/** `caller` is what followed `--`, word by word; undefined where there was none. */
export function callCommand(caller: readonly string[] | undefined): Command {
  return new Command('call')
    .description('pop for a call that a softphone tells of')
    .usage('[options] -- CALLER')
    .option(
      '--from-phone <name>',
      'which program calls; its calls stand under that name in the log',
      parsePhone,
    )
    .option('--phase <phase>', 'ringing, answered or ended')
    .option('--interaction <id>', "the call's id; without one it is known by its caller")
    .option('--application <id>', 'which configured application; the first one if left out')
    .addOption(
      new Option('--direction <direction>', 'of an outbound call the other party follows')
        .choices(['inbound', 'outbound'])
        .default('inbound'),
    )
    .option('--port <n>', 'where poptray listens', parsePort)
    .option(...DATA_DIR)
    .allowExcessArguments(false)
    .addHelpText('after', HELP)
    .action((options: Options) => tell(caller, options));
}

/** Leaves an entry in the log that a person finds: a phone runs its programs where nobody sees what they print. */
export function noteWrongCall(command: Command, code: string): void {
  const { fromPhone, dataDir } = command.opts<Options>();
  const phone = fromPhone !== undefined && PHONE_NAME.test(fromPhone) ? fromPhone : null;
  // What commander says in words holds what it was called with.
  spoolCall(findHost(dataDir).dataDir, { phone, fault: `poptray call was called wrongly: ${code}` });
}

async function tell(caller: readonly string[] | undefined, options: Options): Promise<void> {
  if (caller === undefined)
    throw new CommandFailure(EXIT.usage, 'Write -- before the caller: poptray call -- "+49 30 123456"');
  const host = findHost(options.dataDir);
  const call = { phone: options.fromPhone ?? null, trigger: triggerOf(caller.join(' '), options, host) };
  const reply = await askRunning(host, call, options.port);
  if (reply) judge(reply);
  else if (!isSpooled(host, call))
    throw new CommandFailure(
      EXIT.unavailable,
      'poptray is not running, and too many calls wait for it already.',
    );
}

function triggerOf(caller: string, options: Options, { clock }: Host) {
  const { phase, interaction, application, direction } = options;
  return {
    call: { [direction === 'outbound' ? 'to' : 'from']: caller, direction },
    phase,
    interactionId: interaction,
    application,
    // Its own, so that it pops once, also where poptray has taken it and could not say so.
    idempotencyKey: createUuidMaker()(),
    expiresAt: expiryOf(clock.now()),
  };
}

/** Undefined where no poptray of this user answers in time. */
async function askRunning(
  host: Host,
  call: SpooledCall,
  named: number | undefined,
): Promise<LocalReply | undefined> {
  try {
    return await callEndpoint(findPort(host, named), await findToken(host), {
      method: 'POST',
      path: '/calls',
      body: JSON.stringify(call),
      patienceMs: PATIENCE_MS,
    });
  } catch (error) {
    const { exitCode } = error as Partial<CommandFailure>;
    if (exitCode === EXIT.unavailable || exitCode === EXIT.noKey) return undefined;
    throw error;
  }
}

function isSpooled({ dataDir }: Host, call: SpooledCall): boolean {
  try {
    return spoolCall(dataDir, call);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = `poptray is not running, and the call could not be spooled: ${code ?? message}.`;
    throw new CommandFailure(EXIT.unavailable, why);
  }
}

function judge({ status, body }: LocalReply): void {
  if (status < 300) return;
  complain(explainRefusal(body, status));
  process.exitCode = status === 400 ? EXIT.usage : EXIT.failed;
}

function parsePhone(text: string): string {
  if (!PHONE_NAME.test(text)) throw new InvalidArgumentError(`It ${NO_PHONE_NAME}.`);
  return text;
}
