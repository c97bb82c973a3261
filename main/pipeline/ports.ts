/** What the pipeline needs of the world. Adapters implement these; tests bring their own. */
import type { KeyObject } from 'node:crypto';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Cause } from '../../shared/causes.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import type { Application } from '../../shared/settings.ts';
import type { State, Trigger } from '../../shared/trigger.ts';
import type { MatrixCheck } from '../policy/extension-matrix.ts';
import type { ErrorCode } from './errors.ts';

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

/** The pop as a destination sees it. */
export interface Pop {
  readonly popId: string;
  readonly idempotencyKey: string;
  readonly userId: string;
  readonly applicationId: string;
  /** The target with the context in its fragment. Secret: never log it. */
  readonly uri: string;
  readonly state: State;
}

/** The exact bytes of a call, made once for all attempts. */
export interface DestinationRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface SignedRequest extends DestinationRequest {
  /** base64 of HMAC-SHA256 over `body`. */
  readonly signature: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What one reply of the destination means. */
export type Judgement =
  | { readonly kind: 'delivered'; readonly windowFocused: boolean | null; readonly duplicate: boolean }
  /** Try again with the same key and bytes: after `retryAfterMs`, or else backoff from `baseMs`. */
  | {
      readonly kind: 'retry';
      readonly code: ErrorCode;
      readonly baseMs: number;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'refused'; readonly code: ErrorCode };

/** Where pops are shown. Pure but for its tokens: the request it wants sent, and what a reply means. */
export interface Destination {
  readonly kind: string;
  /** Whether it shows a key that it gets twice no more than once. */
  readonly keepsKeys: boolean;
  request(pop: Pop): DestinationRequest;
  /** `retryAfterMs` is what a Retry-After header asks for. */
  judge(reply: HttpReply, retryAfterMs: number | undefined): Judgement;
  /** The destination's id of a call, for its support. */
  correlationId(reply: HttpReply): string | null;
  readonly tokens: TokenSource;
}

export interface TokenSource {
  /** The token, while there is one that is good for some time yet. */
  current(): string | undefined;
  /** The current token, fetched when there is none; rejects with TokenFailure. `signal` ends the wait, not the fetch. */
  get(signal: AbortSignal): Promise<string>;
  /** Drops this token, if it is still the current one. */
  invalidate(token: string): void;
}

interface TokenFailureDetails {
  readonly cause?: unknown;
  readonly retryAfter?: string | undefined;
  readonly because?: Cause | undefined;
}

/** Why there is no token. `retryable`: another try may help. */
export class TokenFailure extends Error {
  override readonly name = 'TokenFailure';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** The Retry-After of the token endpoint, if it gave one. */
  readonly retryAfter: string | undefined;
  readonly because: Cause | undefined;
  constructor(code: ErrorCode, retryable: boolean, { cause, retryAfter, because }: TokenFailureDetails = {}) {
    super(`no access token: ${code}`, { cause });
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.because = because;
  }
}

/** `unreachable` and `blocked`: nothing was sent. `connection` and `timeout`: it may have arrived all the same. */
export type HttpFailureKind = 'unreachable' | 'blocked' | 'connection' | 'timeout' | 'tls' | 'aborted';

/** A call that brought no whole reply. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly kind: HttpFailureKind;
  /** Not known of those that we have ended ourselves. */
  readonly because: Cause | undefined;
  constructor(kind: HttpFailureKind, cause?: unknown, because?: Cause) {
    super(`http call ended without a reply: ${kind}`, { cause });
    this.kind = kind;
    this.because = because;
  }
}

export interface HttpClient {
  /** Sends once, follows no redirect, reads at most 64 KiB; rejects with HttpFailure. */
  post(request: DestinationRequest, timeoutMs: number, signal: AbortSignal): Promise<HttpReply>;
}

export interface FramingRefusal {
  readonly rule: string;
  readonly detail: string;
}

/** Why a page may not be framed where it would be shown; a promise only while nothing is known of the page. */
export type FramingCheck = (
  application: Application,
) => FramingRefusal | undefined | Promise<FramingRefusal | undefined>;

/** What the pipeline is set to at the moment; read anew for every trigger. */
export interface PipelineConfig {
  readonly applications: readonly Application[];
  /** By application: which extensions can show its page; any, where there is none. */
  readonly matrices: ReadonlyMap<string, MatrixCheck>;
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

/** Where pops go and how they are signed; or what is missing for that. */
export type Outlet =
  | { readonly destination: Destination; readonly signingKey: KeyObject }
  | { readonly missing: string };

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
