#!/usr/bin/env node
/** The poptray command. */
import { enableCompileCache } from 'node:module';
import { Command, CommanderError } from 'commander';
import { EXIT } from './cli/exit-codes.ts';

enableCompileCache();

// Each command is loaded when it is called, so that a softphone's trigger does not wait for the others.
const COMMANDS: Record<string, () => Promise<Command>> = {
  trigger: async () => (await import('./cli/trigger.ts')).triggerCommand(),
  audit: async () => (await import('./cli/audit.ts')).auditCommand(),
  token: async () => (await import('./cli/token.ts')).tokenCommand(),
  webhooks: async () => (await import('./cli/webhooks.ts')).webhooksCommand(),
  secret: async () => (await import('./cli/secret.ts')).secretCommand(),
  simulate: async () => (await import('./cli/simulate.ts')).simulateCommand(),
  doctor: async () => (await import('./cli/doctor.ts')).doctorCommand(),
};

const program = new Command('poptray')
  .description('Screen pops for contact-centre agents.')
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 the answer is no; 2 torn log; 3 key missing; 64 wrong call; 69 not running; 70 fault; 78 settings.',
  );

const wanted = COMMANDS[process.argv[2] ?? ''];
for (const load of wanted ? [wanted] : Object.values(COMMANDS)) program.addCommand(await load());

try {
  makeThrow(program);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    const { explain } = await import('./cli/terminal.ts');
    process.exitCode = explain(error);
  }
}

/** Commander would end the process itself, with 1 for a wrong call. */
function makeThrow(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) makeThrow(sub);
}
