/**
 * Closes a case that a tampering, a restore or a deleted folder has opened: the log is sealed aside with its verdict, and a new one
 * begins. What is to be done is written down first, so that the next start ends what a crash has cut short.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type Actor, changeBy } from '../../../shared/change.ts';
import { entryOf } from '../../../shared/log-events.ts';
import type { NewAuditEntry } from '../../../shared/new-entry.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { HostUnfit } from '../../platform/data-dir.ts';
import { makeFolder, syncFolder } from '../../platform/folder.ts';
import { readPrivateFile, writePrivateFile } from '../../platform/private-file.ts';
import type { Secrets } from '../../secrets/secrets.ts';
import { parseSigningKey } from '../checkpoints/checkpoint.ts';
import { checkpointPath } from '../checkpoints/checkpoint-file.ts';
import { gatherEvidence } from '../checkpoints/evidence.ts';
import { lockLog } from '../format/lock.ts';
import { auditDir, listSegments } from '../format/segments.ts';
import { readEntries } from '../read/entries.ts';
import { closeTampered, openStanding } from '../verify/standing.ts';
import type { Verdict } from '../verify/verify.ts';
import { verifyInSteps } from '../verify/verify-in-steps.ts';
import type { AuditLogFile } from '../writer/log-writer.ts';
import { carryOver } from './carry-over.ts';
import { keepKeys, LOG_SECRETS, SEALED_NAME, sealedPaths } from './sealed-log.ts';

const planSchema = z.strictObject({
  phase: z.enum(['sealing', 'carrying']),
  sealed: z.string().regex(SEALED_NAME).describe('The folder that the log goes to.'),
  client: z.string(),
  by: z.string().nullable(),
  said: z.string().describe('The verdict and the last checkpoint.'),
});

type Plan = z.infer<typeof planSchema>;

const planPath = (dataDir: string) => join(dataDir, 'audit-reset.json');

/** Undefined when no reset is under way. Throws HostUnfit where the file of one cannot be used. */
export function plannedReset(dataDir: string): Plan | undefined {
  const path = planPath(dataDir);
  try {
    const text = readPrivateFile(path);
    return text === undefined ? undefined : planSchema.parse(JSON.parse(text));
  } catch (cause) {
    const text = `${path}, which says how far a reset of the audit log has come, cannot be used. "poptray reset" puts it aside and seals the log as it is now.`;
    throw new HostUnfit(text, { cause });
  }
}

/** Puts aside what cannot be used as the file of a reset; false where that is none. Throws what the file system throws. */
export function setUnfitPlanAside(dataDir: string): boolean {
  try {
    plannedReset(dataDir);
    return false;
  } catch {
    const path = planPath(dataDir);
    rmSync(`${path}.damaged`, { recursive: true, force: true });
    renameSync(path, `${path}.damaged`);
    return true;
  }
}

function writePlan(dataDir: string, plan: Plan): void {
  writePrivateFile(planPath(dataDir), `${JSON.stringify(plan)}\n`);
}

export interface Planned {
  readonly sealed: string;
  readonly verdict: Verdict;
}

export interface ResetOptions {
  readonly dataDir: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly actor: Actor;
  /** Hears the verdict, while nothing is changed yet; whether to go on. */
  readonly confirm: (verdict: Verdict) => Promise<boolean>;
}

/**
 * Judges the log and plans its reset, which opening the log then carries out. Undefined when `confirm` says no. Throws LogLocked
 * and LockUnfit; rejects with SecretsLocked.
 */
export async function planReset(options: ResetOptions): Promise<Planned | undefined> {
  const { dataDir, secrets, clock, actor, confirm } = options;
  const dir = auditDir(dataDir);
  const lock = lockLog(dir);
  try {
    const { verdict, evidence } = await verifyInSteps(dir, () =>
      gatherEvidence(secrets, checkpointPath(dataDir)),
    );
    if (!(await confirm(verdict))) return undefined;
    lock.demand();
    const day = new Date(clock.now()).toISOString();
    const sealed = freeName(dataDir, `audit-${day.slice(0, 10)}-${await nameOf(secrets)}`);
    const { folder, audit, verdict: verdictFile } = sealedPaths(dataDir, sealed);
    await keepKeys(secrets, sealed);
    makeFolder(audit);
    const checkpoint = evidence?.checkpoints.at(-1)?.note ?? null;
    writePrivateFile(
      verdictFile,
      `${JSON.stringify({ at: day, ...actor, ...verdict, checkpoint }, null, 2)}\n`,
    );
    syncFolder(folder);
    const { verdict: word, fault } = verdict;
    const what = fault ? `${word}: entry ${fault.seq}: ${fault.reason}` : word;
    const said = `${what}\n${checkpoint ?? 'no checkpoint'}`;
    writePlan(dataDir, { phase: 'sealing', sealed, ...actor, said });
    return { sealed, verdict };
  } finally {
    lock.release();
  }
}

