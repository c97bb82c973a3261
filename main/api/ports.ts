/** What the API needs of the app around it. */
import type { ApiResponse } from '../../shared/api.ts';
import type { Unready } from '../../shared/readiness.ts';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import type { Settings } from '../../shared/settings.ts';
import type { ShownTrouble } from '../../shared/trouble.ts';
import type { Standing } from '../audit/verify/standing.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import type { OpenMatrices } from '../compatibility/extension-matrices.ts';
import type { FieldErrors } from '../config/settings.ts';
import type { OpenOutlet } from '../destinations/registry.ts';
import type { AuditLog } from '../pipeline/ports.ts';
import type { CatchUp } from '../store/catch-up.ts';
import type { Store } from '../store/store.ts';

/** By name. */
export type EnteredSecrets = ReadonlyMap<string, string>;

export interface Saved {
  readonly settings: Settings;
  /** What counted before. */
  readonly before: Settings;
  /** The secrets that were entered, and are kept. */
  readonly kept: readonly PersonalSecret[];
  /** The name under which the file is kept that was there instead of the last one read or saved; or null. */
  readonly keptAside: string | null;
}

/** The settings that count, and their change. */
export interface SettingsAccess {
  readonly current: {
    readonly settings: Settings;
    /** In the order of the settings. */
    readonly outlets: readonly OpenOutlet[];
    /** By application. */
    readonly matrices: OpenMatrices['matrices'];
    /** For people: secrets that are not used because they were entered for another address. */
    readonly secretFaults: readonly string[];
  };
  /** Members that the environment sets. */
  readonly fromEnvironment: readonly string[];
  /** What is wrong with the settings file while its last good copy counts; else null. */
  fileFault(): string | null;
  /** Members that were changed and count from the next start on. */
  atNextStart(): string[];
  /**
   * Writes the settings file, and it counts from now on, with the secrets that were entered for it; nothing happens when a
   * member does not fit. Rejects with SecretsLocked.
   */
  save(given: unknown, entered?: EnteredSecrets): Promise<Saved | FieldErrors>;
  /** Keeps a secret, or forgets it for null, and it counts from now on; resolves with why not, or null. Rejects with SecretsLocked. */
  setSecret(name: PersonalSecret, value: string | null): Promise<string | null>;
}

/** The audit log, and what is known from it. */
export interface AuditAccess {
  readonly auditDir: string;
  readonly audit: AuditLog;
  readonly store: Store;
  readonly catchUp: Pick<CatchUp, 'whole' | 'share'>;
  /** Verifies the log in steps, and what it finds stands on record. */
  check(onProgress?: (entries: number) => void, pace?: () => Promise<void>): Promise<Verdict>;
  /** What the checks of the log have found. */
  standing(): Pick<Standing, 'tampered' | 'checked'>;
  /** What keeps pops from being delivered. */
  unready(): Unready[];
  /** Why nothing can be written, and so nothing delivered; null when it can. */
  fault(): string | null;
  /** What is in trouble, and how much waits for it. */
  troubles(): ShownTrouble[];
  /** Why there may soon be no space to write to; null while there is enough. */
  spaceWarning(): string | null;
  /** How far each receiver of the log is. */
  shipping(): ApiResponse<'status'>['shipping'];
}
