#!/usr/bin/env node
/** The poptray command. */
import './app/compile-cache.ts';
import type { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { EXIT } from './cli/exit-codes.ts';

// What follows the first "--" of a call is a stranger's text: commander would find options in it.
const end = process.argv[2] === 'call' ? process.argv.indexOf('--') : -1;
const args = end < 0 ? process.argv : process.argv.slice(0, end);
const caller = end < 0 ? undefined : process.argv.slice(end + 1);

// Each command is loaded when it is called, so that a softphone's trigger does not wait for the others.
const COMMANDS = new Map<string | undefined, () => Promise<Command>>([
  ['trigger', async () => (await import('./cli/trigger.ts')).triggerCommand()],
  ['call', async () => (await import('./cli/call.ts')).callCommand(caller)],
  ['audit', async () => (await import('./cli/audit.ts')).auditCommand()],
  ['token', async () => (await import('./cli/token.ts')).tokenCommand()],
  ['pair', async () => (await import('./cli/pair.ts')).pairCommand()],
  ['secret', async () => (await import('./cli/secret.ts')).secretCommand()],
  ['webhooks', async () => (await import('./cli/webhooks.ts')).webhooksCommand()],
  ['dashboard', async () => (await import('./cli/dashboard.ts')).dashboardCommand()],
  ['desktop', async () => (await import('./cli/dashboard.ts')).desktopCommand()],
  ['simulate', async () => (await import('./cli/simulate.ts')).simulateCommand()],
  ['agent', async () => (await import('./cli/agent.ts')).agentCommand()],
  ['status', async () => (await import('./cli/status.ts')).statusCommand()],
  ['systemd-unit', async () => (await import('./cli/systemd-unit.ts')).systemdUnitCommand()],
  ['reset', async () => (await import('./cli/reset.ts')).resetCommand()],
  ['support-bundle', async () => (await import('./cli/support-bundle.ts')).supportBundleCommand()],
  ['doctor', async () => (await import('./cli/doctor.ts')).doctorCommand()],
]);

const { Command: Program, CommanderError } = await import('commander');
const program = new Program('poptray')
  .description('Screen pops for contact-centre agents.')
  .version(`poptray ${packageJson.version}`, '--version', 'print the version')
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 the answer is no; 2 torn log; 3 key missing; 64 wrong call; 69 not running; 70 fault; 78 settings.\nStart poptray itself with "npm start".',
  );

const wanted = COMMANDS.get(process.argv[2]);
for (const load of wanted ? [wanted] : COMMANDS.values()) program.addCommand(await load());

// A reader such as "head" has seen enough.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === 'EPIPE' ? EXIT.ok : EXIT.failed);
});

try {
  makeThrow(program);
  await program.parseAsync(args);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    const { explain } = await import('./cli/terminal.ts');
    process.exitCode = explain(error);
  }
  const call = program.commands.find((command) => command.name() === 'call');
  if (process.argv[2] === 'call' && call && process.exitCode === EXIT.usage) {
    const { noteWrongCall } = await import('./cli/call.ts');
    noteWrongCall(call, error instanceof CommanderError ? error.code : 'no -- before the caller');
  }
}

/** Commander would end the process itself, with 1 for a wrong call. */
function makeThrow(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) makeThrow(sub);
}
