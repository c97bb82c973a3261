/** The operations of shared/api.ts over the running app. */
import {
  type ApiEvent,
  type ApiRequest,
  type ApiResponse,
  type ApiResult,
  api,
  type Operation,
} from '../../shared/api.ts';
import { type Actor, type ChangeFacts, type RecordChange, verificationMade } from '../../shared/change.ts';
import { plural } from '../../shared/plural.ts';
import { countEntries } from '../audit/read/follow.ts';
import { isSimulated, sayWhere } from '../destinations/registry.ts';
import { PopError, problemOf } from '../pipeline/errors.ts';
import type { Pause } from '../pipeline/pause.ts';
import { systemUser } from '../platform/system-user.ts';
import type { DeadLetterBox } from '../webhooks/dead-letters.ts';
import type { Dashboard, Handlers } from './api.ts';
import { exportEntries, readStory } from './log-operations.ts';
import { createPopOperations, type PopOperationsDeps } from './pop-operations.ts';
import type { AuditAccess } from './ports.ts';
import { createSettingsOperations, knownAgent, type SettingsOperationsDeps } from './settings-operations.ts';

export interface DashboardDeps extends PopOperationsDeps, SettingsOperationsDeps {
  readonly version: string;
  readonly addresses: () => readonly string[];
  readonly portInsteadOf: () => number | null;
  readonly auditServices: AuditAccess;
  readonly pause: Pause;
  /** A one-time link to the simulator's agent desktop; null where pops go elsewhere. */
  readonly desktopLink: () => string | null;
  readonly deadLetters: DeadLetterBox;
  readonly record: RecordChange;
  readonly onFault: (error: unknown) => void;
}

export interface OpenDashboard extends Dashboard {
  /** Passes an entry of the log on to who listens. */
  tell(event: ApiEvent): void;
  tellStatus(): void;
}

/** `client` is the name under which its pops stand in the log. */
export function createDashboard(deps: DashboardDeps, client = 'dashboard'): OpenDashboard {
  const { pause, clock, secrets, pipeline, runtimeConfig, framing } = deps;
  const { auditDir, check, standing, store, catchUp, unready, troubles, fault, spaceWarning, shipping } =
    deps.auditServices;
  const { record } = deps;
  const listeners = new Set<(event: ApiEvent) => void>();
  const actorOf = (by = systemUser()): Actor => ({ client, by });

  const handlers: Handlers = {
    ...createPopOperations(deps, client),
    ...createSettingsOperations(deps),
    status: async () => status(),
    auditQuery: async ({ filter, offset, limit }) => store.queries.page(filter, offset, limit),
    async auditVerify(_, actor) {
      const total = countEntries(auditDir);
      const onProgress = (entries: number) => tell({ type: 'verify', entries, total });
      const verdict = await check(onProgress);
      await record(actor, verificationMade(verdict.verdict));
      return verdict;
    },
    async popStory({ popId }) {
      const result = store.queries.byPopId(popId);
      const entries = result ? await readStory(auditDir, result) : [];
      return { entries, canSendAgain: deps.recent.toPopAsNew(popId) !== undefined };
    },
    stats: async ({ from, to, buckets }) => store.queries.stats(from, to, buckets),
    async framingState({ application, lookNow }) {
      const states = lookNow ? await framing.lookNow(application) : framing.statesOf(application);
      return { states: states ?? null };
    },
    async pause({ for: minutes }, actor) {
      pause.set(minutes);
      await record(actor, pauseChange(minutes));
      return status();
    },
    desktopLink: async () => ({ url: deps.desktopLink() }),
    webhookQueue: async () => ({ waiting: store.outbox.pendingCount(), dead: store.outbox.deadLetters() }),
    webhookResend: async ({ id, webhook }) => ({ found: await deps.deadLetters.resend(id, webhook, client) }),
  };

  return {
    async call<Name extends Operation>(
      name: Name,
      request: ApiRequest<Name>,
      by?: string,
    ): Promise<ApiResult<Name>> {
      if (!Object.hasOwn(api, name)) return { ok: false, code: 'invalid_request' };
      const parsed = api[name].request.safeParse(request);
      if (!parsed.success) return { ok: false, code: 'invalid_request' };
      try {
        const handle = handlers[name] as (request: unknown, actor: Actor) => Promise<ApiResponse<Name>>;
        return { ok: true, value: await handle(parsed.data, actorOf(by)) };
      } catch (error) {
        if (error instanceof PopError) return { ok: false, code: 'refused', problem: problemOf(error) };
        deps.onFault(error);
        return { ok: false, code: 'internal' };
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async *exportLog(format, filter, by) {
      await record(actorOf(by), { subject: 'export', action: 'made', name: format });
      yield* exportEntries(auditDir, format, filter);
    },
    tell,
    tellStatus() {
      try {
        tell({ type: 'status', status: status() });
      } catch (error) {
        // Whoever brings news of a full disk must not fall over the figures that cannot be had from it.
        deps.onFault(error);
      }
    },
  };

  function tell(event: ApiEvent): void {
    for (const listener of listeners) listener(event);
  }

  function status(): ApiResponse<'status'> {
    const { outlets } = runtimeConfig.current;
    const codes = unready();
    const midnight = new Date(clock.now()).setHours(0, 0, 0, 0);
    return {
      version: deps.version,
      addresses: [...deps.addresses()],
      portInsteadOf: deps.portInsteadOf(),
      agent: knownAgent(runtimeConfig),
      destination: sayWhere(outlets),
      destinations: outlets.map(({ outlet, description, isLocked }) => ({
        id: outlet.id,
        description,
        missing: 'missing' in outlet && !isLocked ? outlet.missing : null,
      })),
      isSimulated: isSimulated(outlets),
      isConfigured: !codes.includes('not_configured'),
      unready: codes,
      secretsWarning: secrets.warning ?? null,
      secretFaults: [...runtimeConfig.current.secretFaults],
      auditFault: fault(),
      audit: standing(),
      spaceWarning: spaceWarning(),
      settingsFault: runtimeConfig.fileFault(),
      rebuilding: catchUp.share(),
      shipping: shipping(),
      troubles: troubles(),
      pausedUntil: pause.until(),
      underWay: pipeline.underWay(),
      today: store.queries.tally(midnight),
      hasDelivered: store.queries.hasDelivered(),
    };
  }
}

function pauseChange(minutes: number | 'until-resumed' | null): ChangeFacts {
  if (minutes === null) return { subject: 'pause', action: 'ended' };
  const name = typeof minutes === 'number' ? plural(minutes, 'minute') : 'until resumed';
  return { subject: 'pause', action: 'begun', name };
}
