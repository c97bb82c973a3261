/** From a parsed trigger to an admitted pop: its ids and digests, and whether it is to pop at all. */
import canonicalize from 'canonicalize';
import { makeCause } from '../../shared/causes.ts';
import type { AgentTrigger, Trigger } from '../../shared/trigger.ts';
import { errorBecause } from './errors.ts';
import { type Context, contextOf } from './inject-context.ts';
import { type CallNames, callNamesOf } from './other-party.ts';
import { callNumbersOf } from './phone-number.ts';
import type { Call, Clock, Digest, Ids, PipelineConfig } from './ports.ts';
import type { Outcome } from './record.ts';

export interface Admitted extends Call {
  readonly trigger: AgentTrigger;
  readonly popId: string;
  readonly idempotencyKey: string;
  /** Whether the key was made here, and so cannot have been seen before. */
  readonly isNewKey: boolean;
  /** Digest of what would be shown. */
  readonly fingerprint: string;
  /** What the page is told. Secret: never log it. */
  readonly context: Context;
  /** By what its call is known. */
  readonly names: CallNames;
}

/** Gives the pop its ids, and reads the call's numbers; two triggers that would show the same have one fingerprint, in any member order. */
export function admit(
  call: Call & { readonly trigger: AgentTrigger },
  { ids, digest, agent }: { ids: Ids; digest: Digest; agent: PipelineConfig['agent'] },
): Admitted {
  const { country } = agent;
  const numbers = callNumbersOf(call.trigger.call, country);
  const { idempotencyKey, phase, expiresAt, client, repeat, ...shown } = call.trigger;
  return {
    ...call,
    popId: ids.popId(),
    idempotencyKey: idempotencyKey ?? ids.idempotencyKey(),
    isNewKey: idempotencyKey === undefined,
    fingerprint: digest(canonicalize(shown) ?? ''),
    context: contextOf(call.trigger, numbers),
    names: callNamesOf(call.trigger, numbers, country),
  };
}

/** The trigger with the agent whom it names, or who works here; throws PopError `invalid_trigger` where nobody knows. */
export function withAgent(trigger: Trigger, { userId }: PipelineConfig['agent']): AgentTrigger {
  if (trigger.userId !== undefined) return { ...trigger, userId: trigger.userId };
  if (userId !== undefined) return { ...trigger, userId };
  const detail = 'is required, because this workstation does not know its agent';
  throw errorBecause('invalid_trigger', makeCause('agent_unknown', {}), {
    errors: [{ pointer: '/userId', detail }],
  });
}

/** Why this trigger shows nothing whatever its call does, if so: it comes too late, its phase does not pop, or none does now. */
export function holdBack({ trigger }: Admitted, config: PipelineConfig, clock: Clock): Outcome | undefined {
  const { phase } = trigger;
  if (isExpired(trigger, clock)) return { status: 'expired' };
  if (phase !== undefined && !config.popPhases.includes(phase))
    return { status: 'suppressed', reason: 'policy' };
  return config.isPaused ? { status: 'suppressed', reason: 'paused' } : undefined;
}

export function isExpired({ expiresAt }: Call['trigger'], clock: Clock): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= clock.now();
}
