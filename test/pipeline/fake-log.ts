/** An audit log in memory, with the history that follows from it. */
import type { AuditLog, Clock, History } from '../../main/pipeline/ports.ts';
import { type AuditEntry, usesKey } from '../../shared/audit.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';

export interface FakeLog extends AuditLog, History {
  readonly entries: AuditEntry[];
  /** Called before an entry is in the log; may wait, and may throw to refuse it. */
  before: (entry: NewAuditEntry, until: 'written' | 'durable') => Promise<void> | void;
  /** The entries of pops, as `type status`. */
  story(): string[];
}

export function createFakeLog(clock: Clock): FakeLog {
  const entries: AuditEntry[] = [];
  // An index, so that ten thousand pops are no matter.
  const byKey = new Map<string, AuditEntry>();

  const log: FakeLog = {
    entries,
    before() {},
    async append(entry, until) {
      await log.before(entry, until);
      const stamped = {
        ...entry,
        seq: entries.length + 1,
        timestamp: new Date(clock.now()).toISOString(),
        boot: clock.boot,
        uptimeMs: clock.uptime(),
        keyId: 'test-key',
      };
      entries.push(stamped);
      if (usesKey(entry) && entry.idempotencyKey !== null) byKey.set(entry.idempotencyKey, stamped);
      return stamped;
    },
    findByKey: (key) => byKey.get(key),
    entriesOf: (call) => entries.filter(({ interaction }) => interaction === call),
    callsOf: (of) => [
      ...new Set(
        entries.flatMap(({ party, interaction }) =>
          party === of && interaction !== null ? [interaction] : [],
        ),
      ),
    ],
    story: () => entries.map(({ type, status }) => (status === null ? type : `${type} ${status}`)),
  };
  return log;
}
