/** The audit log with its keys and its checkpoints, opened and closed in order; shut while its keys cannot be read. */
import { type AuditEntry, newEntry } from '../shared/audit.ts';
import type { Present } from './audit/age.ts';
import {
  beginCheckpoints,
  checkpointPath,
  createCheckpointFile,
  readMarks,
} from './audit/checkpoint-file.ts';
import { createCheckpointer } from './audit/checkpointer.ts';
import { type Evidence, gatherEvidence, knownOf } from './audit/evidence.ts';
import { createKeyKeeper } from './audit/key-keeper.ts';
import { openKeys } from './audit/keys.ts';
import { type LogLock, lockLog } from './audit/lock.ts';
import { type AuditLogFile, createAuditLog } from './audit/log.ts';
import { removeOld } from './audit/remove-old.ts';
import { auditDir, listSegments } from './audit/segments.ts';
import { PopError } from './pipeline/errors.ts';
import type { Clock } from './pipeline/ports.ts';
import { type Secrets, SecretsLocked } from './platform/secrets.ts';
import { carryPlanned, sealPlanned } from './reset.ts';

/** While it is shut, all that needs its keys throws PopError `audit_unavailable`, which says why. */
export interface Trail {
  readonly dir: string;
  readonly audit: AuditLogFile;
  /** For digests of what must not be read; base64. */
  digestKey(): string;
  /** The furthest checkpoint, a signed note; undefined without one. */
  checkpoint(): string | undefined;
  /** Why nothing is signed any more: the log does not fit the furthest checkpoint that is known of it. Null while it does. */
  inconsistency(): string | null;
  /** What the log is to be judged by now; undefined when a key is gone. */
  evidence(): Promise<Evidence | undefined>;
  /** Removes what is at least `keepMs` old, and before entry `firstNeeded`; see main/audit/remove-old.ts. */
  removeOld(keepMs: number, present: Present, firstNeeded: number): Promise<number>;
  isOpen(): boolean;
  /** Opens it if it is shut, once `prepare` is through; whether it is open now. */
  open(prepare?: () => Promise<void>): Promise<boolean>;
}

/** The part that needs the keys. */
type Keyed = Pick<Trail, 'audit' | 'digestKey' | 'checkpoint' | 'inconsistency' | 'removeOld'>;

export interface TrailOptions {
  readonly dataDir: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly onEntry: (entry: AuditEntry, place: number) => void;
  /** Hears why the log cannot be written, and null once it can be again. */
  readonly onLogFault: (fault: PopError | null) => void;
  /** Hears, once, why nothing is signed any more. */
  readonly onInconsistent?: (reason: string) => void;
  readonly onFault: (event: string) => (error: unknown) => void;
  /** Hears that a trigger came while it was shut. */
  readonly onWanted?: () => void;
}

/** Throws LogLocked and AuditKeyMissing; while the keychain is locked it stays shut. Closing the log closes all of it. */
export async function openTrail(options: TrailOptions): Promise<Trail> {
  const { dataDir, secrets, onLogFault, onWanted = () => {} } = options;
  const dir = auditDir(dataDir);
  // Before anything is made in the folder: two first starts at once would each make a key.
  const lock = lockLog(dir);
  const evidence = () => gatherEvidence(secrets, checkpointPath(dataDir));
  let keyed: Keyed | undefined;
  let fault: PopError | undefined;

  function demand(): Keyed {
    if (keyed) return keyed;
    throw fault;
  }

  async function open(prepare = async () => {}): Promise<boolean> {
    if (keyed) return true;
    try {
      await prepare();
      keyed = await openKeyed(options, dir, evidence, lock);
      if (fault) onLogFault(null);
    } catch (error) {
      if (!fault && !(error instanceof SecretsLocked)) {
        lock.release();
        throw error;
      }
      const { message } = error as Error;
      if (message === fault?.message) return false;
      fault = new PopError('audit_unavailable', message, { cause: error });
      onLogFault(fault);
    }
    return keyed !== undefined;
  }

  await open();
  return {
    dir,
    audit: {
      append: (entry, until) => (keyed ? keyed.audit.append(entry, until) : Promise.reject(fault)),
      open: () => demand().audit.open(),
      look: () => keyed?.audit.look(),
      syncNow: () => keyed?.audit.syncNow(),
      close: async () => (keyed ? keyed.audit.close() : lock.release()),
    },
    digestKey() {
      // The first thing that a trigger needs, and nothing that a stranger can ask for.
      if (!keyed) onWanted();
      return demand().digestKey();
    },
    checkpoint: () => demand().checkpoint(),
    inconsistency: () => keyed?.inconsistency() ?? null,
    evidence,
    removeOld: async (...given) => demand().removeOld(...given),
    isOpen: () => keyed !== undefined,
    open,
  };
}

/** Throws SecretsLocked and AuditKeyMissing. */
async function openKeyed(
  options: TrailOptions,
  dir: string,
  evidence: Trail['evidence'],
  lock: LogLock,
): Promise<Keyed> {
  lock.demand();
  await sealPlanned(options.dataDir, options.secrets);
  const { dataDir, secrets, clock, onEntry, onLogFault, onInconsistent = () => {}, onFault } = options;
  const path = checkpointPath(dataDir);
  const { live, signer, digestKey } = await openKeys(secrets, listSegments(dir).length > 0, (signer) =>
    beginCheckpoints(path, signer),
  );
  const keep = async ({ note }: { note: string }) => {
    lock.demand();
    await secrets.set('audit-checkpoint', note);
  };
  const isInKeychain = (await secrets.source('audit-key')) === 'keychain';
  const { checkpoints: known } = await knownOf(secrets, path, signer);
  const furthest = known.at(-1);
  const keys = createKeyKeeper(live, secrets, clock.after, onFault('the audit key could not be kept'));
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
    keep,
    isKeptAllAlong: isInKeychain,
    onCovered: keys.reached,
    onInconsistent(reason) {
      inconsistency = reason;
      onInconsistent(reason);
      // What is found at the very end is found again by the next start.
      if (!isClosing)
        void audit.append(newEntry('inconsistent', { detail: reason }), 'written').catch(() => {});
    },
    onFault: onFault('a checkpoint of the audit log could not be kept'),
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
        await keys.idle();
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
    checkpoint: () => checkpoints.latest()?.note,
    inconsistency: () => inconsistency,
    removeOld: (...given) => removeOld(...given, { dir, signer, audit, evidence }),
  };
}
