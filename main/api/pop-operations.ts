/** What the dashboard can do with pops: see what one would become, fire it, send one again. */

import { entryOf } from '../../shared/log-events.ts';
import type { Problem } from '../../shared/problem.ts';
import type { Trigger, TriggerReply } from '../../shared/trigger.ts';
import type { FramingMonitor } from '../compatibility/framing-monitor.ts';
import { parseTrigger } from '../endpoint/parse-trigger.ts';
import { createRefusals } from '../endpoint/refusals.ts';
import { namesIn } from '../endpoint/wrong-members.ts';
import { PopError, problemOf } from '../pipeline/errors.ts';
import type { AuditLog, Clock, Pipeline, PipelineConfig } from '../pipeline/ports.ts';
import { previewOf } from '../pipeline/preview.ts';
import type { RecentTriggers } from '../pipeline/recent-triggers.ts';
import { sealContext } from '../platform/seal-context.ts';
import type { Handlers } from './api.ts';
import type { SettingsAccess } from './ports.ts';

export interface PopOperationsDeps {
  readonly runtimeConfig: SettingsAccess;
  readonly framing: FramingMonitor;
  readonly clock: Clock;
  readonly pipeline: Pipeline;
  /** What the pipeline is set to. */
  readonly config: () => PipelineConfig;
  readonly recent: RecentTriggers;
  readonly auditServices: { readonly audit: AuditLog };
  readonly onFault: (error: unknown) => void;
}

/** `client` is the name under which its pops stand in the log. */
export function createPopOperations(
  { runtimeConfig, framing, clock, pipeline, config, recent, auditServices, onFault }: PopOperationsDeps,
  client: string,
): Pick<Handlers, 'popPreview' | 'popFire' | 'popSendAgain'> {
  const refusals = createRefusals(auditServices.audit, clock);
  return {
    popPreview: async ({ trigger }) => answering(() => preview(parse(trigger))),
    popFire: async ({ trigger }) => answering(() => fire(() => parse(trigger))),
    async popSendAgain({ popId, asNew }) {
      const trigger = asNew ? recent.toPopAsNew(popId) : recent.toTryAgain(popId);
      if (!trigger)
        return problemOf(new PopError('not_found', 'the context of this pop is no longer in memory'));
      const answer = await answering(() => fire(() => trigger));
      await noteRepeat(popId, answer);
      return answer;
    },
  };

  function parse(trigger: unknown): Trigger {
    return parseTrigger(trigger, undefined, namesIn(runtimeConfig.current.settings));
  }

  async function fire(read: () => Trigger): Promise<TriggerReply> {
    const receivedAt = clock.monotonic();
    let trigger: Trigger | undefined;
    try {
      trigger = read();
      const { body } = await pipeline.handle({ trigger, client, receivedAt });
      return JSON.parse(body) as TriggerReply;
    } catch (error) {
      // With a popId the pipeline has recorded it.
      if (error instanceof PopError && error.details.popId === undefined) {
        const { userId = null, idempotencyKey = null } = trigger ?? {};
        const latencyMs = Math.round((clock.monotonic() - receivedAt) * 1000) / 1000;
        await refusals.record(error, { client, userId, idempotencyKey }, latencyMs);
      }
      throw error;
    }
  }

  /** So that each of the two stories leads to the other. */
  async function noteRepeat(first: string, { popId }: TriggerReply | Problem): Promise<void> {
    if (popId === undefined || popId === first) return;
    await auditServices.audit
      .append(entryOf({ kind: 'repeated', popId, first, client }), 'written')
      .catch(onFault);
  }

  async function preview(trigger: Trigger) {
    const now = config();
    const outlets = runtimeConfig.current.outlets.map(({ outlet }) => outlet);
    const { application, destinations, ...preview } = await previewOf(trigger, now, outlets, {
      seal: sealContext,
      clock,
    });
    const isHeld = trigger.phase !== undefined && !now.popPhases.includes(trigger.phase);
    return {
      ...preview,
      destinations: [...destinations],
      held: isHeld ? ('policy' as const) : null,
      framing:
        framing.statesOf(
          application,
          destinations.map(({ id }) => id),
        ) ?? [],
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
