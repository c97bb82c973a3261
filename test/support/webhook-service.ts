/** Audit log, store and webhook sender on real files, wired as the app wires them, on a clock that the test moves. */
import { onTestFinished, vi } from 'vitest';
import { chainKey } from '../../main/audit/format/chain.ts';
import { lockLog } from '../../main/audit/format/lock.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { createAuditLog } from '../../main/audit/writer/log-writer.ts';
import { createDispatcher } from '../../main/network/dispatcher.ts';
import { createHttpClient } from '../../main/network/http-client.ts';
import { createPublicConnector } from '../../main/network/public-connect.ts';
import { resultEntry } from '../../main/pipeline/record.ts';
import { openStore, type Store } from '../../main/store/store.ts';
import type { WebhookFailure } from '../../main/webhooks/post-message.ts';
import { createWebhookSender } from '../../main/webhooks/sender.ts';
import { webhookKey } from '../../main/webhooks/standard-webhooks.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { WEBHOOK_SECRET } from './environment.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { logToRead } from './ledger.ts';
import { tempDir } from './temp-dir.ts';
import { createHappenings } from './until.ts';

export interface WebhookService {
  readonly dir: string;
  readonly clock: FakeClock;
  readonly store: Store;
  /** What was reported of each webhook last. */
  readonly reported: ReadonlyMap<string, WebhookFailure | null>;
  /** Fails while it is set, as a full disk would. */
  readonly faults: { audit: boolean };
  /** What was told of our own disk. */
  readonly told: readonly unknown[];
  /** Whether pops press. */
  readonly load: { busy: boolean };
  /** Records a pop that these webhooks are told of. */
  pop(popId: string, webhooks: readonly string[], status?: 'delivered' | 'failed'): Promise<AuditEntry>;
  /** A person sends a dead letter again. */
  resend(popId: string, webhook: string): Promise<void>;
  /** What the log says of webhooks: `popId webhook status code attempts`. */
  ends(): string[];
  /** Waits until the log has this many of them. */
  ended(count: number): Promise<string[]>;
  /** Waits until messages of a webhook are put off; gives attempts and milliseconds to go, soonest first. */
  putOff(webhook: string, count: number, attempts: number): Promise<{ attempts: number; inMs: number }>;
  wake(): void;
  stop(): Promise<void>;
}

export interface MailroomOptions {
  readonly dir?: string;
  readonly clock?: FakeClock;
  /** URL of each configured webhook. */
  readonly targets: Readonly<Record<string, string>>;
  readonly random?: () => number;
}

const FACTS = {
  userId: 'agent-1',
  application: 'app',
  client: 'test',
  endpoint: 'https://api.example/pop',
  destination: null,
  destinations: null,
  target: 'https://app.example/',
  fingerprint: 'f',
  interaction: null,
  destinationKey: null,
  party: null,
  phase: null,
};

/** Opens all in order, and looks into the outbox; it is stopped when the test has ended. */
export function openMailroom(options: MailroomOptions): WebhookService {
  const { dir = tempDir(), clock = createFakeClock(), targets, random = () => 0 } = options;
  const faults = { audit: false };
  const load = { busy: false };
  const told: unknown[] = [];
  const happenings = createHappenings();
  const ends = [...readEntries(auditDir(dir))].flatMap(endOf);
  const subscribers: ((entry: AuditEntry, place: number) => void)[] = [
    (entry) => {
      ends.push(...endOf(entry));
      happenings.tell();
    },
  ];
  const log = createAuditLog({
    dir: auditDir(dir),
    lock: lockLog(auditDir(dir)),
    key: chainKey(Buffer.alloc(32, 7)),
    clock,
    onEntry: (entry, place) => {
      for (const subscriber of subscribers) subscriber(entry, place);
    },
  });
  const store = openStore(dir, logToRead(dir), clock, () => {});
  for (const _ of store.catchUp()) {
  }
  const reported = new Map<string, WebhookFailure | null>();
  const http = createHttpClient(createDispatcher({ env: {} }, clock, createPublicConnector()));
  const key = webhookKey(WEBHOOK_SECRET);
  const sender = createWebhookSender({
    http,
    clock,
    random,
    audit: {
      append: (entry, until) =>
        faults.audit ? Promise.reject(new Error('ENOSPC')) : log.append(entry, until),
    },
    outbox: store.outbox,
    isBusy: () => load.busy,
    onFault: (error) => told.push(error),
    checkpoint: () => 'a checkpoint',
    report: (webhook, failure) => void reported.set(webhook, failure),
    onCheckpoint: () => {},
    target: (webhook) => (targets[webhook] === undefined ? undefined : { url: targets[webhook], key }),
  });
  subscribers.push(store.apply, sender.enqueue);
  sender.wake();

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      const ending = sender.stop();
      await clock.advance(2000);
      await ending;
      await log.close();
      store.close();
      await http.close();
    })();
    return stopped;
  };
  onTestFinished(stop);

  return {
    dir,
    clock,
    store,
    reported,
    faults,
    told,
    load,
    pop(popId, webhooks, status = 'delivered') {
      const outcome = status === 'delivered' ? { status, windowFocused: true } : { status };
      const facts = { ...FACTS, popId, idempotencyKey: `key-${popId}` };
      return log.append(resultEntry(facts, outcome, 12.5, webhooks), 'written');
    },
    async resend(popId, webhook) {
      await log.append(newEntry('webhook', { popId, detail: webhook, client: 'test' }), 'written');
      sender.wake();
    },
    ends: () => ends,
    async ended(count) {
      await happenings.until(
        () => ends.length >= count,
        () => `only ${ends.length} have ended`,
      );
      return [...ends];
    },
    putOff: (webhook, count, attempts) =>
      vi.waitFor(
        () => {
          const all = store.outbox.due(webhook, Number.MAX_SAFE_INTEGER, 10_000);
          const off = all.filter((message) => message.attempts === attempts);
          if (off.length < count) throw new Error(`only ${off.length} of ${all.length} are at ${attempts}`);
          const next = store.outbox.nextDueAfter(webhook, clock.now()) ?? Number.NaN;
          return { attempts, inMs: next - clock.now() };
        },
        { interval: 2, timeout: 10_000 },
      ),
    wake: () => sender.wake(),
    stop,
  };
}

function endOf({ type, popId, detail, status, code, attempts }: AuditEntry): string[] {
  return type === 'webhook' && status !== null ? [`${popId} ${detail} ${status} ${code} ${attempts}`] : [];
}
