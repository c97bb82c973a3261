/** From a parsed trigger to an admitted pop: its ids and digests, and whether it is to pop at all. */
import canonicalize from 'canonicalize';
import type { Trigger } from '../../shared/trigger.ts';
import type { Dedupe } from './dedupe.ts';
import type { Call, Clock, Digest, Ids, PipelineConfig } from './ports.ts';
import type { Outcome } from './record.ts';

export interface Admitted extends Call {
  readonly popId: string;
  readonly idempotencyKey: string;
  /** Whether the key was made here, and so cannot have been seen before. */
  readonly isNewKey: boolean;
  readonly fingerprint: string;
}

/** Gives the pop its id and key; the fingerprint covers all of the trigger but the key, in any member order. */
export function admit(call: Call, { ids, digest }: { ids: Ids; digest: Digest }): Admitted {
  const { idempotencyKey, ...payload } = call.trigger;
  return {
    ...call,
    popId: ids.popId(),
    idempotencyKey: idempotencyKey ?? ids.idempotencyKey(),
    isNewKey: idempotencyKey === undefined,
    fingerprint: digest(canonicalize(payload) ?? ''),
  };
}

/** The digest that two pops for one interaction, user and application share; null without an interaction. */
export function interactionDigest(trigger: Trigger, application: string, digest: Digest): string | null {
  if (trigger.interactionId === undefined) return null;
  return digest(JSON.stringify([trigger.interactionId, trigger.userId, application]));
}

/** Why this trigger shows nothing, if so: it comes too late, its phase does not pop, or its call has popped. */
export function holdBack(
  { trigger, popId }: Admitted,
  interaction: string | null,
  config: PipelineConfig,
  { clock, dedupe }: { clock: Clock; dedupe: Dedupe },
): Outcome | undefined {
  const { phase, expiresAt } = trigger;
  if (expiresAt !== undefined && Date.parse(expiresAt) <= clock.now()) return { status: 'expired' };
  if (phase !== undefined && !config.popPhases.includes(phase))
    return { status: 'suppressed', reason: 'policy' };
  if (config.isPaused) return { status: 'suppressed', reason: 'paused' };
  if (interaction !== null && !dedupe.claim(interaction, popId, config.dedupeWindowMs)) {
    return { status: 'suppressed', reason: 'dedupe' };
  }
  return undefined;
}
