/** What stands about the audit log until it is settled, in a file beside it, so that a restart or another process knows of it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { auditStandingSchema } from '../../../shared/api-schemas.ts';
import { readPrivateFile, writePrivateFile } from '../../platform/private-file.ts';
import type { Verdict } from './verify.ts';

export type Standing = z.infer<typeof auditStandingSchema>;

export interface StandingRecord {
  now(): Standing;
  /** Reads it again: another process may have written it. */
  look(): void;
  /** Writes it down if it is another. Throws what the file system throws; what could not be written stands here, and is written with the next. */
  set(part: Partial<Standing>): void;
}

const FILE = 'audit-standing.json';

/** Nothing stands where there is no file; one that cannot be used may have said that the log was tampered with, so it counts as that. */
export function readStanding(dataDir: string): Standing {
  const path = join(dataDir, FILE);
  try {
    return auditStandingSchema.parse(JSON.parse(readPrivateFile(path) ?? '{}'));
  } catch {
    const at = statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date(0);
    const reason = `${FILE}, which says what the checks of the log have found, cannot be used`;
    return auditStandingSchema.parse({ tampered: { at: at.toISOString(), seq: null, reason } });
  }
}

/** `onChange` hears when something else stands. */
export function openStanding(dataDir: string, onChange: () => void = () => {}): StandingRecord {
  let standing = readStanding(dataDir);
  let unwritten: Partial<Standing> = {};

  function take(next: Standing): void {
    if (isSame(next, standing)) return;
    standing = next;
    onChange();
  }

  return {
    now: () => standing,
    look: () => take({ ...readStanding(dataDir), ...unwritten }),
    set(part) {
      unwritten = { ...unwritten, ...part };
      const written = readStanding(dataDir);
      const next = { ...written, ...unwritten };
      take(next);
      if (!isSame(next, written)) writePrivateFile(join(dataDir, FILE), `${JSON.stringify(next)}\n`);
      unwritten = {};
    },
  };
}

/** Puts down what a check has found; of several that found the log tampered with, the first stands. `at` in epoch milliseconds. */
export function putVerdict(record: StandingRecord, { verdict, fault }: Verdict, at: number): void {
  record.look();
  const time = new Date(at).toISOString();
  const seq = fault?.seq ?? null;
  const isFirst = verdict === 'tampered' && record.now().tampered === null;
  record.set({
    checked: { at: time, verdict, seq, reason: fault?.reason ?? null },
    ...(isFirst && { tampered: { at: time, seq, reason: fault?.reason ?? verdict } }),
  });
}

/** The log that was checked is here no more, and nothing stands about it; what stood. */
export function closeTampered(record: StandingRecord): Standing['tampered'] {
  record.look();
  const { tampered } = record.now();
  record.set({ tampered: null, checked: null });
  return tampered;
}

function isSame(one: Standing, other: Standing): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
