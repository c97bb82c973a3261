import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The key of a log whose folder keeps its secrets in a file, as those of tests do. */
export function auditKeyOf(dataDir: string): string {
  return JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).secrets['audit-key'];
}