/** The log's own name, as its checkpoints have it. */
async function nameOf(secrets: Secrets): Promise<string> {
  try {
    const { name } = parseSigningKey((await secrets.get('audit-signing-key')) ?? '');
    return (
      name
        .replace(/^poptray\//, '')
        .replace(/[^0-9a-z-]/g, '')
        .slice(0, 32) || 'unknown'
    );
  } catch (error) {
    if (error instanceof RangeError) return 'unknown';
    throw error;
  }
}

/** A reset that was cut short before its plan was written has left a folder without a log. */
function freeName(dataDir: string, wanted: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    const { audit } = sealedPaths(dataDir, name);
    if (!existsSync(audit) || readdirSync(audit).length === 0) return name;
  }
}

/**
 * Moves the log and its checkpoint aside, if that is planned. For the holder of the log's lock, which stays where it is. Done again
 * after a crash, it does what was left. Throws what the file system throws; rejects with SecretsLocked.
 */
export async function sealPlanned(dataDir: string, secrets: Secrets): Promise<void> {
  const plan = plannedReset(dataDir);
  if (plan?.phase !== 'sealing') return;
  const dir = auditDir(dataDir);
  const { folder, audit, checkpoint } = sealedPaths(dataDir, plan.sealed);
  for (const name of readdirSync(dir)) {
    // Whatever bears a segment's name goes along, also what is no regular file.
    if (/^audit-\d{12}\.(ndjson|leaves)$/.test(name)) renameSync(join(dir, name), join(audit, name));
  }
  const beside = checkpointPath(dataDir);
  if (existsSync(beside)) renameSync(beside, checkpoint);
  for (const changed of [audit, folder, dir, dirname(beside)]) syncFolder(changed);
  // They are kept with the sealed log since before there was a plan.
  for (const name of LOG_SECRETS) await secrets.delete(name);
  // What stands about the old log is settled.
  closeTampered(openStanding(dataDir));
  writePlan(dataDir, { ...plan, phase: 'carrying' });
}

/**
 * Puts the reset and what is carried over into the new log, if that is planned: what is there already, from before a crash, is left
 * out. Rejects with PopError `audit_unavailable`.
 */
export async function carryPlanned(
  dataDir: string,
  audit: Pick<AuditLogFile, 'open' | 'append'>,
  clock: Clock,
): Promise<void> {
  const plan = plannedReset(dataDir);
  if (plan?.phase !== 'carrying') return;
  const { sealed, said, client, by } = plan;
  const change = changeBy({ by }, { subject: 'reset', action: 'made', name: sealed });
  const entries = [
    entryOf({ kind: 'changed', client, change, said }),
    ...carryOver(sealedPaths(dataDir, sealed).audit, sealed, clock),
  ];
  const there = new Set([...readEntries(auditDir(dataDir))].map(identityOf));
  audit.open();
  const missing = entries.filter((entry) => !there.has(identityOf(entry)));
  await Promise.all(missing.map((entry) => audit.append(entry, 'durable')));
  rmSync(planPath(dataDir), { force: true });
  syncFolder(dataDir);
}

function identityOf({ type, popId, detail, change }: NewAuditEntry): string {
  return JSON.stringify([type, popId, detail, change?.name ?? null]);
}

/** Whether there is anything to reset: a log, or keys of one. Rejects with SecretsLocked. */
export async function hasLog(dataDir: string, secrets: Secrets): Promise<boolean> {
  if (listSegments(auditDir(dataDir)).length > 0) return true;
  for (const name of LOG_SECRETS) if ((await secrets.get(name)) !== undefined) return true;
  return false;
}
