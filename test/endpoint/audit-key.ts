import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainKey } from '../../main/audit/chain.ts';
import { parseKey } from '../../main/audit/keys.ts';

/** The key of a log whose folder keeps its secrets in a file, as those of tests do. */
export function auditKeyOf(dataDir: string): ChainKey {
  const { secrets } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
  return parseKey(secrets['audit-key']) as ChainKey;
}
