/** `poptray support-bundle`: what whoever helps needs to know of this poptray, and nothing of anybody. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { askAtTerminal } from './ask.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface Options {
  output?: string;
  yes?: boolean;
  dataDir?: string;
}

export function supportBundleCommand(): Command {
  return new Command('support-bundle')
    .description('show what support needs to know of this poptray, then write it to a file')
    .option('--output <file>', 'where to; it must not be there yet')
    .option('--yes', 'do not ask')
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nOf addresses it has the host alone, of webhooks, receivers, tokens, agents and applications a number: no secret, no name,\nnothing of a customer. It is shown before it is written.\nExit codes: 0 written; 1 the file is there already, or the answer was no.',
    )
    .action(make);
}

async function make({ output, yes = false, dataDir }: Options): Promise<void> {
  const host = findHost(dataDir);
  // Loaded now, because it loads all that doctor needs.
  const { gatherBundle } = await import('./gather-bundle.ts');
  const bundle = await gatherBundle(host);
  const text = JSON.stringify(bundle, null, 2);
  const path = output ?? `poptray-support-${bundle.madeAt.replaceAll(':', '').slice(0, 17)}.json`;
  print(text);
  if (!yes && !(await askAtTerminal(`Write this to ${path}?`, 'writes it')))
    throw new CommandFailure(EXIT.failed, 'Nothing was written.');
  try {
    writeFileSync(path, `${text}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CommandFailure(EXIT.failed, `${path} is there already: name another file with --output FILE.`);
  }
  complain(`This is in ${path} now, which only you can read.`);
}
