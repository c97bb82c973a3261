import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { agentCommand } from '../../main/cli/agent.ts';
import { auditCommand } from '../../main/cli/audit.ts';
import { callCommand } from '../../main/cli/call.ts';
import { dashboardCommand, desktopCommand } from '../../main/cli/dashboard.ts';
import { doctorCommand } from '../../main/cli/doctor.ts';
import { EXIT } from '../../main/cli/exit-codes.ts';
import { pairCommand } from '../../main/cli/pair.ts';
import { resetCommand } from '../../main/cli/reset.ts';
import { secretCommand } from '../../main/cli/secret.ts';
import { simulateCommand } from '../../main/cli/simulate.ts';
import { statusCommand } from '../../main/cli/status.ts';
import { supportBundleCommand } from '../../main/cli/support-bundle.ts';
import { systemdUnitCommand } from '../../main/cli/systemd-unit.ts';
import { tokenCommand } from '../../main/cli/token.ts';
import { triggerCommand } from '../../main/cli/trigger.ts';
import { webhooksCommand } from '../../main/cli/webhooks.ts';
import { poptray } from './run.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/command-line.md'), 'utf8');
const commands = [
  triggerCommand(),
  callCommand(undefined),
  agentCommand(),
  auditCommand(),
  tokenCommand(),
  pairCommand(),
  secretCommand(),
  webhooksCommand(),
  dashboardCommand(),
  desktopCommand(),
  simulateCommand(),
  statusCommand(),
  systemdUnitCommand(),
  supportBundleCommand(),
  resetCommand(),
  doctorCommand(),
];

/** The row of the table of commands that a command has, and no other. */
function rowOf(name: string): string {
  const rows = document.split('\n').filter((line) => new RegExp(`^\\| \`${name}[ \`]`).test(line));
  expect([name, rows.length]).toEqual([name, 1]);
  return rows[0] as string;
}

function* runnable(command: Command, parent = ''): Generator<[name: string, command: Command]> {
  const name = `${parent}${command.name()}`;
  if (command.commands.length === 0) yield [name, command];
  for (const sub of command.commands) yield* runnable(sub, `${name} `);
}

test('docs/command-line.md has every command with all its options, and no other option', () => {
  for (const [name, command] of commands.flatMap((one) => [...runnable(one)])) {
    const row = rowOf(name);
    const known = command.options.map(({ long }) => long).filter((long) => long !== '--data-dir');
    expect([name, [...new Set(row.match(/--[a-z-]+/g))].sort()]).toEqual([name, known.sort()]);
  }
});

test('no command was forgotten', async () => {
  const { stdout } = await poptray(['--help']);
  const names = [...stdout.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name);
  expect(names.filter((name) => name !== 'help').sort()).toEqual(commands.map((one) => one.name()).sort());
});

test('docs/command-line.md has the exit codes of the program, by number and name', () => {
  const rows = [...document.matchAll(/^\| (\d+) +\| `(\w+)` +\| .+ \|$/gm)];
  expect(Object.fromEntries(rows.map(([, code, name]) => [name, Number(code)]))).toEqual(EXIT);
});
