/** What the pipeline needs of the world. Adapters implement these; tests bring their own. */

import type { Application } from '../../shared/application.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Cause } from '../../shared/causes.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import type { State, Trigger } from '../../shared/trigger.ts';
import type { MatrixCheck } from '../policy/extension-matrix.ts';
import type { ErrorCode } from './errors.ts';
import type { Context } from './inject-context.ts';

export interface Clock {
  /** Wall time in epoch milliseconds; may jump. */
  now(): number;
  /** Milliseconds that only go forward, with microsecond resolution; for durations. */
  monotonic(): number;
  /** Milliseconds since the machine started, suspended time included; comparable while `boot` is the same. */
  uptime(): number;
  readonly boot: string;
  /** Calls `callback` once after `ms`; returns its cancel. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

export interface Ids {
  popId(): string;
  idempotencyKey(): string;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** A keyed digest: equal texts give equal digests, and nobody without the key can try texts out. */
export type Digest = (text: string) => string;

export interface AuditLog {
  /**
   * Appends in call order. `written`: survives the death of this process; `durable`: and a power cut.
   * Rejects with PopError `audit_unavailable`; then nothing of the entry is in the log.
   */
  append(entry: NewAuditEntry, until: 'written' | 'durable'): Promise<AuditEntry>;
}

export interface History {
  /** Until the last 24 hours before this start are known; rejects with PopError `audit_unavailable`. */
  readonly loading?: Promise<void> | undefined;
  /** The last result that uses this idempotency key, whatever its age. */
  findByKey(key: string): AuditEntry | undefined;
  /** The intents and results of a call, oldest first. */
  entriesOf(interaction: string): AuditEntry[];
  /** The calls of a party that the log heard of last: as many as may matter. */
  callsOf(party: string): string[];
}

/** What a page is handed, for its eyes alone. */
export interface ContextToSeal {
  readonly popId: string;
  readonly application: string;
  readonly sessionToken: string;
  readonly entries: Context;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly lifetimeMs: number;
}

/** Encrypts a context for whoever has the session token; the result is safe in a URL. */
export type Seal = (context: ContextToSeal) => Promise<string>;

/** The pop as a destination sees it. */
export interface Pop {
  readonly popId: string;
  readonly idempotencyKey: string;
  readonly userId: string;
  readonly applicationId: string;
  /** The page with what it is handed of the context. Secret: never log it. */
  readonly uri: string;
  /** Exact origins that the page may be on. */
  readonly allowedOrigins: readonly string[];
  readonly state: State;
}

/** What would be sent, for people: without secrets. */
export interface PopPreview {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A pop made ready for one destination: its bytes are made once, for all attempts. */
export interface PreparedPop {
  /** Where it goes, for the log: nothing of the context, no secret. */
  readonly endpoint: string;
  preview(): PopPreview;
  /** Never rejects for anything the destination or the network does. */
  attempt(timing: Timing): Promise<AttemptResult>;
}

/** What time a delivery leaves to an attempt. */
export interface Timing {
  /** Counts a call, and says how many milliseconds it may take; undefined: nothing is to be sent any more. */
  beginCall(): number | undefined;
  /** Waits for what a call needs first, such as a token, while there is something to send: then `signal` is aborted. */
  wait<T>(begin: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Waits for what becomes of a call, while the pop may be shown: then `signal` is aborted. */
  follow<T>(begin: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Ends a call under way. */
  readonly stopping: AbortSignal;
}

/** What became of one attempt. */
export type AttemptResult = {
  /** The destination's id of the call, for its support. */
  readonly correlationId?: string | null;
} & (
  | {
      readonly kind: 'delivered';
      readonly windowFocused: boolean | null;
      readonly duplicate: boolean;
      /** From the first call to the moment at which it was seen that the page is shown, in milliseconds. */
      readonly shownMs?: number;
    }
  /** Try again with the same key and bytes: after `retryAfterMs`, or else backoff from `baseMs`. */
  | {
      readonly kind: 'retry';
      readonly code: ErrorCode;
      readonly baseMs: number;
      readonly retryAfterMs?: number | undefined;
      /** `unknown`: it may have been shown as well as not; `doubtful`: rather not. Left out where nothing arrived. */
      readonly arrival?: 'unknown' | 'doubtful';
      readonly because?: Cause | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly detail?: string;
      readonly because?: Cause | undefined;
    }
  /** Nothing has failed: try again at once, if there is still time; `ifLate` is what has failed if there is none. */
  | { readonly kind: 'again'; readonly ifLate?: { readonly code: ErrorCode; readonly detail: string } }
);

/** Where pops are shown. */
export interface Destination {
  readonly kind: string;
  /** For people. */
  readonly description: string;
  /** Whether it shows a key that it gets twice no more than once. */
  readonly keepsKeys: boolean;
  /** Whether a pop that may have arrived is to be attempted again all the same, and perhaps shown twice. */
  readonly repeats: boolean;
  /** Pure: made before the intent is written, and sent after. */
  prepare(pop: Pop): PreparedPop;
  /** Tries what can be tried without a pop; rejects for faults of ours alone. */
  check(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }>;
}

export interface FramingRefusal {
  readonly rule: string;
  readonly detail: string;
}

/** Why a page may not be framed where that destination shows it; a promise only while nothing is known of the page. */
export type FramingCheck = (
  application: Application,
  destination: string,
) => FramingRefusal | undefined | Promise<FramingRefusal | undefined>;

/** What the pipeline is set to at the moment; read anew for every trigger. */
export interface PipelineConfig {
  readonly applications: readonly Application[];
  /** By application: which extensions can show its page; any, where there is none. */
  readonly matrices: ReadonlyMap<string, MatrixCheck>;
  /** Who works here, for triggers that name nobody; and where numbers without a country's code are dialled (ISO 3166-1). */
  readonly agent: { readonly userId?: string | undefined; readonly country?: string | undefined };
  readonly popPhases: readonly NonNullable<Trigger['phase']>[];
  /** A call without an id: its same phase within this long is a repeat; in milliseconds. */
  readonly dedupeWindowMs: number;
  /** A call without an id: it may be answered for so long after it rang, in milliseconds. */
  readonly ringWindowMs: number;
  /** A call pops once until so long after its last trigger, in milliseconds. */
  readonly interactionLifetimeMs: number;
  readonly attemptTimeoutMs: number;
  readonly totalDeadlineMs: number;
  /** Whether a person has paused pops. */
  readonly isPaused: boolean;
  /** Ids of the webhooks that are told. */
  readonly webhooks: readonly string[];
}

/** Where a pop can go, or what is missing for that; in the order of the settings. */
export type Outlet = {
  readonly id: string;
  /** Whether a pop that goes to several has failed without it. */
  readonly required: boolean;
} & ({ readonly destination: Destination } | { readonly missing: string });

/** A trigger as the endpoint hands it in. */
export interface Call {
  readonly trigger: Trigger;
  /** The name of the local token that it came with. */
  readonly client: string;
  /** When its first byte was seen, on the monotonic clock. */
  readonly receivedAt: number;
  /** Hears of its pop once nothing but the delivery is left to do: the rules are decided, and the intent is on disk. */
  readonly onAccepted?: (pop: AcceptedPop) => void;
}

/** The names of a pop, under which the log tells how it ended. */
export interface AcceptedPop {
  readonly popId: string;
  readonly idempotencyKey: string;
}

/** A 200: the exact body, and whether it had been given before. */
export interface Answer {
  readonly body: string;
  readonly replayed: boolean;
}

export interface Pipeline {
  /** The 200 answer to a trigger; rejects with PopError, which has a `popId` once an entry for it is in the log. */
  handle(call: Call): Promise<Answer>;
  /** How many pops are under way. */
  underWay(): number;
  /** Resolves when none is. */
  idle(): Promise<void>;
}
