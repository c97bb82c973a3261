/** The last pops that ended, for the tray's menu: from the log at the start, then from events. */
import type { AuditEntry } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import type { Dashboard } from '../api/api.ts';

const KEPT = 5;

export interface RecentPops {
  /** Newest first. */
  list(): readonly AuditEntry[];
  /** Takes an entry of the log; whether it was a pop that ended. */
  take(entry: AuditEntry): boolean;
  /** Reads the newest from the log again. */
  reload(): Promise<void>;
}

export function createRecentPops(dashboard: Pick<Dashboard, 'call'>): RecentPops {
  let pops: readonly AuditEntry[] = [];
  const keep = (entries: readonly AuditEntry[]) => {
    const bySeq = new Map([...pops, ...entries].map((entry) => [entry.seq, entry]));
    pops = [...bySeq.values()].sort((a, b) => b.seq - a.seq).slice(0, KEPT);
  };
  return {
    list: () => pops,
    take(entry) {
      if (eventOf(entry)?.kind !== 'result') return false;
      keep([entry]);
      return true;
    },
    async reload() {
      const found = await dashboard.call('auditQuery', {
        filter: { types: ['result'] },
        offset: 0,
        limit: KEPT,
      });
      if (found.ok) keep(found.value.entries);
    },
  };
}
