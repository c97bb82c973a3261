/** `poptray audit root` and `poptray audit public-key`: what an auditor needs. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { parseSigningKey } from '../audit/checkpoints/checkpoint.ts';
import { formatRoot } from '../audit/checkpoints/root-file.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { putOnRecord } from './put-on-record.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface Options {
  dataDir?: string;
}

export function rootCommand(): Command {
  return new Command('root')
    .argument('<file>', 'where to write it; it must not be there yet')
    .description('export the root of the keys for the auditor, once: it is then gone from here')
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nWhoever has the root can check every entry ("audit verify --root"), and could forge every entry.\nTake the file off this machine.',
    )
    .action(exportRoot);
}

export function publicKeyCommand(): Command {
  return new Command('public-key')
    .description('print the key that checks signed checkpoints')
    .option(...DATA_DIR)
    .action(async ({ dataDir }: Options) => print((await keysOf(dataDir)).signer.text));
}

async function exportRoot(file: string, { dataDir }: Options): Promise<void> {
  const { host, secrets, signer } = await keysOf(dataDir);
  const root = await secrets.get('audit-root');
  if (root === undefined) {
    throw new CommandFailure(
      EXIT.noKey,
      'The root is not here: it was exported before, and it is exported once.',
    );
  }
  try {
    writeFileSync(file, formatRoot(root, signer), { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CommandFailure(EXIT.usage, `${file} is already there: name another file.`);
  }
  // Only now, so that it is never nowhere.
  await secrets.delete('audit-root');
  putOnRecord(host, { subject: 'root', action: 'exported' });
  complain(
    `The root is in ${file}, and nowhere else. Give it to the auditor, and remove it from this machine.`,
  );
}

/** Throws CommandFailure while there is no log. */
async function keysOf(dataDir: string | undefined) {
  const host = findHost(dataDir);
  const secrets = await host.secrets();
  const signingKey = await secrets.get('audit-signing-key');
  if (signingKey === undefined) throw new CommandFailure(EXIT.noKey, 'There is no audit log here yet.');
  return { host, secrets, signer: parseSigningKey(signingKey) };
}
