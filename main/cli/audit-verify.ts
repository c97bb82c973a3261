/** `poptray audit verify`: whether the log can be believed. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { verificationMade } from '../../shared/change.ts';
import { plural } from '../../shared/plural.ts';
import type { Host } from '../app/bootstrap.ts';
import { type Checkpoint, openCheckpoint, parseVerifier } from '../audit/checkpoints/checkpoint.ts';
import { checkpointPath } from '../audit/checkpoints/checkpoint-file.ts';
import { byCount, type Evidence, gatherEvidence, knownOf } from '../audit/checkpoints/evidence.ts';
import { parseRoot } from '../audit/checkpoints/root-file.ts';
import { auditDir, listSegments } from '../audit/format/segments.ts';
import { SEALED_NAME, sealedKeys, sealedPaths } from '../audit/reset/sealed-log.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import { verifyInSteps } from '../audit/verify/verify-in-steps.ts';
import { readNamedFile } from '../platform/read-named-file.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { isHome, putOnRecord, stand } from './put-on-record.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface Options {
  root?: string;
  publicKey?: string;
  checkpoint?: string;
  sealed?: string;
  json?: boolean;
  dataDir?: string;
}

/** How often a person sees how far it is, in entries. */
const EVERY = 20_000;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check that no entry was changed, removed, moved or added')
    .addOption(
      new Option('--root <file>', 'check all MACs, with what "audit root" has exported').conflicts(
        'publicKey',
      ),
    )
    .option('--public-key <file>', 'check the signed checkpoint alone, with what "audit public-key" prints')
    .option('--checkpoint <file>', 'hold the log against this one as well, as a webhook has brought it')
    .option('--sealed <name>', 'check a log that "reset" has sealed aside, by its folder', parseSealed)
    .option('--json', 'print the verdict as JSON')
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nExit codes: 0 whole; 1 tampered; 2 the last line was never finished; 3 the keys are not there; 4 not all vouched for.',
    )
    .action(verify);
}

async function verify(options: Options): Promise<void> {
  const host = findHost(options.dataDir);
  const { sealed } = options;
  const paths = sealed === undefined ? undefined : sealedPaths(host.dataDir, sealed);
  const dir = paths?.audit ?? auditDir(host.dataDir);
  let given: Checkpoint | undefined;
  const gather = async () => {
    const found = await knownEvidence(options, host, paths?.checkpoint ?? checkpointPath(host.dataDir));
    if (!found || options.checkpoint === undefined) return found;
    given = checkpointIn(options.checkpoint, found);
    return { ...found, checkpoints: byCount([...found.checkpoints, given]) };
  };
  const { verdict: judged, evidence } = await verifyInSteps(dir, gather, showProgress);
  const verdict = heldAgainst(given, judged);
  if (isHome(host)) {
    if (evidence && (await doesStand(options, verdict, host, evidence))) stand(host, verdict);
    putOnRecord(host, verificationMade(verdict.verdict));
  }
  process.exitCode = {
    whole: EXIT.ok,
    tampered: EXIT.failed,
    torn: EXIT.torn,
    'no-key': EXIT.noKey,
    'not-all-vouched-for': EXIT.notAllVouchedFor,
  }[verdict.verdict];
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (options.json) print(JSON.stringify(verdict));
  if (!evidence) {
    complain(whyNot(options, listSegments(dir).length > 0));
  } else if (!options.json) explain(verdict, evidence);
}

/** Whether it is a verdict on the log here: what the key of another log says is none, nor what was left open with less than all that is known here. */
async function doesStand(
  { root, publicKey, checkpoint }: Options,
  { verdict }: Verdict,
  host: Host,
  { verifier }: Evidence,
): Promise<boolean> {
  if (verdict !== 'tampered') return (root ?? publicKey ?? checkpoint) === undefined;
  const ours = await gatherEvidence(await host.secrets(), checkpointPath(host.dataDir));
  return ours?.verifier.text === verifier.text;
}

function whyNot({ publicKey }: Options, isThere: boolean): string {
  if (!isThere) return 'There is no audit log here yet.';
  if (publicKey === undefined) return 'The key of this log is not there, so nothing can be said about it.';
  return `No checkpoint here was signed by the key in ${publicKey}, so nothing can be said: it is another log's key, or the checkpoint was taken away.`;
}

