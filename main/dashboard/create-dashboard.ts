/** The operations of shared/api.ts over the running app. */
import type * as z from 'zod';
import {
  type ApiEvent,
  type ApiRequest,
  type ApiResponse,
  type ApiResult,
  api,
  type Operation,
} from '../../shared/api.ts';
import type { Problem } from '../../shared/problem.ts';
import type { PersonalSecret } from '../../shared/settings.ts';
import type { Trigger, TriggerReply } from '../../shared/trigger.ts';
import { verifyGently } from '../audit/gently.ts';
import type { Books } from '../books.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import type { Pairing } from '../endpoint/pairing.ts';
import { parseTrigger } from '../endpoint/parse-trigger.ts';
import type { DeadLetterBox } from '../endpoint/routes.ts';
import type { FramingWatch } from '../framing-watch.ts';
import { PopError, problemOf } from '../pipeline/errors.ts';
import type { Clock, Pipeline } from '../pipeline/ports.ts';
import { previewOf } from '../pipeline/preview.ts';
import type { Secrets } from '../platform/secrets.ts';
import type { Setup } from '../setup.ts';
import type { Dashboard } from './dashboard.ts';
import { exportEntries, readStory } from './log-work.ts';
import type { Pause } from './pause.ts';
import type { RecentTriggers } from './recent-triggers.ts';

export interface DashboardDeps {
  readonly version: string;
  readonly addresses: () => readonly string[];
  readonly setup: Setup;
  readonly framing: FramingWatch;
  readonly books: Pick<Books, 'auditDir' | 'evidence' | 'store' | 'fault' | 'shipping'>;
  readonly clock: Clock;
  readonly pipeline: Pipeline;
  readonly pause: Pause;
  readonly pairing: Pairing;
  readonly recent: RecentTriggers;
  readonly localTokens: LocalTokens;
  readonly secrets: Secrets;
  readonly deadLetters: DeadLetterBox;
  readonly onFault: (error: unknown) => void;
}

export interface OpenDashboard extends Dashboard {
  /** Passes an entry of the log on to who listens. */
  tell(event: ApiEvent): void;
  tellStatus(): void;
}

type Handlers = {
  [Name in Operation]: (request: z.output<(typeof api)[Name]['request']>) => Promise<ApiResponse<Name>>;
};

