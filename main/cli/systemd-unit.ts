/** `poptray systemd-unit`: the unit with which a user's systemd runs poptray as it is installed here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { dataDirOf } from '../app/bootstrap.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR } from './options.ts';
import { CommandFailure, print } from './terminal.ts';

/** Where `npm run build` puts it. */
const PROGRAM = join(import.meta.dirname, '../../dist/main/headless.js');

/** Another start ends in the same way until a person has changed something. */
const HOPELESS = [EXIT.usage, EXIT.config];

export function systemdUnitCommand(): Command {
  return new Command('systemd-unit')
    .description('print a unit with which systemd runs poptray for this user, without a window')
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nFor ~/.config/systemd/user/poptray.service; print it again when Node or poptray has moved.',
    )
    .action(({ dataDir }: { dataDir?: string }) => {
      if (!existsSync(PROGRAM))
        throw new CommandFailure(EXIT.config, `${PROGRAM} is not there: run "npm run build".`);
      print(
        unitFor([process.execPath, ...nodeOptions(), PROGRAM, '--data-dir', dataDirOf(process.env, dataDir)]),
      );
    });
}

/** Those that `npm run headless` gives Node. */
function nodeOptions(): string[] {
  return packageJson.scripts.headless.match(/--max-\S+/g) ?? [];
}

/** The text of the unit for a command line; its first word is a path. */
export function unitFor(words: readonly string[]): string {
  // systemd takes no quotes and backslashes in the path of what it runs itself.
  const [program = '', ...args] = /["'\\]/.test(words[0] ?? '') ? ['/usr/bin/env', ...words] : words;
  const command = [quoted(program), ...args.map((argument) => quoted(argument).replaceAll('$', '$$$$'))];
  return `[Unit]
Description=poptray, screen pops for contact-centre agents

[Service]
Type=notify
# Readiness is told by systemd-notify, a child.
NotifyAccess=all
# While the keychain is locked poptray waits, and its status says so.
TimeoutStartSec=infinity
ExecStart=${command.join(' ')}
Restart=on-failure
RestartSec=10
# A wrong call, wrong settings: docs/command-line.md has the exit codes.
RestartPreventExitStatus=${HOPELESS.join(' ')}
# Pops under way get 20 seconds.
TimeoutStopSec=30
KillMode=mixed
UMask=0077

[Install]
WantedBy=default.target`;
}

/** As systemd.syntax(7) has it, with the specifiers of systemd.unit(5) taken as they are written. */
function quoted(word: string): string {
  if (/^[\w/.:=@+-]+$/.test(word)) return word;
  const escaped = word.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `"${escaped.replaceAll('%', '%%')}"`;
}
