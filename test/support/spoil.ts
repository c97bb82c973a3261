/** Spoils what the log says of a pop, as somebody with an editor would. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';

/** Its lines keep their length and are no JSON any more. */
export function spoil(dataDir: string, popId: string): void {
  for (const segment of listSegments(auditDir(dataDir))) {
    const path = join(auditDir(dataDir), segment);
    const text = readFileSync(path, 'latin1');
    writeFileSync(path, text.replaceAll(`"popId":"${popId}"`, `"popId":"${popId} `), 'latin1');
  }
}
