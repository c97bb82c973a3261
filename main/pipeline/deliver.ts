/** Attempts, waits and deadlines: one pop, the same bytes and key in every attempt. */

import type { Cause } from '../../shared/causes.ts';
import { delay } from '../../shared/delay.ts';
import type { Delivery, DeliveryPlan } from './delivery.ts';
import { type ErrorCode, errorBecause, PopError } from './errors.ts';
import { type Failed, judgeFailure } from './judge-failure.ts';
import type { Clock, HttpClient, HttpReply, Judgement, Random, SignedRequest } from './ports.ts';
import { fullJitter, parseRetryAfter } from './retry-schedule.ts';
import { isSigned } from './sign.ts';

/** Attempts that may fail in a way that another try could mend; a renewed token adds one more. */
const MAX_ATTEMPTS = 3;

type Attempt =
  | Extract<Judgement, { kind: 'delivered' | 'unauthorized' }>
  | Failed
  /** Time ran out before anything could be sent. */
  | { readonly kind: 'late'; readonly end: Delivery };

export interface DeliverDeps {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly random: Random;
}

/** Delivers, or says why not; never rejects for anything the destination or the network does. */
export async function deliver(
  request: SignedRequest,
  plan: DeliveryPlan,
  deps: DeliverDeps,
): Promise<Delivery> {
  const { clock, http, random } = deps;
  const { destination, expiresAt, withdrawn, stopping } = plan;

  let attempts = 0;
  let failures = 0;
  let tokenMs = 0;
  let renewed = false;
  /** A call brought no reply, or one that cannot be read: only another with the same key can tell. */
  let isLost = false;
  let mayHaveArrived = false;
  let code: ErrorCode = 'upstream_failed';
  let because: Cause | undefined;
  let correlationId: string | null = null;

  for (;;) {
    const late = endIfLate();
    if (late) return late;
    const outcome = await attempt();
    if (outcome.kind === 'late') return outcome.end;
    if (outcome.kind === 'delivered') return end('delivered', outcome);
    if (outcome.kind === 'refused') {
      because = outcome.because;
      return fail(outcome.code, outcome.detail);
    }
    if (outcome.kind === 'unauthorized') {
      if (renewed) return fail('upstream_unauthorized');
      renewed = true;
      continue;
    }

    failures += 1;
    isLost ||= outcome.arrival === 'unknown';
    mayHaveArrived ||= outcome.arrival !== undefined;
    code = outcome.code;
    because = outcome.because;
    const { retryAfterMs } = outcome;
    if (mayHaveArrived && !destination.keepsKeys) return fail('outcome_unknown');
    if (withdrawn.aborted && !isLost) return endVoid('withdrawn');
    if (isOver()) return cutShort();
    if (failures >= MAX_ATTEMPTS) return fail(code, undefined, retryAfterMs);
    const wait = retryAfterMs ?? fullJitter(failures, outcome.baseMs, random);
    const reason = voidAt(clock.now() + wait);
    if (reason) return endVoid(reason);
    // A wait past the deadline would be in vain: the caller hears at once when to come back.
    if (clock.monotonic() + wait >= plan.deadlineAt) return fail(code, undefined, wait);
    await delay(clock, wait, ...cuts());
  }

  async function attempt(): Promise<Attempt> {
    let token = destination.tokens.current();
    if (token === undefined) {
      try {
        token = await waitForToken();
      } catch (error) {
        return judgeFailure(error, clock.now());
      }
      // It may have been long in coming.
      const late = endIfLate();
      if (late) return { kind: 'late', end: late };
    }
    if (!isSigned(request, plan.signingKey)) {
      return {
        kind: 'refused',
        code: 'internal',
        detail: 'the payload is not what was signed; it was not sent',
      };
    }
    const headers = {
      ...request.headers,
      authorization: `Bearer ${token}`,
      'x-payload-signature': request.signature,
    };
    // Rounded up, so that a time that has run out is also past the deadline.
    const timeoutMs = Math.min(plan.attemptTimeoutMs, Math.ceil(plan.deadlineAt - clock.monotonic()));
    attempts += 1;
    let reply: HttpReply;
    try {
      reply = await http.post({ url: request.url, headers, body: request.body }, timeoutMs, stopping);
    } catch (error) {
      return judgeFailure(error, clock.now());
    }
    correlationId = destination.correlationId(reply) ?? correlationId;
    const retryAfterMs = parseRetryAfter(reply.headers['retry-after'], clock.now());
    const judgement = destination.judge(reply, retryAfterMs);
    if (judgement.kind === 'unauthorized') destination.tokens.invalidate(token);
    if (judgement.kind !== 'retry' || (reply.status >= 300 && reply.status < 500)) return judgement;
    // A success that cannot be read was perhaps shown; a failure behind the destination's door perhaps came after that.
    return { ...judgement, arrival: reply.status < 300 ? 'unknown' : 'doubtful' };
  }

  /** Until the deadline, or until the pop is withdrawn or poptray stops. */
  async function waitForToken(): Promise<string> {
    const began = clock.monotonic();
    const giveUp = new AbortController();
    const abort = () => giveUp.abort();
    const cancelTimer = clock.after(plan.deadlineAt - began, abort);
    const signals = cuts();
    for (const signal of signals) signal.addEventListener('abort', abort);
    try {
      return await destination.tokens.get(giveUp.signal);
    } finally {
      cancelTimer();
      for (const signal of signals) signal.removeEventListener('abort', abort);
      tokenMs += clock.monotonic() - began;
    }
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
    return fail('upstream_timeout', 'the total deadline passed');
  }

  function fail(code: ErrorCode, detail?: string, retryAfterMs?: number): Delivery {
    const tried =
      attempts === 0 ? 'gave no access token' : `did not take the pop after ${attempts} attempt(s)`;
    const text = detail ?? `${destination.kind} ${tried}`;
    const details = { retryAfterMs, correlationId: correlationId ?? undefined };
    const error = because ? errorBecause(code, because, details) : new PopError(code, text, details);
    return { ...end('failed'), error };
  }

  function end(
    status: Delivery['status'],
    delivered: { windowFocused: boolean | null; duplicate: boolean } = {
      windowFocused: null,
      duplicate: false,
    },
  ): Delivery {
    const { windowFocused, duplicate } = delivered;
    return {
      status,
      attempts,
      tokenMs,
      correlationId,
      windowFocused,
      duplicate,
      mayHaveArrived,
      error: undefined,
    };
  }
}