/** `client` is the name under which its pops stand in the log. */
export function createDashboard(deps: DashboardDeps, client = 'dashboard'): OpenDashboard {
  const { pause, clock, localTokens, secrets, pipeline, setup, framing } = deps;
  const { auditDir, evidence, store, fault, shipping } = deps.books;
  const listeners = new Set<(event: ApiEvent) => void>();

  const handlers: Handlers = {
    status: async () => status(),
    auditQuery: async ({ filter, offset, limit }) => store.queries.page(filter, offset, limit),
    auditVerify: async () =>
      verifyGently(auditDir, await evidence(), (entries) => tell({ type: 'verify', entries })),
    async popStory({ popId }) {
      const result = store.queries.byPopId(popId);
      const entries = result ? await readStory(auditDir, result) : [];
      return { entries, canSendAgain: deps.recent.find(popId) !== undefined };
    },
    popPreview: async ({ trigger }) => answering(() => preview(parseTrigger(trigger, undefined))),
    popFire: async ({ trigger }) => answering(() => fire(parseTrigger(trigger, undefined))),
    async popSendAgain({ popId }) {
      const trigger = deps.recent.find(popId);
      if (trigger) return answering(() => fire(trigger));
      return problemOf(new PopError('not_found', 'the context of this pop is no longer in memory'));
    },
    stats: async ({ from, to, buckets }) => store.queries.stats(from, to, buckets),
    async framingState({ application, lookNow }) {
      const state = lookNow ? await framing.lookNow(application) : framing.stateOf(application);
      return { state: state ?? null };
    },
    async pause({ for: minutes }) {
      pause.set(minutes);
      return status();
    },
    settingsGet: async () => ({
      settings: setup.inForce.settings,
      fromEnvironment: [...setup.fromEnvironment],
      atNextStart: setup.atNextStart(),
    }),
    async settingsSet({ settings }) {
      const saved = await setup.save(settings);
      return 'errors' in saved ? saved : { ...saved, atNextStart: setup.atNextStart() };
    },
    tokenList: async () => localTokens.list(),
    tokenCreate: async ({ name }) => orRefused(() => ({ token: localTokens.create(name) })),
    pairingOpen: async ({ name }) => orRefused(() => deps.pairing.open(name)),
    async pairingClose() {
      deps.pairing.close();
      return {};
    },
    tokenRevoke: async ({ name }) => ({ revoked: localTokens.revoke(name) }),
    secretList() {
      const { webhooks, shipping } = setup.inForce.settings;
      const names: PersonalSecret[] = [
        'client-secret',
        'signing-secret',
        ...webhooks.map(({ id }) => `webhook-secret:${id}` as const),
        ...shipping
          .filter((shipper) => 'secretHeader' in shipper)
          .map(({ id }) => `shipper-secret:${id}` as const),
      ];
      return Promise.all(names.map(async (name) => ({ name, source: await secrets.source(name) })));
    },
    async secretSet({ name, value }) {
      try {
        return { refused: await setup.setSecret(name, value) };
      } catch (error) {
        return { refused: (error as Error).message };
      }
    },
    webhookQueue: async () => ({ waiting: store.outbox.pendingCount(), dead: store.outbox.deadLetters() }),
    webhookResend: async ({ id, webhook }) => ({ found: await deps.deadLetters.resend(id, webhook, client) }),
  };

  return {
    async call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<ApiResult<Name>> {
      if (!Object.hasOwn(api, name)) return { ok: false, code: 'invalid_request' };
      const parsed = api[name].request.safeParse(request);
      if (!parsed.success) return { ok: false, code: 'invalid_request' };
      try {
        const handle = handlers[name] as (request: unknown) => Promise<ApiResponse<Name>>;
        return { ok: true, value: await handle(parsed.data) };
      } catch (error) {
        deps.onFault(error);
        return { ok: false, code: 'internal' };
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exportLog: (format, filter) => exportEntries(auditDir, format, filter),
    tell,
    tellStatus: () => tell({ type: 'status', status: status() }),
  };

  function tell(event: ApiEvent): void {
    for (const listener of listeners) listener(event);
  }

  function status(): ApiResponse<'status'> {
    const { outlet } = setup.inForce;
    const midnight = new Date(clock.now()).setHours(0, 0, 0, 0);
    return {
      version: deps.version,
      addresses: [...deps.addresses()],
      destination: outlet.description,
      isSimulated: outlet.isSimulated,
      isConfigured: !('missing' in outlet.outlet),
      secretsWarning: secrets.warning ?? null,
      auditFault: fault(),
      shipping: shipping(),
      pausedUntil: pause.until(),
      underWay: pipeline.underWay(),
      today: store.queries.tally(midnight),
      hasDelivered: store.queries.hasDelivered(),
    };
  }

  async function fire(trigger: Trigger): Promise<TriggerReply> {
    const { body } = await pipeline.handle({ trigger, client, receivedAt: clock.monotonic() });
    return JSON.parse(body) as TriggerReply;
  }

  function preview(trigger: Trigger) {
    const { settings, matrices } = setup.inForce;
    const { applications, popPhases } = settings;
    const { outlet } = setup.inForce.outlet;
    if ('missing' in outlet) throw new PopError('not_configured', outlet.missing);
    const { url, headers, body, uri, application } = previewOf(
      trigger,
      { applications, matrices },
      outlet.destination,
    );
    const isHeld = trigger.phase !== undefined && !popPhases.includes(trigger.phase);
    return {
      url,
      headers,
      body: Buffer.from(body).toString(),
      uri,
      held: isHeld ? ('policy' as const) : null,
      framing: framing.stateOf(application) ?? null,
    };
  }
}

/** What a caller would be told of a failure becomes the answer. */
async function answering<T>(action: () => T | Promise<T>): Promise<T | Problem> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof PopError) return problemOf(error);
    throw error;
  }
}

/** What somebody asked for by a name that will not do is refused in words. */
function orRefused<T>(action: () => T): T | { refused: string } {
  try {
    return action();
  } catch (error) {
    return { refused: (error as Error).message };
  }
}
