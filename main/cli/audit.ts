/** `poptray audit`: looks into the log of this machine, also while poptray runs. */
import { Command, Option } from 'commander';
import type { AuditEntry } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import { refusalsIn } from '../../shared/refused-event.ts';
import { sayChange } from '../../shared/say-change.ts';
import { sayDestinations } from '../../shared/say-destinations.ts';
import { writers } from '../audit/export/formats.ts';
import { auditDir } from '../audit/format/segments.ts';
import { readEntries } from '../audit/read/entries.ts';
import { publicKeyCommand, rootCommand } from './audit-keys.ts';
import { verifyCommand } from './audit-verify.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost, parseCount } from './options.ts';
import { isHome, putOnRecord } from './put-on-record.ts';
import { complain, print } from './terminal.ts';
import { visible, visibleInLine } from './visible.ts';

interface ListOptions {
  limit: number;
  user?: string;
  all?: boolean;
  json?: boolean;
  dataDir?: string;
}

export function auditCommand(): Command {
  const audit = new Command('audit').description('look into the audit log');
  audit.addCommand(verifyCommand()).addCommand(rootCommand()).addCommand(publicKeyCommand());
  audit
    .command('list')
    .description('show the latest pops and refusals, and who has changed what')
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
      new Option('--format <format>', 'JSON Lines, CSV (RFC 4180) or OCSF events (API Activity, 1.6.0)')
        .choices(['jsonl', 'csv', 'ocsf'])
        .default('jsonl'),
    )
    .option(...DATA_DIR)
    .action(exportAll);
  return audit;
}

/** The others say how these came about. */
const LISTED: ReadonlySet<AuditEntry['type']> = new Set(['result', 'refused', 'changed']);

function list(options: ListOptions): void {
  const { dataDir } = findHost(options.dataDir);
  const latest: AuditEntry[] = [];
  for (const entry of readEntries(auditDir(dataDir))) {
    if (!options.all && !LISTED.has(entry.type)) continue;
    if (options.user !== undefined && entry.userId !== options.user) continue;
    latest.push(entry);
    if (latest.length > options.limit) latest.shift();
  }
  if (options.json) for (const entry of latest) print(JSON.stringify(entry));
  else if (latest.length === 0) complain('No entries. Fire a pop with "poptray trigger --user ID".');
  else table(latest);
}

function focusOf({ type, status, windowFocused }: AuditEntry): string {
  if (type !== 'result' || status !== 'delivered') return '';
  return { true: 'yes', false: 'no', null: 'unknown' }[`${windowFocused}`];
}

function table(entries: readonly AuditEntry[]): void {
  const head = [
    'TIME',
    'TYPE',
    'OUTCOME',
    'LATENCY',
    'FOCUS',
    'TRIES',
    'CLIENT',
    'USER',
    'APPLICATION',
    'DESTINATION',
    'POP',
  ];
  const rows = entries.map((entry) =>
    [
      entry.timestamp,
      entry.type,
      outcomeOf(entry),
      entry.latencyMs === null ? '' : `${entry.latencyMs.toFixed(1)} ms`,
      focusOf(entry),
      String(entry.attempts),
      entry.client ?? '',
      entry.userId ?? '',
      entry.application ?? '',
      entry.destinations ? sayDestinations(entry.destinations) : (entry.destination ?? ''),
      entry.popId ?? '',
    ].map(visibleInLine),
  );
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const [index, row] of [head, ...rows].entries()) {
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
    for (const { pointer, detail } of entries[index - 1]?.errors ?? [])
      print(visibleInLine(`    ${pointer} ${detail}`).replace(/ +/, '    '));
  }
}

function outcomeOf(entry: AuditEntry): string {
  const times = refusalsIn(entry);
  const words = [entry.status, entry.code ?? entry.reason, times > 1 && `${times} times`];
  return words.filter(Boolean).join(' ') || noteOf(entry);
}

function noteOf(entry: AuditEntry): string {
  const event = eventOf(entry);
  if (event?.kind === 'changed') return sayChange(event.change);
  return event?.kind === 'removed' ? `entries up to ${event.upTo}` : (entry.detail ?? '');
}

function exportAll(options: { format: keyof typeof writers; dataDir?: string }): void {
  const host = findHost(options.dataDir);
  const { dataDir } = host;
  const { head, line } = writers[options.format];
  // Into a file or a program goes what is there; a terminal would act on it.
  const shown = process.stdout.isTTY ? visible : (text: string) => text;
  process.stdout.write(head);
  let [from, seq, removed, hasGap] = [0, 0, 0, false];
  for (const entry of readEntries(auditDir(dataDir))) {
    process.stdout.write(shown(line(entry)));
    const event = eventOf(entry);
    if (event?.kind === 'removed') removed = Math.max(removed, event.upTo);
    if (seq === 0) from = entry.seq;
    else hasGap ||= entry.seq !== seq + 1;
    seq = entry.seq;
  }
  if (isHome(host)) putOnRecord(host, { subject: 'export', action: 'made', name: options.format });
  if (seq === 0) complain('No entries.');
  if (!hasGap && from <= removed + 1) return;
  complain('Entries are missing or damaged, and not in this export: "poptray audit verify" says which.');
  process.exitCode = EXIT.failed;
}
