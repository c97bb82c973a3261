/** What stands about the audit log until it is settled, in a file beside it, so that a restart or another process knows of it. */
import { join } from 'node:path';
import * as z from 'zod';
import { readPrivateFile, writePrivateFile } from './platform/private-file.ts';

const standingSchema = z.object({
  retention: z
    .object({ since: z.iso.datetime(), reason: z.string(), segments: z.int() })
    .nullable()
    .default(null)
    .describe('Why old entries are not removed, although by the clock they would be due.'),
});

export type Standing = z.infer<typeof standingSchema>;

export interface StandingRecord {
  now(): Standing;
  /** Writes it down if it is another. Throws what the file system throws. */
  set(part: Partial<Standing>): void;
}

const pathIn = (dataDir: string) => join(dataDir, 'audit-standing.json');

/** Nothing stands where there is no file, or none of ours. */
export function readStanding(dataDir: string): Standing {
  try {
    return standingSchema.parse(JSON.parse(readPrivateFile(pathIn(dataDir)) ?? '{}'));
  } catch {
    return standingSchema.parse({});
  }
}

/** `onChange` hears when something else stands. */
export function openStanding(dataDir: string, onChange: () => void): StandingRecord {
  let standing = readStanding(dataDir);
  return {
    now: () => standing,
    set(part) {
      const next = { ...standing, ...part };
      if (JSON.stringify(next) === JSON.stringify(standing)) return;
      standing = next;
      onChange();
      writePrivateFile(pathIn(dataDir), `${JSON.stringify(next)}\n`);
    },
  };
}