/** For a person who waits. */
function showProgress(entries: number): void {
  if (process.stderr.isTTY && entries % EVERY === 0)
    process.stderr.write(`\rchecked ${plural(entries, 'entry', 'entries')}`);
}

/** A log cannot be held against a checkpoint of entries that are not there any more. */
function heldAgainst(given: Checkpoint | undefined, verdict: Verdict): Verdict {
  if (!given || verdict.verdict !== 'whole' || given.count >= verdict.removed) return verdict;
  const reason = 'the checkpoint that was given counts only entries that retention has removed';
  return {
    ...verdict,
    verdict: 'not-all-vouched-for',
    fault: { segment: '', line: 0, seq: given.count, reason },
  };
}

async function knownEvidence(options: Options, host: Host, path: string): Promise<Evidence | undefined> {
  const all = await host.secrets();
  const secrets = options.sealed === undefined ? all : await sealedKeys(all, options.sealed);
  const isGiven = options.checkpoint !== undefined;
  if (options.root === undefined && options.publicKey === undefined) return gatherEvidence(secrets, path);
  const { key, verifier } =
    options.root === undefined
      ? { key: undefined, verifier: readFile(`${options.publicKey}`, parseVerifier, 'audit public-key') }
      : readFile(options.root, parseRoot, 'audit root');
  const known = await knownOf(secrets, path, verifier);
  // Without one there is nothing that a public key could vouch for.
  if (!key && !isGiven && known.checkpoints.length === 0) return undefined;
  // Whoever was given one from elsewhere need not have been given ours.
  return { key, verifier, ...known, ...(isGiven && { beside: Number.POSITIVE_INFINITY }) };
}

/** Throws InvalidArgumentError. */
function parseSealed(name: string): string {
  if (SEALED_NAME.test(name)) return name;
  throw new InvalidArgumentError('It takes the name of a folder such as audit-2026-11-30-0123456789abcdef.');
}

function readFile<T>(path: string, parse: (text: string) => T | undefined, command: string): T {
  const parsed = parse(readNamedFile(path).toString());
  if (parsed === undefined)
    throw new CommandFailure(EXIT.usage, `${path} does not hold what "poptray ${command}" has given.`);
  return parsed;
}

/** A checkpoint as it is, or in base64 as the header of a webhook has it. Throws CommandFailure when it is none. */
function checkpointIn(path: string, { verifier }: Evidence): Checkpoint {
  const text = readNamedFile(path).toString();
  const note = text.includes('\n\n') ? text : Buffer.from(text, 'base64').toString();
  const checkpoint = openCheckpoint(note, verifier);
  if (!checkpoint) {
    throw new CommandFailure(EXIT.noKey, `The key that is here has not signed the checkpoint in ${path}.`);
  }
  return checkpoint;
}

function explain(verdict: Verdict, { key, checkpoints }: Evidence): void {
  const { entries, segments, macs, vouched, removed, fault } = verdict;
  if (fault) {
    print(
      `${verdict.verdict}: entry ${fault.seq} (${fault.segment || 'no segment'}, line ${fault.line}): ${fault.reason}`,
    );
    print(`before it ${plural(entries, 'entry is', 'entries are')} whole`);
    if (verdict.verdict === 'torn')
      print('Nothing hung on what is there: the next start drops it, and says so in the log.');
  } else {
    print(`whole: ${plural(entries, 'entry', 'entries')} in ${plural(segments, 'segment')}`);
    const signed = plural(checkpoints.at(-1)?.count ?? 0, 'entry', 'entries');
    print(
      `${macs.toLocaleString()} checked by their MAC, ${vouched.toLocaleString()} under a checkpoint of ${signed}`,
    );
    if (macs < entries)
      print(
        key
          ? 'The keys of earlier segments are erased here: --root checks their MACs as well.'
          : 'A public key checks no MACs: --root does.',
      );
  }
  if (removed > 0)
    print(
      `${plural(removed, 'entry', 'entries')} before them: removed by retention, which the log says itself`,
    );
}
