/** `poptray audit verify`: whether the log can be believed. */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { type Checkpoint, openCheckpoint, parseVerifier } from '../audit/checkpoint.ts';
import { checkpointPath } from '../audit/checkpoint-file.ts';
import { type Evidence, furthestCheckpoint, gatherEvidence } from '../audit/evidence.ts';
import { parseRoot } from '../audit/root-file.ts';
import { auditDir, listSegments } from '../audit/segments.ts';
import { type Verdict, verifySteps } from '../audit/verify.ts';
import type { Host } from '../host.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { CommandFailure, print } from './terminal.ts';

interface Options {
  root?: string;
  publicKey?: string;
  checkpoint?: string;
  json?: boolean;
  dataDir?: string;
}

/** A log of more entries than this takes long enough for a person to wonder. */
const LONG = 50_000;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check that no entry was changed, removed, moved or added')
    .addOption(
      new Option('--root <file>', 'check all MACs, with what "audit root" has exported').conflicts(
        'publicKey',
      ),
    )
    .option('--public-key <file>', 'check the signed checkpoint alone, with what "audit public-key" prints')
    .option('--checkpoint <file>', 'hold the log against this one, as a webhook has brought it')
    .option('--json', 'print the verdict as JSON')
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nExit codes: 0 whole; 1 tampered; 2 the last line was never finished; 3 the keys are not there.',
    )
    .action(verify);
}

async function verify(options: Options): Promise<void> {
  const host = findHost(options.dataDir);
  const dir = auditDir(host.dataDir);
  const evidence = await evidenceOf(options, host);
  const verdict = watched(dir, evidence);
  process.exitCode = {
    whole: EXIT.ok,
    tampered: EXIT.failed,
    torn: EXIT.torn,
    'no-key': EXIT.noKey,
  }[verdict.verdict];
  if (options.json) print(JSON.stringify(verdict));
  else explain(verdict, evidence);
}

/** Throws CommandFailure when the keys are not there. */
async function evidenceOf(options: Options, host: Host): Promise<Evidence> {
  const path = checkpointPath(host.dataDir);
  const found = await knownEvidence(options, host, path);
  if (!found) {
    const isThere = listSegments(auditDir(host.dataDir)).length > 0;
    throw new CommandFailure(
      EXIT.noKey,
      isThere
        ? 'The key of this log is not there, so nothing can be said about it.'
        : 'There is no audit log here yet.',
    );
  }
  if (options.checkpoint === undefined) return found;
  const checkpoint = given(options.checkpoint, found);
  return { ...found, checkpoint };
}

async function knownEvidence(options: Options, host: Host, path: string): Promise<Evidence | undefined> {
  const secrets = await host.secrets();
  if (options.root !== undefined) {
    const { key, verifier } = readFile(options.root, parseRoot);
    return { key, verifier, checkpoint: await furthestCheckpoint(secrets, path, verifier) };
  }
  if (options.publicKey === undefined) return gatherEvidence(secrets, path);
  const verifier = readFile(options.publicKey, parseVerifier);
  const checkpoint = await furthestCheckpoint(secrets, path, verifier);
  // Without one there is nothing that this key could vouch for.
  return checkpoint || options.checkpoint !== undefined ? { verifier, checkpoint } : undefined;
}

function readFile<T>(path: string, parse: (text: string) => T | undefined): T {
  const parsed = parse(readFileSync(path, 'utf8'));
  if (parsed === undefined) throw new CommandFailure(EXIT.usage, `${path} does not hold what it should.`);
  return parsed;
}

/** A checkpoint as it is, or in base64 as the header of a webhook has it. */
function given(path: string, { verifier }: Evidence): Checkpoint {
  const text = readFileSync(path, 'utf8');
  const note = text.includes('\n\n') ? text : Buffer.from(text, 'base64').toString();
  const checkpoint = openCheckpoint(note, verifier);
  if (!checkpoint) {
    throw new CommandFailure(EXIT.noKey, `The key that is here has not signed the checkpoint in ${path}.`);
  }
  return checkpoint;
}

function watched(dir: string, evidence: Evidence): Verdict {
  const steps = verifySteps(dir, evidence);
  const isWatched = process.stderr.isTTY && (evidence.checkpoint?.count ?? 0) > LONG;
  for (let count = 0; ; count += 1) {
    const { done, value } = steps.next();
    if (done) {
      if (isWatched) process.stderr.write('\r\u001b[K');
      return value;
    }
    if (isWatched && count % 40 === 0) process.stderr.write(`\rchecked ${value} entries`);
  }
}

function explain(verdict: Verdict, { checkpoint }: Evidence): void {
  const { entries, segments, macs, vouched, removed, fault } = verdict;
  if (fault) {
    print(
      `${verdict.verdict}: entry ${fault.seq} (${fault.segment || 'no segment'}, line ${fault.line}): ${fault.reason}`,
    );
    print(`the ${entries} entries before it are whole`);
  } else {
    print(`whole: ${entries} entries in ${segments} segments`);
    print(`${macs} checked by their MAC, ${vouched} under a checkpoint of ${checkpoint?.count} entries`);
    if (macs < entries)
      print('The keys of earlier segments are erased here: --root checks their MACs as well.');
  }
  if (removed > 0)
    print(`${removed} entries before them were removed by retention, which the log says itself`);
}
