/** `poptray doctor`: looks at everything a pop needs and says what is wrong and what to do about it. */
import { Command, InvalidArgumentError } from 'commander';
import type { Finding } from '../../shared/finding.ts';
import { isHttpsOrLoopback } from '../../shared/urls.ts';
import type { Host } from '../app/bootstrap.ts';
import { openSettings } from '../config/settings.ts';

import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findAnyHost } from './options.ts';
import { print } from './terminal.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'check settings, secrets, log, disk, clock, the connection to each destination, and the pages that pops show',
    )
    .option(
      '--target <url>',
      'look at this page alone: may it be shown where pops go, and what is to be changed',
      parsePage,
    )
    .option('--json', 'print the findings as JSON')
    .option(...DATA_DIR)
    .addHelpText('after', '\nExit codes: 0 nothing is wrong; 1 at least one fault.')
    .action(async (options: { json?: boolean; dataDir?: string; target?: string }) => {
      const host = findAnyHost(options.dataDir);
      const findings = await (options.target === undefined ? all(host) : one(host, options.target));
      const marks = { ok: 'ok   ', note: 'note ', fault: 'FAULT' };
      if (options.json) print(JSON.stringify(findings));
      else for (const { check, verdict, detail } of findings) print(`${marks[verdict]}  ${check}: ${detail}`);
      process.exitCode = findings.some(({ verdict }) => verdict === 'fault') ? EXIT.failed : EXIT.ok;
    });
}

async function all(host: Host): Promise<Finding[]> {
  const { examine } = await import('./examine.ts');
  return examine(host);
}

async function one({ dataDir, env }: Host, page: string): Promise<Finding[]> {
  const { examinePage } = await import('../app/examine-page.ts');
  return [await examinePage(page, openSettings(dataDir, env).current)];
}

/** Throws InvalidArgumentError. */
function parsePage(text: string): string {
  if (!isHttpsOrLoopback(text))
    throw new InvalidArgumentError('A page is an absolute https URL; http only for this machine.');
  return text;
}
