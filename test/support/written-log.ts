/** A real audit log in a folder of its own, for those who read it. */
import { chainKey } from '../../main/audit/format/chain.ts';
import { lockLog } from '../../main/audit/format/lock.ts';
import { createAuditLog } from '../../main/audit/writer/log-writer.ts';
import type { Clock } from '../../main/pipeline/ports.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { createFakeClock } from './fake-clock.ts';
import { tempDir } from './temp-dir.ts';

const KEY = chainKey(Buffer.alloc(32, 7));
export const DAY_MS = 24 * 60 * 60 * 1000;

export interface WrittenLog {
  readonly dir: string;
  /** All that it holds, whoever wrote it. */
  readonly entries: AuditEntry[];
  /** Appends that many entries. */
  write(count: number): Promise<void>;
  close(): Promise<void>;
}

export function openWrittenLog({ dir = tempDir(), clock = createFakeClock() as Clock } = {}): WrittenLog {
  const entries: AuditEntry[] = [];
  const onEntry = (entry: AuditEntry) => entries.push(entry);
  const log = createAuditLog({ dir, key: KEY, clock, lock: lockLog(dir), onEntry });
  return {
    dir,
    entries,
    async write(count) {
      const news = Array.from({ length: count }, (_, index) => newEntry('intent', { detail: `${index}` }));
      await Promise.all(news.map((entry) => log.append(entry, 'written')));
    },
    close: () => log.close(),
  };
}
