/** The audit log with its keys and its checkpoints, opened and closed in order. */
import type { AuditEntry } from '../shared/audit.ts';
import {
  beginCheckpoints,
  checkpointPath,
  firstMark,
  openCheckpointFile,
  readMark,
} from './audit/checkpoint-file.ts';
import { createCheckpointer } from './audit/checkpointer.ts';
import { type Evidence, furthestCheckpoint, gatherEvidence } from './audit/evidence.ts';
import { createKeyKeeper, openKeys } from './audit/keys.ts';
import { lockLog } from './audit/lock.ts';
import { type AuditLogFile, createAuditLog } from './audit/log.ts';
import { remainderOf } from './audit/removal.ts';
import { removeOld } from './audit/remove-old.ts';
import { auditDir, listSegments } from './audit/segments.ts';
import type { PopError } from './pipeline/errors.ts';
import type { Clock } from './pipeline/ports.ts';
import type { Secrets } from './platform/secrets.ts';

export interface Trail {
  readonly dir: string;
  readonly audit: AuditLogFile;
  /** For digests of what must not be read; base64. */
  readonly digestKey: string;
  /** The latest checkpoint, a signed note. */
  checkpoint(): string;
  /** What the log is to be judged by now; undefined when a key is gone. */
  evidence(): Promise<Evidence | undefined>;
  /** Removes what is from before that time, in epoch milliseconds, and before that entry; see main/audit/remove-old.ts. */
  removeOld(before: number, firstNeeded: number): Promise<number>;
}

export interface TrailOptions {
  readonly dataDir: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly onEntry: (entry: AuditEntry, json: string) => void;
  /** Hears why the log cannot be written, and null once it can be again. */
  readonly onLogFault: (fault: PopError | null) => void;
  readonly onFault: (event: string) => (error: unknown) => void;
}

/** Throws LogLocked, SecretsLocked and AuditKeyMissing. Closing the log closes all of it. */
export async function openTrail(options: TrailOptions): Promise<Trail> {
  const { dataDir, secrets, clock, onEntry, onLogFault, onFault } = options;
  const dir = auditDir(dataDir);
  const path = checkpointPath(dataDir);
  // Before anything is made in the folder: two first starts at once would each make a key.
  const unlock = lockLog(dir);
  const { live, signer, digestKey } = await openKeys(secrets, listSegments(dir).length > 0, (signer) =>
    beginCheckpoints(path, signer),
  );
  const keep = async ({ note }: { note: string }) => secrets.set('audit-checkpoint', note);
  const isInKeychain = (await secrets.source('audit-key')) === 'keychain';
  const known = await furthestCheckpoint(secrets, path, signer);
  const keys = createKeyKeeper(live, secrets, clock.after, onFault('the audit key could not be kept'));
  const checkpoints = createCheckpointer({
    dir,
    signer,
    clock,
    from: readMark(path, signer) ?? firstMark(signer, remainderOf(dir, signer).removal),
    file: openCheckpointFile(path, signer),
    keep: isInKeychain ? keep : undefined,
    onFault: onFault('a checkpoint of the audit log could not be kept'),
  });
  const audit = createAuditLog({
    dir,
    key: live,
    ...(known && { head: { seq: known.count, mac: known.mac } }),
    clock,
    onEntry,
    onFault: onLogFault,
    onDurable(seq, key) {
      keys.reached(key);
      checkpoints.reached(seq);
    },
    async unlock() {
      await checkpoints.close();
      await keys.idle();
      unlock();
    },
  });
  const evidence = () => gatherEvidence(secrets, path);
  return {
    dir,
    audit,
    digestKey,
    checkpoint: () => checkpoints.latest().note,
    evidence,
    removeOld: (before, firstNeeded) => removeOld(before, firstNeeded, { dir, signer, audit, evidence }),
  };
}
