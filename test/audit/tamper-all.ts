/** Makes the tamperings, in every state of a log, asks every form of the verifier about each, and holds what they may say. */
import { auditDir } from '../../main/audit/format/segments.ts';
import type { Secrets } from '../../main/secrets/secrets.ts';
import {
  type Base,
  bases,
  type Form,
  forms,
  judge,
  makeWorld,
  NAMES,
  restore,
  type Snapshot,
  startOnce,
} from './tampered-log.ts';
import { harmless, type Tampering, tamperings } from './tamperings.ts';

export interface Row {
  readonly name: string;
  readonly base: Base;
  readonly moment: 'before a start' | 'after a start';
  readonly said: Readonly<Record<Form, string>>;
}

export interface Store {
  readonly dataDir: string;
  readonly secrets: Secrets;
  readonly source: 'file' | 'keychain';
  /** Whether the root is still there. */
  readonly hasRoot: boolean;
  /** Which of the tamperings are made, and which of them are followed by a start, by their place in the table; all. */
  readonly isMade?: (index: number) => boolean;
  readonly isStarted?: (index: number) => boolean;
}

export async function tamperAll(store: Store): Promise<Row[]> {
  const { dataDir, secrets, source, hasRoot, isMade = () => true, isStarted = () => true } = store;
  const world = await makeWorld(dataDir, secrets);
  const scene = { dataDir, dir: auditDir(dataDir), early: world.early, other: world.other };
  const rows: Row[] = [];
  let index = 0;
  for (const base of bases) {
    for (const tampering of [...tamperings, ...harmless]) {
      if (tampering.bases && !tampering.bases.includes(base)) continue;
      index += 1;
      if (!isMade(index)) continue;
      restore(dataDir, world.bases[base]);
      await putSecrets(world.bases[base]);
      tampering.apply(scene);
      // Whoever has the files has the secrets that are kept in one.
      if (tampering.secrets === 'early' && source === 'file') await putSecrets(world.early);
      await ask(tampering, base, 'before a start');
      if (!isStarted(index)) continue;
      await startOnce(dataDir, secrets);
      await ask(tampering, base, 'after a start');
    }
  }
  return rows;

  async function ask({ name }: Tampering, base: Base, moment: Row['moment']): Promise<void> {
    try {
      rows.push({ name, base, moment, said: await judge(dataDir, secrets, world, world.notes[base]) });
    } catch (error) {
      throw new Error(`${name} (${base}, ${moment}): ${(error as Error).message}`, { cause: error });
    }
  }

  async function putSecrets(from: Snapshot): Promise<void> {
    for (const name of NAMES) {
      const value = name === 'audit-root' && !hasRoot ? undefined : from.secrets[name];
      if (value === undefined) await secrets.delete(name);
      else await secrets.set(name, value);
    }
  }
}

/** What somebody could do so that it cannot be found; each stands in docs/audit-format.md with its reason. */
function isBeyondFinding({ name, moment }: Row, form: Form, source: Store['source']): boolean {
  // Nothing but the log itself knew of those entries.
  if (name.startsWith('what no checkpoint counts yet')) return true;
  // To the byte what it once was, the keys included: only a later checkpoint from elsewhere tells.
  if (name.endsWith('keys in files included') && source === 'file') return form !== 'last';
  // Elsewhere there is only the old checkpoint: neither the keys nor a later one.
  const isElsewhere = form === 'root' || form === 'public';
  return isElsewhere && moment === 'before a start' && /first day(, keys in files included)?$/.test(name);
}

/** What a form of the verifier may say of it. */
function allowed(row: Row, form: Form, source: Store['source']): readonly string[] {
  const { name, base, moment } = row;
  const isUnsigned = base === 'killed' && moment === 'before a start' && form === 'public';
  if (harmless.some((one) => one.name === name)) return [isUnsigned ? 'not-all-vouched-for' : 'whole'];
  // As a crash or a power cut could have left it: the next start mends it, and says so.
  const asLeft = ['the last segment cut by a byte', 'zeros in a line that no checkpoint counts yet'];
  if (asLeft.includes(name) && base === 'killed') {
    if (moment === 'after a start') return ['whole'];
    return [isUnsigned ? 'not-all-vouched-for' : 'torn'];
  }
  if (isBeyondFinding(row, form, source)) return ['whole', 'not-all-vouched-for', 'tampered'];
  // Behind the last checkpoint a public key can tell nothing, and without any it says just that.
  return form === 'public' ? ['tampered', 'not-all-vouched-for', 'no-key'] : ['tampered'];
}

/** Those that said what they may not, as lines that say which. */
export function misjudged(rows: readonly Row[], source: Store['source']): string[] {
  return rows.flatMap((row) =>
    forms
      .filter((form) => !allowed(row, form, source).includes(row.said[form]))
      .map((form) => `${row.name} (${row.base}, ${row.moment}), asked ${form}: ${row.said[form]}`),
  );
}
