/** Logs that `poptray reset` has sealed aside: each in a folder of its own beside the log, its keys kept among the secrets. */
import { join } from 'node:path';
import * as z from 'zod';
import { HostUnfit } from '../../platform/data-dir.ts';
import type { Secrets } from '../../secrets/secrets.ts';
import type { EvidenceStore } from '../checkpoints/evidence.ts';

/** What tells of a log among the secrets. */
export const LOG_SECRETS = [
  'audit-key',
  'audit-root',
  'audit-signing-key',
  'audit-checkpoint',
  'audit-witness',
] as const;
const keptSchema = z.partialRecord(z.enum(LOG_SECRETS), z.string());

/** A sealed log's folder in the data folder. */
export const SEALED_NAME: RegExp = /^audit-\d{4}-\d{2}-\d{2}-[0-9a-z-]{1,40}$/;

const secretOf = (sealed: string) => `sealed-log:${sealed}` as const;

/** In the layout of a data folder, so that it can be given to an auditor as it is. */
export function sealedPaths(dataDir: string, sealed: string) {
  const folder = join(dataDir, sealed);
  return {
    folder,
    audit: join(folder, 'audit'),
    checkpoint: join(folder, 'audit-checkpoint'),
    verdict: join(folder, 'verdict.json'),
  };
}

/** Copies what there is of the log's keys to where its sealed log has them; returns once they are kept. Rejects with SecretsLocked. */
export async function keepKeys(secrets: Secrets, sealed: string): Promise<void> {
  const kept: z.infer<typeof keptSchema> = {};
  for (const name of LOG_SECRETS) {
    const value = await secrets.get(name);
    if (value !== undefined) kept[name] = value;
  }
  await secrets.set(secretOf(sealed), JSON.stringify(kept));
}

/** The keys of a sealed log; none where nothing is kept of it. Rejects with SecretsLocked, and with HostUnfit where it is damaged. */
export async function sealedKeys(secrets: Pick<Secrets, 'get'>, sealed: string): Promise<EvidenceStore> {
  const name = secretOf(sealed);
  let kept: z.infer<typeof keptSchema>;
  try {
    kept = keptSchema.parse(JSON.parse((await secrets.get(name)) ?? '{}'));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    // Neither is the cause of the other: both quote what they read.
    throw new HostUnfit(`The secret ${name} is damaged: restore it from a backup, or use --root.`);
  }
  return { get: async (name) => kept[name] };
}
