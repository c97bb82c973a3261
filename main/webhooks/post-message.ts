/** One attempt to deliver a message: its headers, its call, and what the answer means. */
import type { KeyObject } from 'node:crypto';
import { type Cause, makeCause } from '../../shared/causes.ts';
import { sayClockOff } from '../../shared/clock-off.ts';
import { parseHttpDate } from '../../shared/http-date.ts';
import type { Notification } from '../../shared/webhook.ts';
import { HttpFailure, type HttpReply, type HttpRequest } from '../network/http.ts';
import type { Clock } from '../pipeline/ports.ts';
import { webhookHeaders } from './standard-webhooks.ts';

const TIMEOUT_MS = 15_000;
const CHECKPOINT = 'poptray-audit-checkpoint';
/** From here on receivers refuse what seems too old or too new, in milliseconds. Standard Webhooks says five minutes; some are stricter. */
const CLOCK_TOLERANCE_MS = 60_000;

const UNSIGNED = ['no_secret', 'unfit_secret', 'secret_elsewhere', 'secret_unreadable'] as const;

/** Why nothing can sign a webhook's messages. */
export interface Unsigned {
  readonly code: (typeof UNSIGNED)[number];
  /** For people, with what to do. */
  readonly why: string;
}

export interface WebhookTarget {
  readonly url: string;
  /** Where it may go inside of a network. */
  readonly allow?: readonly string[] | undefined;
  /** What signs its messages, or why nothing can. */
  readonly key: KeyObject | Unsigned;
}

export interface PostDeps {
  readonly http: {
    /** Rejects with HttpFailure when there was no status. */
    sendForHead(
      request: HttpRequest,
      timeoutMs: number,
      signal: AbortSignal,
    ): Promise<Pick<HttpReply, 'status' | 'headers'>>;
  };
  readonly clock: Pick<Clock, 'now'>;
  /** The log's furthest checkpoint, a signed note, for receivers to hold the log against. */
  readonly checkpoint: () => string | undefined;
  /** Hears what a receiver that has taken a message sends back of them; throws nothing. */
  readonly onCheckpoint: (returned: unknown) => void;
  /** Aborted when calls under way must end now. */
  readonly stopping: AbortSignal;
}

/** What came in the way of a message. */
export interface WebhookFailure {
  /** As outbox and log have it. */
  readonly code: string;
  /** Where it is known better than that. */
  readonly because?: Cause | undefined;
}

/** `taken`, `gone` for good, `refused` by a rule of ours, or `cut` off by a stop, which is no attempt; else it may do later. */
type PostOutcome =
  | { readonly end: 'taken' }
  | { readonly end: 'cut' }
  | { readonly end: 'gone' | 'blocked' | 'failed'; readonly failure: WebhookFailure };

export function isUnsignedCode(code: string): boolean {
  return UNSIGNED.some((one) => one === code);
}

export function isSigned(target: WebhookTarget): target is WebhookTarget & { readonly key: KeyObject } {
  return !('why' in target.key);
}

export async function postMessage(
  { id, payload }: Notification,
  target: WebhookTarget,
  { http, clock, checkpoint, onCheckpoint, stopping }: PostDeps,
): Promise<PostOutcome> {
  if (!isSigned(target)) return { end: 'failed', failure: { code: (target.key as Unsigned).code } };
  const { url, key } = target;
  const note = checkpoint();
  const headers = {
    'content-type': 'application/json',
    ...(note !== undefined && { [CHECKPOINT]: Buffer.from(note).toString('base64') }),
    ...webhookHeaders(id, clock.now(), payload, key),
  };
  try {
    const request = { method: 'POST', url, headers, body: Buffer.from(payload) };
    const reply = await http.sendForHead(request, TIMEOUT_MS, stopping);
    const { status } = reply;
    if (status >= 200 && status < 300) {
      const { [CHECKPOINT]: returned } = reply.headers;
      if (returned !== undefined) onCheckpoint(returned);
      return { end: 'taken' };
    }
    if (status === 410) return { end: 'gone', failure: { code: 'gone' } };
    return { end: 'failed', failure: refusal(status, reply.headers.date, clock.now()) };
  } catch (error) {
    if (stopping.aborted) return { end: 'cut' };
    const { kind: code, because } =
      error instanceof HttpFailure ? error : { kind: 'internal' as const, because: undefined };
    return { end: code === 'blocked' ? 'blocked' : 'failed', failure: { code, because } };
  }
}

/** A receiver that refuses, and has another time than we have, refuses the time of the signature. */
function refusal(status: number, date: unknown, now: number): WebhookFailure {
  const time = status < 500 && typeof date === 'string' ? parseHttpDate(date) : undefined;
  const off = time === undefined ? 0 : now - time;
  if (Math.abs(off) <= CLOCK_TOLERANCE_MS) return { code: `http_${status}` };
  const because = makeCause('clock_off', {
    off: `it is ${sayClockOff(off)} that of the receiver, which refuses the signatures for it`,
  });
  return { code: 'clock', because };
}
