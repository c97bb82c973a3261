/** The operations of shared/api.ts over a log in memory. */

import type * as z from 'zod';
import { PopError, problemOf } from '../../main/pipeline/errors.ts';
import { contextOf, injectContext } from '../../main/pipeline/inject-context.ts';
import type { Api, ApiEvent, ApiResponse, Operation } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { quietStatus } from '../support/quiet-status.ts';
import { framingStateOf, notLookedAt } from './fake-framing.ts';
import { pageOf, storyOf } from './fake-history.ts';
import { entryWith, logOf } from './fake-log.ts';
import { fakeSettings } from './fake-settings.ts';
import { statsOf } from './fake-stats.ts';

type Parsed<Name extends Operation> = z.output<Api[Name]['request']>;
export type Handlers = {
  [Name in Operation]: (request: Parsed<Name>) => ApiResponse<Name> | Promise<ApiResponse<Name>>;
};
type Status = ApiResponse<'status'>;

export interface FakeApp {
  readonly handlers: Handlers;
  /** Every request to fire, as it came. */
  readonly fired: Parsed<'popFire'>['trigger'][];
  /** A pop from elsewhere, such as a softphone's. */
  pop(part: Partial<AuditEntry>): AuditEntry;
  setStatus(part: Partial<Status>): void;
  tell(event: ApiEvent): void;
  subscribe(listener: (event: ApiEvent) => void): () => void;
}

export interface FakeOptions {
  readonly entries: number;
  readonly status?: Partial<Status>;
  readonly fromEnvironment?: readonly string[];
  /** Secrets that were entered for other addresses. */
  readonly elsewhere?: readonly (readonly [PersonalSecret, string])[];
  /** Epoch milliseconds; the machine's clock if left out. */
  readonly now?: () => number;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Behaves like an app that was just opened, with `entries` in its log. */
export function createFakeApp(options: FakeOptions): FakeApp {
  const { entries, status: first = {}, fromEnvironment = [], now = Date.now } = options;
  const log = logOf(entries, now());
  const listeners = new Set<(event: ApiEvent) => void>();
  const fired: Parsed<'popFire'>['trigger'][] = [];
  const tell = (event: ApiEvent) => {
    for (const listener of listeners) listener(event);
  };
  let isFramingMended = false;
  let status: Status = quietStatus({
    today: { delivered: entries > 0 ? 1284 : 0, failed: entries > 0 ? 17 : 0 },
    hasDelivered: entries > 0,
    ...first,
  });

  function setStatus(part: Partial<Status>): void {
    status = { ...status, ...part };
    tell({ type: 'status', status });
  }

  function append(part: Partial<AuditEntry>): AuditEntry {
    const entry = entryWith((log[0]?.seq ?? 0) + 1, now(), part);
    log.unshift(entry);
    tell({ type: 'entry', entry });
    return entry;
  }

  function pop(part: Partial<AuditEntry>): AuditEntry {
    const entry = append({
      popId: crypto.randomUUID(),
      userId: '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
      application: 'com.example.customapp',
      status: 'delivered',
      success: true,
      focusTracked: true,
      windowFocused: true,
      attempts: 1,
      latencyMs: 4.837,
      phases: { queue: 0.9, token: 0, delivery: 3.937 },
      ...part,
    });
    const { delivered, failed } = status.today;
    if (entry.status === 'delivered')
      setStatus({ today: { delivered: delivered + 1, failed }, hasDelivered: true });
    return entry;
  }

  async function fire(given: unknown): Promise<ApiResponse<'popFire'>> {
    const trigger = given as Trigger;
    fired.push(trigger);
    const popId = crypto.randomUUID();
    const idempotencyKey = trigger.idempotencyKey ?? popId;
    const facts = { popId, userId: trigger.userId ?? null, idempotencyKey, client: 'dashboard' };
    append({ ...facts, type: 'intent' });
    await wait(20);
    if (trigger.userId === 'nobody') {
      pop({
        ...facts,
        status: 'failed',
        success: false,
        code: 'upstream_forbidden',
        windowFocused: null,
        focusTracked: false,
      });
      return problemOf(new PopError('upstream_forbidden', 'the destination answered 403', { popId }));
    }
    const { latencyMs } = pop(facts);
    return {
      status: 'delivered',
      latencyMs: latencyMs ?? 0,
      windowFocused: true,
      idempotencyKey,
      popId,
      duplicate: false,
    };
  }

  const handlers: Handlers = {
    agentSet({ userId, name = null }) {
      const agent = { userId, name, from: userId === null ? null : ('settings' as const) };
      setStatus({ agent });
      return { agent };
    },
    status: () => status,
    desktopLink: () => ({ url: status.isSimulated ? 'http://127.0.0.1:1/desktop/open?code=fake' : null }),
    auditQuery: (request) => pageOf(log, request),
    async auditVerify() {
      for (let step = 1; step <= 5; step++) {
        await wait(30);
        tell({ type: 'verify', entries: Math.round((log.length * step) / 5), total: log.length });
      }
      return {
        verdict: 'whole',
        entries: log.length,
        segments: 31,
        macs: log.length,
        vouched: log.length,
        removed: 0,
      };
    },
    popStory: ({ popId }) => storyOf(log, popId),
    popPreview({ trigger: given }) {
      const trigger = given as Trigger;
      const uri = injectContext(
        'https://app.mydashboard.com/agent-view',
        contextOf(trigger),
        trigger.sessionToken,
      );
      const idempotencyKey = trigger.idempotencyKey ?? '(made when it is sent)';
      return {
        destinations: [
          {
            id: 'genesys',
            missing: null,
            call: {
              method: 'POST',
              url: `http://127.0.0.1:41327/api/v2/users/${trigger.userId}/screenpops`,
              headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey },
              body: JSON.stringify({
                applicationId: trigger.application ?? 'com.example.customapp',
                uri,
                state: trigger.state ?? {},
                idempotencyKey,
              }),
            },
          },
        ],
        uri,
        held: trigger.phase !== undefined && trigger.phase === 'ended' ? 'policy' : null,
        framing: [framingStateOf(trigger.application ?? 'com.example.customapp', isFramingMended)],
      };
    },
    framingState({ application, lookNow }) {
      if (lookNow) isFramingMended = true;
      return { states: [framingStateOf(application, isFramingMended), notLookedAt(application)] };
    },
    popFire: ({ trigger }) => fire(trigger),
    async popSendAgain({ popId, asNew }) {
      const first = log.find((entry) => entry.popId === popId);
      const key = asNew ? undefined : first?.idempotencyKey;
      const answer = await fire({ userId: first?.userId ?? '', ...(key && { idempotencyKey: key }) });
      append({ type: 'repeated', popId: answer.popId ?? null, detail: popId, client: 'dashboard' });
      return answer;
    },
    stats: ({ from, to, buckets }) => statsOf(log, from, to, buckets),
    pause({ for: minutes }) {
      setStatus({ pausedUntil: typeof minutes === 'number' ? Date.now() + minutes * 60_000 : minutes });
      return status;
    },
    ...fakeSettings({
      elsewhere: options.elsewhere,
      now: now(),
      entries,
      fromEnvironment,
      popId: log[3]?.popId ?? '',
    }),
  };

  return {
    handlers,
    fired,
    pop,
    setStatus,
    tell,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
