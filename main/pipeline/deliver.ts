/** Attempts, waits and deadlines: one pop, the same bytes and key in every attempt. */

import type { Cause } from '../../shared/causes.ts';
import { delay } from '../../shared/delay.ts';
import type { Delivery, DeliveryPlan } from './delivery.ts';
import { type ErrorCode, errorBecause, PopError } from './errors.ts';
import type { AttemptResult, Clock, PreparedPop, Random, Timing } from './ports.ts';
import { fullJitter } from './retry-schedule.ts';

/** Attempts that may fail in a way that another try could mend; what the destination wants tried at once is none. */
const MAX_ATTEMPTS = 3;

export interface DeliverDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Delivers, or says why not; never rejects for anything the destination or the network does. */
export async function deliver(
  prepared: PreparedPop,
  plan: DeliveryPlan,
  { clock, random }: DeliverDeps,
): Promise<Delivery> {
  const { destination, expiresAt, withdrawn, stopping } = plan;

  let attempts = 0;
  let failures = 0;
  let tokenMs = 0;
  /** A call brought no reply, or one that cannot be read: only another with the same key can tell, where keys are kept. */
  let isLost = false;
  let mayHaveArrived = false;
  let code: ErrorCode = 'upstream_failed';
  let because: Cause | undefined;
  let correlationId: string | null = null;
  let ifLate: Extract<AttemptResult, { kind: 'again' }>['ifLate'];

  const timing: Timing = {
    stopping,
    beginCall() {
      if (isOver() || voidAt(clock.now())) return undefined;
      attempts += 1;
      // Rounded up, so that a time that has run out is also past the deadline.
      return Math.min(plan.attemptTimeoutMs, Math.ceil(plan.deadlineAt - clock.monotonic()));
    },
    async wait(begin) {
      const began = clock.monotonic();
      try {
        return await whileWanted(begin, leftMs());
      } finally {
        tokenMs += clock.monotonic() - began;
      }
    },
    follow: (begin) => whileWanted(begin, Math.min(leftMs(), (expiresAt ?? Infinity) - clock.now())),
  };

  for (;;) {
    const late = endIfLate();
    if (late) return late;
    const outcome = await prepared.attempt(timing);
    correlationId = outcome.correlationId ?? correlationId;
    if (outcome.kind === 'again') {
      ifLate = outcome.ifLate;
      continue;
    }
    if (outcome.kind === 'delivered') return end('delivered', outcome);
    if (outcome.kind === 'refused') {
      because = outcome.because;
      return fail(outcome.code, outcome.detail);
    }

    failures += 1;
    isLost ||= destination.keepsKeys && outcome.arrival === 'unknown';
    mayHaveArrived ||= outcome.arrival !== undefined;
    code = outcome.code;
    because = outcome.because;
    const { retryAfterMs } = outcome;
    if (mayHaveArrived && !destination.keepsKeys && !destination.repeats) return fail('outcome_unknown');
    if (withdrawn.aborted && !isLost) return endVoid('withdrawn');
    if (isOver()) return cutShort();
    if (failures >= MAX_ATTEMPTS) return fail(code, undefined, retryAfterMs);
    const waitMs = retryAfterMs ?? fullJitter(failures, outcome.baseMs, random);
    const reason = voidAt(clock.now() + waitMs);
    if (reason) return endVoid(reason);
    // A wait past the deadline would be in vain: the caller hears at once when to come back.
    if (clock.monotonic() + waitMs >= plan.deadlineAt) return fail(code, undefined, waitMs);
    await delay(clock, waitMs, ...cuts());
  }

  /** For so long, or until the pop is withdrawn or poptray stops. */
  async function whileWanted<T>(begin: (signal: AbortSignal) => Promise<T>, forMs: number): Promise<T> {
    const giveUp = new AbortController();
    const abort = () => giveUp.abort();
    const cancelTimer = clock.after(forMs, abort);
    const signals = cuts();
    for (const signal of signals) signal.addEventListener('abort', abort);
    try {
      return await begin(giveUp.signal);
    } finally {
      cancelTimer();
      for (const signal of signals) signal.removeEventListener('abort', abort);
    }
  }

  function leftMs(): number {
    return plan.deadlineAt - clock.monotonic();
  }

  /** What ends a wait: a call that is over leaves it to be found out whether its pop was shown. */
  function cuts(): AbortSignal[] {
    return isLost ? [stopping] : [stopping, withdrawn];
  }

  /** Why nothing is to be sent at that time, if so; what was lost is cleared up all the same. */
  function voidAt(time: number): 'withdrawn' | 'expired' | undefined {
    if (isLost) return undefined;
    if (withdrawn.aborted) return 'withdrawn';
    return expiresAt !== undefined && time >= expiresAt ? 'expired' : undefined;
  }

  function endVoid(reason: 'withdrawn' | 'expired'): Delivery {
    return mayHaveArrived ? fail(code) : end(reason);
  }

  function endIfLate(): Delivery | undefined {
    const reason = voidAt(clock.now());
    if (reason) return endVoid(reason);
    return isOver() ? cutShort() : undefined;
  }

  function isOver(): boolean {
    return stopping.aborted || clock.monotonic() >= plan.deadlineAt;
  }

  function cutShort(): Delivery {
    if (stopping.aborted)
      return fail('upstream_unavailable', 'poptray was stopped before the pop could be delivered');
    if (ifLate) return fail(ifLate.code, ifLate.detail);
    return fail('upstream_timeout', 'the total deadline passed');
  }

  function fail(reason: ErrorCode, detail?: string, retryAfterMs?: number): Delivery {
    // Whatever has ended it: where no key can tell, nobody knows what became of an earlier attempt.
    const isUnknown = mayHaveArrived && !destination.keepsKeys;
    const code = isUnknown ? 'outcome_unknown' : reason;
    const tried =
      attempts === 0 ? 'gave no access token' : `did not take the pop after ${attempts} attempt(s)`;
    const text = detail ?? `${destination.kind} ${tried}`;
    const details = {
      retryAfterMs: isUnknown ? undefined : retryAfterMs,
      correlationId: correlationId ?? undefined,
    };
    const error = because ? errorBecause(code, because, details) : new PopError(code, text, details);
    return { ...end('failed'), error };
  }

  function end(
    status: Delivery['status'],
    delivered: { windowFocused: boolean | null; duplicate: boolean; shownMs?: number } = {
      windowFocused: null,
      duplicate: false,
    },
  ): Delivery {
    const { windowFocused, duplicate, shownMs } = delivered;
    return {
      status,
      attempts,
      tokenMs,
      correlationId,
      windowFocused,
      duplicate,
      shownMs,
      mayHaveArrived,
      error: undefined,
    };
  }
}
