/** The audit log with its keys and its checkpoints, opened and closed in order. */
import type { AuditEntry } from '../../shared/audit.ts';
import { entryOf } from '../../shared/log-events.ts';
import type { ReportTrouble } from '../../shared/trouble.ts';
import { codeOfError } from '../observability/logger.ts';
import type { PopError } from '../pipeline/errors.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { Secrets } from '../secrets/secrets.ts';
import {
  beginCheckpoints,
  checkpointPath,
  createCheckpointFile,
  readMarks,
} from './checkpoints/checkpoint-file.ts';
import { createCheckpointer } from './checkpoints/checkpointer.ts';
import { type Evidence, knownOf } from './checkpoints/evidence.ts';
import { createKeyKeeper } from './checkpoints/key-keeper.ts';
import { openKeys } from './checkpoints/keys.ts';
import { createReturnedCheckpoints } from './checkpoints/returned-checkpoints.ts';
import type { LogLock } from './format/lock.ts';
import { listSegments } from './format/segments.ts';
import { carryPlanned, sealPlanned } from './reset/reset.ts';
import type { Present } from './retention/age.ts';
import { removeOld } from './retention/remove-old.ts';
import { type AuditLogFile, createAuditLog } from './writer/log-writer.ts';

/** For the program's log, which says of an error what it is called. */
class ForeignCheckpoint extends Error {
  override readonly name = 'ForeignCheckpoint';
}

/** The part of the log that needs the keys. */
export interface KeyedLog {
  readonly audit: AuditLogFile;
  /** For digests of what must not be read; base64. */
  digestKey(): string;
  /** The furthest checkpoint, a signed note; undefined without one. */
  checkpoint(): string | undefined;
  /** Holds the log against a checkpoint that a receiver has sent back; what is none of this log is told, and counts for nothing. */
  takeCheckpoint(returned: unknown): void;
  /** Why nothing is signed any more: the log does not fit the furthest checkpoint that is known of it. Null while it does. */
  inconsistency(): string | null;
  /** Removes what is at least `keepMs` old, and before entry `firstNeeded`; see main/audit/retention/remove-old.ts. */
  removeOld(keepMs: number, present: Present, firstNeeded: number): Promise<number>;
}

export interface KeyedLogOptions {
  readonly dataDir: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly onEntry: (entry: AuditEntry, place: number) => void;
  /** Hears why the log cannot be written, and null once it can be again. */
  readonly onLogFault: (fault: PopError | null) => void;
  /** Hears, once, why nothing is signed any more. */
  readonly onInconsistent?: (reason: string) => void;
  readonly onFault: (event: string) => (error: unknown) => void;
  /** Hears that a checkpoint could not be put among the secrets, and that it could again. */
  readonly report?: ReportTrouble;
}

/** Throws SecretsLocked and AuditKeyMissing. */
export async function openKeyed(
  options: KeyedLogOptions,
  dir: string,
  evidence: () => Promise<Evidence | undefined>,
  lock: LogLock,
): Promise<KeyedLog> {
  lock.demand();
  await sealPlanned(options.dataDir, options.secrets);
  const { dataDir, secrets, clock, onEntry, onLogFault, onFault } = options;
  const { onInconsistent = () => {}, report = () => {} } = options;
  const path = checkpointPath(dataDir);
  const { live, signer, digestKey } = await openKeys(secrets, listSegments(dir).length > 0, (signer) =>
    beginCheckpoints(path, signer),
  );
  const keepAs =
    (name: 'audit-checkpoint' | 'audit-witness') =>
    async ({ note }: { note: string }) => {
      lock.demand();
      try {
        await secrets.set(name, note);
        report('checkpoint copy', name, null);
      } catch (error) {
        const code = codeOfError(error);
        report('checkpoint copy', name, {
          code,
          why: `the latest checkpoint of the audit log could not be put among the secrets (${code}): an old copy of all files put in their place would not be found out. It is tried again at the next start`,
        });
        throw error;
      }
    };
  const isInKeychain = (await secrets.source('audit-key')) === 'keychain';
  const { checkpoints: known } = await knownOf(secrets, path, signer);
  const furthest = known.at(-1);
  const keys = createKeyKeeper(live, secrets, clock.after, onFault('the audit key could not be kept'));
  const onCheckpointFault = onFault('a checkpoint of the audit log could not be kept');
  const onForeign = onFault('a receiver has sent back a checkpoint that is none of this log');
  let inconsistency: string | null = null;
  let isClosing = false;
  const checkpoints = createCheckpointer({
    dir,
    signer,
    clock,
    key: live,
    lock,
    from: readMarks(path, signer).at(-1),
    known,
    file: createCheckpointFile(path, signer),
    keep: keepAs('audit-checkpoint'),
    isKeptAllAlong: isInKeychain,
    onCovered: keys.reached,
    onInconsistent(reason) {
      inconsistency = reason;
      returned.settle();
      onInconsistent(reason);
      // What is found at the very end is found again by the next start.
      if (!isClosing) void audit.append(entryOf({ kind: 'inconsistent', reason }), 'written').catch(() => {});
    },
    onFault: onCheckpointFault,
  });
  const returned = createReturnedCheckpoints({
    verifier: signer,
    clock,
    checkpointer: checkpoints,
    keep: keepAs('audit-witness'),
    onFault: onCheckpointFault,
  });
  const audit = createAuditLog({
    dir,
    key: live,
    ...(furthest && { head: { seq: furthest.count, mac: furthest.mac } }),
    clock,
    onEntry,
    onFault: onLogFault,
    onDurable: checkpoints.reached,
    onLoss: checkpoints.halt,
    lock: {
      demand: lock.demand,
      async release() {
        await checkpoints.close();
        await Promise.all([keys.idle(), returned.idle()]);
        lock.release();
      },
    },
  });
  await carryPlanned(dataDir, audit, clock);
  return {
    audit: {
      ...audit,
      /** Signed as well; the keychain, which takes its time, has the checkpoint of some seconds before. */
      syncNow() {
        audit.syncNow();
        checkpoints.signNow();
      },
      async close() {
        isClosing = true;
        await audit.close();
      },
    },
    digestKey: () => digestKey,
    checkpoint: returned.handOut,
    takeCheckpoint(given) {
      if (!returned.take(given)) onForeign(new ForeignCheckpoint());
    },
    inconsistency: () => inconsistency,
    removeOld: (...given) => removeOld(...given, { dir, signer, audit, evidence }),
  };
}
