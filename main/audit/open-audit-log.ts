/** The audit log as the app has it: open, or shut while its keys cannot be read. */

import { PopError } from '../pipeline/errors.ts';
import { SecretsLocked } from '../secrets/secrets.ts';
import { checkpointPath } from './checkpoints/checkpoint-file.ts';
import { type Evidence, gatherEvidence } from './checkpoints/evidence.ts';
import { lockLog } from './format/lock.ts';
import { auditDir } from './format/segments.ts';
import { type KeyedLog, type KeyedLogOptions, openKeyed } from './keyed-log.ts';

/** While it is shut, all that needs its keys throws PopError `audit_unavailable`, which says why. */
export interface OpenAuditLog extends KeyedLog {
  readonly dir: string;
  /** What the log is to be judged by now; undefined when a key is gone. */
  evidence(): Promise<Evidence | undefined>;
  isOpen(): boolean;
  /** Opens it if it is shut, once `prepare` is through; whether it is open now. */
  unlock(prepare?: () => Promise<void>): Promise<boolean>;
}

export interface OpenAuditLogOptions extends KeyedLogOptions {
  /** Hears that a trigger came while it was shut. */
  readonly onWanted?: () => void;
}

/** Throws LogLocked and AuditKeyMissing; while the keychain is locked it stays shut. Closing the log closes all of it. */
export async function openAuditLog(options: OpenAuditLogOptions): Promise<OpenAuditLog> {
  const { dataDir, secrets, onLogFault, onWanted = () => {} } = options;
  const dir = auditDir(dataDir);
  // Before anything is made in the folder: two first starts at once would each make a key.
  const lock = lockLog(dir);
  const evidence = () => gatherEvidence(secrets, checkpointPath(dataDir));
  let keyed: KeyedLog | undefined;
  let fault: PopError | undefined;

  function demand(): KeyedLog {
    if (keyed) return keyed;
    throw fault;
  }

  async function unlock(prepare = async () => {}): Promise<boolean> {
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

  await unlock();
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
    takeCheckpoint: (returned) => keyed?.takeCheckpoint(returned),
    inconsistency: () => keyed?.inconsistency() ?? null,
    evidence,
    removeOld: async (...given) => demand().removeOld(...given),
    isOpen: () => keyed !== undefined,
    unlock,
  };
}
