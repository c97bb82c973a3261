/** Attempts, waits and deadlines: one pop, the same bytes and key in every attempt. */
import type { KeyObject } from 'node:crypto';
import { rest } from '../../shared/rest.ts';
import { type ErrorCode, PopError } from './errors.ts';
import { type Failed, judgeFailure } from './judge-failure.ts';
import type { Clock, Destination, HttpClient, HttpReply, Judgement, Random, SignedRequest } from './ports.ts';
import { fullJitter, parseRetryAfter } from './retry-schedule.ts';
import { isSigned } from './sign.ts';

/** Attempts that may fail in a way that another try could mend; a renewed token adds one more. */
const MAX_ATTEMPTS = 3;

export interface DeliveryPlan {
  readonly destination: Destination;
  readonly signingKey: KeyObject;
  readonly attemptTimeoutMs: number;
  /** On the monotonic clock. */
  readonly deadlineAt: number;
  /** On the wall clock: nothing is sent from then on, unless an earlier attempt may have arrived. */
  readonly expiresAt: number | undefined;
  /** Ends the delivery at once, also in the middle of a wait. */
  readonly stopping: AbortSignal;
}

export interface Delivery {
  readonly status: 'delivered' | 'expired' | 'failed';
  /** Calls that were sent. */
  readonly attempts: number;
  readonly tokenMs: number;
  readonly correlationId: string | null;
  readonly windowFocused: boolean | null;
  readonly duplicate: boolean;
  /** Why it failed. */
  readonly error: PopError | undefined;
}

type Attempt =
  | Extract<Judgement, { kind: 'delivered' | 'unauthorized' }>
  | Failed
  /** Time ran out before anything could be sent. */
  | { readonly kind: 'late'; readonly end: Delivery };

interface Deps {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly random: Random;
}

/** Delivers, or says why not; never rejects for anything the destination or the network does. */
export async function deliver(request: SignedRequest, plan: DeliveryPlan, deps: Deps): Promise<Delivery> {
  const { clock, http, random } = deps;
  const { destination, expiresAt, stopping } = plan;

  let attempts = 0;
  let failures = 0;
  let tokenMs = 0;
  let renewed = false;
  let mayHaveArrived = false;
  let correlationId: string | null = null;

  for (;;) {
    const late = endIfLate();
    if (late) return late;
    const outcome = await attempt();
    if (outcome.kind === 'late') return outcome.end;
    if (outcome.kind === 'delivered') return end('delivered', outcome);
    if (outcome.kind === 'refused') return fail(outcome.code, outcome.detail);
    if (outcome.kind === 'unauthorized') {
      if (renewed) return fail('upstream_unauthorized');
      renewed = true;
      continue;
    }

    failures += 1;
    mayHaveArrived ||= outcome.mayHaveArrived ?? false;
    const { code, retryAfterMs } = outcome;
    if (isOver()) return cutShort();
    if (failures >= MAX_ATTEMPTS) return fail(code, undefined, retryAfterMs);
    const wait = retryAfterMs ?? fullJitter(failures, outcome.baseMs, random);
    if (isExpiredAt(clock.now() + wait)) return end('expired');
    // A wait past the deadline would be in vain: the caller hears at once when to come back.
    if (clock.monotonic() + wait >= plan.deadlineAt) return fail(code, undefined, wait);
    await rest(clock, wait, stopping);
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
    // A success that cannot be read was perhaps shown.
    if (judgement.kind === 'retry' && reply.status < 300) return { ...judgement, mayHaveArrived: true };
    return judgement;
  }

  /** Until the deadline, or until poptray stops. */
  async function waitForToken(): Promise<string> {
    const began = clock.monotonic();
    const giveUp = new AbortController();
    const abort = () => giveUp.abort();
    const cancelTimer = clock.after(plan.deadlineAt - began, abort);
    stopping.addEventListener('abort', abort);
    try {
      return await destination.tokens.get(giveUp.signal);
    } finally {
      cancelTimer();
      stopping.removeEventListener('abort', abort);
      tokenMs += clock.monotonic() - began;
    }
  }

  function isExpiredAt(time: number): boolean {
    return expiresAt !== undefined && time >= expiresAt && !mayHaveArrived;
  }

  function endIfLate(): Delivery | undefined {
    if (isExpiredAt(clock.now())) return end('expired');
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
    return { ...end('failed'), error: new PopError(code, text, details) };
  }

  function end(
    status: Delivery['status'],
    delivered: { windowFocused: boolean | null; duplicate: boolean } = {
      windowFocused: null,
      duplicate: false,
    },
  ): Delivery {
    const { windowFocused, duplicate } = delivered;
    return { status, attempts, tokenMs, correlationId, windowFocused, duplicate, error: undefined };
  }
}
