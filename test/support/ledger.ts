/** A real audit log with a store behind it, wired as the app wires them. */
import { onTestFinished } from 'vitest';
import { chainKey } from '../../main/audit/format/chain.ts';
import { lockLog } from '../../main/audit/format/lock.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readPlaced } from '../../main/audit/read/entries.ts';
import { lastSeq } from '../../main/audit/read/follow.ts';
import { readAt } from '../../main/audit/read/read-at.ts';
import { createAuditLog } from '../../main/audit/writer/log-writer.ts';
import { type Outcome, resultEntry } from '../../main/pipeline/record.ts';
import type { LogToRead } from '../../main/store/catch-up-steps.ts';
import { openStore, type Store } from '../../main/store/store.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { entryOf } from '../../shared/log-events.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { tempDir } from './temp-dir.ts';

export interface Ledger {
  readonly dir: string;
  readonly clock: FakeClock;
  readonly store: Store;
  /** What the store said went wrong. */
  readonly faults: unknown[];
  /** How many entries were read at the start. */
  readonly read: number;
  append(entry: NewAuditEntry): Promise<AuditEntry>;
  close(): Promise<void>;
}

const KEY = chainKey(Buffer.alloc(32, 7));

export function openLedger(dir = tempDir(), clock = createFakeClock()): Ledger {
  const faults: unknown[] = [];
  const subscribers: ((entry: AuditEntry, place: number) => void)[] = [];
  const onEntry = (entry: AuditEntry, place: number) => {
    for (const subscriber of subscribers) subscriber(entry, place);
  };
  const log = createAuditLog({
    dir: auditDir(dir),
    key: KEY,
    clock,
    lock: lockLog(auditDir(dir)),
    onEntry,
  });
  const store = openStore(dir, logToRead(dir), clock, (fault) => faults.push(fault));
  const read = [...store.catchUp()].at(-1)?.read ?? 0;
  subscribers.push(store.apply);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= log.close().then(() => store.close());
    return closed;
  };
  onTestFinished(close);
  return { dir, clock, store, faults, read, append: (entry) => log.append(entry, 'written'), close };
}

/** The log of a folder as it is now; `recent` is from where all counts as recent. */
export function logToRead(dir: string, recent = 1): LogToRead {
  return {
    lastSeq: lastSeq(auditDir(dir)),
    entries: (from, to) => readPlaced(auditDir(dir), from, to),
    at: (places) => readAt(auditDir(dir), places),
    recentFrom: () => recent,
  };
}

const facts = (popId: string, idempotencyKey = `key-${popId}`) => ({
  popId,
  userId: 'agent-1',
  idempotencyKey,
  application: 'app',
  client: 'test',
  endpoint: 'https://api.example/pop',
  destination: null,
  destinations: null,
  target: 'https://app.example/',
  fingerprint: `fingerprint-${popId}`,
  interaction: `call-${popId}`,
  destinationKey: null,
  party: null,
  phase: null,
});

export const intent = (popId: string, key?: string) => entryOf({ kind: 'intent', ...facts(popId, key) });
export const result = (popId: string, status: Outcome['status'], webhooks: string[] = [], key?: string) =>
  resultEntry(facts(popId, key), { status }, 12.5, webhooks);
export const refused = (popId: string) =>
  newEntry('refused', {
    ...facts(popId),
    status: 'refused',
    code: 'rate_limited',
    success: false,
    latencyMs: 0.1,
  });
/** The end of a webhook message; `resent`: a person sends it again. */
export const mail = (popId: string, webhook: string, status: 'delivered' | 'failed' | 'refused' | 'resent') =>
  entryOf(
    status === 'resent'
      ? { kind: 'webhook', what: 'resent', popId, webhook, client: null }
      : { kind: 'webhook', what: 'ended', popId, webhook, status, attempts: 1, code: 'http_500' },
  );

/** Everything the read models say, for comparing two of them. */
export function contents({ store }: Ledger, keys: readonly string[]) {
  const far = Number.MAX_SAFE_INTEGER;
  const webhooks = ['one', 'other'];
  return {
    byKey: keys.map((key) => store.findByKey(key)),
    results: store.queries.page({}, 0, 1000).entries,
    openIntents: store.openIntents().map(({ popId }) => popId),
    waiting: webhooks.flatMap((webhook) => store.outbox.due(webhook, far, 1000)),
    dead: store.outbox.deadLetters(),
    stopped: webhooks.filter((webhook) => store.outbox.isStopped(webhook)),
  };
}
