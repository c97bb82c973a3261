/** What a delivery is to do, and how it ended. */
import type { PopError } from './errors.ts';
import type { Destination } from './ports.ts';

export interface DeliveryPlan {
  readonly destination: Pick<Destination, 'kind' | 'keepsKeys' | 'repeats'>;
  readonly attemptTimeoutMs: number;
  /** On the monotonic clock. */
  readonly deadlineAt: number;
  /** On the wall clock: nothing is sent from then on, unless an earlier attempt may have arrived. */
  readonly expiresAt: number | undefined;
  /** Aborted: nothing is sent from then on, unless an earlier attempt may have arrived. */
  readonly withdrawn: AbortSignal;
  /** Ends the delivery at once, also in the middle of a wait. */
  readonly stopping: AbortSignal;
}

export interface Delivery {
  readonly status: 'delivered' | 'expired' | 'withdrawn' | 'failed';
  /** Calls that were sent. */
  readonly attempts: number;
  readonly tokenMs: number;
  readonly correlationId: string | null;
  readonly windowFocused: boolean | null;
  readonly duplicate: boolean;
  /** From the first call until the page was shown, where the destination has seen that. */
  readonly shownMs: number | undefined;
  /** Whether it may have been shown, though nobody said so. */
  readonly mayHaveArrived: boolean;
  /** Why it failed. */
  readonly error: PopError | undefined;
}

/** Of a pop that is not sent there at all. */
export function notSent(error: PopError): Delivery {
  return {
    status: 'failed',
    attempts: 0,
    tokenMs: 0,
    correlationId: null,
    windowFocused: null,
    duplicate: false,
    shownMs: undefined,
    mayHaveArrived: false,
    error,
  };
}

/** It was dropped, because its call has ended or its time was over. */
export function isDropped({ status }: Pick<Delivery, 'status'>): boolean {
  return status === 'withdrawn' || status === 'expired';
}
