/** `poptray audit`: looks into the log of this machine, also while poptray runs. */
import { Command, Option } from 'commander';
import type { AuditEntry } from '../../shared/audit.ts';
import { CSV_HEADER, csvLine } from '../audit/csv.ts';
import { parseKey } from '../audit/keys.ts';
import { readEntries } from '../audit/reader.ts';
import { auditDir } from '../audit/segments.ts';
import { verifyLog } from '../audit/verify.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost, parseCount } from './options.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface ListOptions {
  limit: number;
  user?: string;
  all?: boolean;
  json?: boolean;
  dataDir?: string;
}

export function auditCommand(): Command {
  const audit = new Command('audit').description('look into the audit log');
  audit
    .command('verify')
    .description('check that no entry was changed, removed, moved or added')
    .option('--json', 'print the verdict as JSON')
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nExit codes: 0 whole; 1 tampered; 2 the last line was never finished; 3 the key is not there.',
    )
    .action(verify);
  audit
    .command('list')
    .description('show the latest pops and refusals')
    .option('--limit <n>', 'how many', parseCount, 20)
    .option('--user <id>', 'only those of one agent')
    .option('--all', 'also intents, webhooks and notes about the log')
    .option('--json', 'one JSON object a line')
    .option(...DATA_DIR)
    .action(list);
  audit
    .command('export')
    .description('write the whole log to standard output')
    .addOption(
      new Option('--format <format>', 'JSON Lines or CSV (RFC 4180)')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .option(...DATA_DIR)
    .action(exportAll);
  return audit;
}

async function verify(options: { json?: boolean; dataDir?: string }): Promise<void> {
  const host = findHost(options.dataDir);
  const secret = await (await host.secrets()).get('audit-key');
  const dir = auditDir(host.dataDir);
  if (secret === undefined) {
    if (readEntries(dir).next().done) throw new CommandFailure(EXIT.noKey, 'There is no audit log here yet.');
    throw new CommandFailure(
      EXIT.noKey,
      'The key of this log is not there, so nothing can be said about it.',
    );
  }
  const key = parseKey(secret);
  if (!key) throw new CommandFailure(EXIT.noKey, 'This log and its key are of a version before the release.');
  const verdict = verifyLog(dir, key);
  process.exitCode = { whole: EXIT.ok, tampered: EXIT.failed, torn: EXIT.torn }[verdict.verdict];
  if (options.json) {
    print(JSON.stringify(verdict));
    return;
  }
  const { entries, segments, fault } = verdict;
  if (!fault) print(`whole: ${entries} entries in ${segments} segments, key ${key.id}`);
  else {
    print(
      `${verdict.verdict}: entry ${fault.seq} (${fault.segment || 'no segment'}, line ${fault.line}): ${fault.reason}`,
    );
    print(`the ${entries} entries before it are whole`);
  }
}

function list(options: ListOptions): void {
  const { dataDir } = findHost(options.dataDir);
  const latest: AuditEntry[] = [];
  for (const entry of readEntries(auditDir(dataDir))) {
    if (!options.all && entry.type !== 'result' && entry.type !== 'refused') continue;
    if (options.user !== undefined && entry.userId !== options.user) continue;
    latest.push(entry);
    if (latest.length > options.limit) latest.shift();
  }
  if (options.json) for (const entry of latest) print(JSON.stringify(entry));
  else if (latest.length === 0) complain('No entries. Fire a pop with "poptray trigger --user ID".');
  else table(latest);
}

function table(entries: readonly AuditEntry[]): void {
  const head = ['TIME', 'TYPE', 'OUTCOME', 'LATENCY', 'FOCUS', 'TRIES', 'USER', 'APPLICATION', 'POP'];
  const rows = entries.map((entry) => [
    entry.timestamp,
    entry.type,
    [entry.status, entry.code ?? entry.reason].filter(Boolean).join(' ') || (entry.detail ?? ''),
    entry.latencyMs === null ? '' : `${entry.latencyMs.toFixed(1)} ms`,
    entry.focusTracked ? (entry.windowFocused ? 'yes' : 'no') : entry.status === 'delivered' ? 'unknown' : '',
    String(entry.attempts),
    entry.userId ?? '',
    entry.application ?? '',
    entry.popId ?? '',
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [head, ...rows]) {
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

function exportAll(options: { format: string; dataDir?: string }): void {
  const { dataDir } = findHost(options.dataDir);
  if (options.format === 'csv') process.stdout.write(CSV_HEADER);
  for (const entry of readEntries(auditDir(dataDir))) {
    if (options.format === 'jsonl') print(JSON.stringify(entry));
    else process.stdout.write(csvLine(entry));
  }
}
