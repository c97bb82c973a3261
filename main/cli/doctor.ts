/** `poptray doctor`: looks at everything a pop needs and says what is wrong and what to do about it. */
import { Command } from 'commander';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { print } from './terminal.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check settings, secrets, log, disk and the connection to the destination')
    .option('--json', 'print the findings as JSON')
    .option(...DATA_DIR)
    .addHelpText('after', '\nExit codes: 0 nothing is wrong; 1 at least one fault.')
    .action(async (options: { json?: boolean; dataDir?: string }) => {
      const host = findHost(options.dataDir);
      const { examine } = await import('./examine.ts');
      const findings = await examine(host);
      const marks = { ok: 'ok   ', note: 'note ', fault: 'FAULT' };
      if (options.json) print(JSON.stringify(findings));
      else for (const { check, verdict, detail } of findings) print(`${marks[verdict]}  ${check}: ${detail}`);
      process.exitCode = findings.some(({ verdict }) => verdict === 'fault') ? EXIT.failed : EXIT.ok;
    });
}
