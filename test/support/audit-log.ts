/** A real audit log with its keys and checkpoints, wired as the app wires them; the secrets are in memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { type Evidence, gatherEvidence } from '../../main/audit/checkpoints/evidence.ts';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { type OpenAuditLog, openAuditLog } from '../../main/audit/open-audit-log.ts';
import type { Clock } from '../../main/pipeline/ports.ts';
import type { Secrets } from '../../main/secrets/secrets.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
import type { ReportTrouble } from '../../shared/trouble.ts';
import { createFakeClock } from './fake-clock.ts';
import { tempDir } from './temp-dir.ts';

export interface MemorySecrets extends Secrets {
  readonly kept: Record<string, string>;
}

/** `source`: where they say that they are. */
export function createMemorySecrets(
  kept: Record<string, string> = {},
  source: 'keychain' | 'file' = 'file',
): MemorySecrets {
  const secrets: MemorySecrets = {
    kept,
    warning: undefined,
    lookAgain: async () => {},
    takeOverEarlier: async () => {},
    get: async (name) => kept[name],
    async set(name, value) {
      // As the real ones: a line break at the end is no part of a secret.
      kept[name] = value.trimEnd();
    },
    async delete(name) {
      const had = name in kept;
      delete kept[name];
      return had;
    },
    source: async (name) => (name in kept ? source : null),
    async getOrCreate(name, make) {
      kept[name] ??= make();
      return kept[name];
    },
  };
  return secrets;
}

export interface TestLog extends OpenAuditLog {
  readonly dataDir: string;
  readonly secrets: MemorySecrets;
  /** What readers of the log were told. */
  readonly entries: AuditEntry[];
  readonly faults: string[];
  /** What was said of the log: why it cannot be written, or null once it can be again. */
  readonly logFaults: (string | null)[];
  /** Appends an entry with this detail, and waits until it is on disk. */
  add(detail: string): Promise<AuditEntry>;
  close(): Promise<void>;
}

export interface TestLogOptions {
  readonly dataDir?: string;
  readonly clock?: Clock;
  readonly secrets?: MemorySecrets;
  readonly report?: ReportTrouble;
}

/** Opens it now; it is closed when the test has ended, if the test did not close it itself. */
export async function openTestLog(options: TestLogOptions = {}): Promise<TestLog> {
  const { dataDir = tempDir(), clock = createFakeClock(), secrets = createMemorySecrets() } = options;
  const { report = () => {} } = options;
  const entries: AuditEntry[] = [];
  const faults: string[] = [];
  const logFaults: (string | null)[] = [];
  const auditLog = await openAuditLog({
    dataDir,
    secrets,
    clock,
    report,
    onEntry: (entry) => entries.push(entry),
    onLogFault: (fault) => logFaults.push(fault?.message ?? null),
    onFault: (event) => (error) => faults.push(`${event}: ${(error as Error).message}`),
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= auditLog.audit.close();
    return closed;
  };
  onTestFinished(close);
  return {
    ...auditLog,
    dataDir,
    secrets,
    entries,
    faults,
    logFaults,
    add: (detail) => auditLog.audit.append(newEntry('webhook', { detail }), 'durable'),
    close,
  };
}

export interface WrittenLog {
  readonly dataDir: string;
  readonly dir: string;
  readonly secrets: MemorySecrets;
  /** The segments' paths and lines, newlines included. */
  readonly segments: { readonly path: string; readonly lines: string[] }[];
  /** `live`: without the root. */
  evidence(keys?: 'root' | 'live' | 'public'): Promise<Evidence>;
}

/** A closed log; each number is a day, and how many entries it has beside its opening. */
export async function writeTestLog(
  days: readonly number[],
  options: TestLogOptions = {},
): Promise<WrittenLog> {
  const clock = createFakeClock();
  const log = await openTestLog({ clock, ...options });
  for (const [day, count] of days.entries()) {
    if (day > 0) clock.jump(24 * 60 * 60 * 1000);
    await Promise.all(Array.from({ length: count }, (_, index) => log.add(`entry ${index} of day ${day}`)));
  }
  await log.close();
  return asWritten(log);
}

/** What judges the log of a folder that keeps its secrets in a file. */
export async function evidenceIn(dataDir: string): Promise<Evidence> {
  const { secrets } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
  return (await gatherEvidence(createMemorySecrets(secrets), checkpointPath(dataDir))) as Evidence;
}

/** What is on disk of a log. */
export function asWritten({ dataDir, secrets }: Pick<TestLog, 'dataDir' | 'secrets'>): WrittenLog {
  const dir = auditDir(dataDir);
  const segments = listSegments(dir).map((name) => {
    const path = join(dir, name);
    return { path, lines: readFileSync(path, 'utf8').split(/(?<=\n)/) };
  });
  return {
    dataDir,
    dir,
    secrets,
    segments,
    async evidence(keys = 'root') {
      const { 'audit-root': root, ...live } = secrets.kept;
      const store = createMemorySecrets(keys === 'root' ? secrets.kept : live);
      const found = (await gatherEvidence(store, checkpointPath(dataDir))) as Evidence;
      return keys === 'public' ? { ...found, key: undefined } : found;
    },
  };
}
