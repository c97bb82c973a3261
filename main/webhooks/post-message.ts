/** One attempt to deliver a message: its headers, its call, and what the answer means. */
import type { KeyObject } from 'node:crypto';
import type { Notification } from '../../shared/webhook.ts';
import { type Clock, type DestinationRequest, HttpFailure, type HttpReply } from '../pipeline/ports.ts';
import { webhookHeaders } from './standard-webhooks.ts';

const TIMEOUT_MS = 15_000;
const CHECKPOINT = 'poptray-audit-checkpoint';

export interface WebhookTarget {
  readonly url: string;
  readonly key: KeyObject;
}

export interface PostDeps {
  readonly http: {
    /** Rejects with HttpFailure when there was no status. */
    postForHead(
      request: DestinationRequest,
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

/** `taken`, `gone` for good, or `cut` off by a stop, which is no attempt; else the code of the failure. */
type PostOutcome =
  | { readonly end: 'taken' }
  | { readonly end: 'gone' }
  | { readonly end: 'cut' }
  | { readonly end: 'failed'; readonly failure: string };

export async function postMessage(
  { id, payload }: Notification,
  { url, key }: WebhookTarget,
  { http, clock, checkpoint, onCheckpoint, stopping }: PostDeps,
): Promise<PostOutcome> {
  const note = checkpoint();
  const headers = {
    'content-type': 'application/json',
    ...(note !== undefined && { [CHECKPOINT]: Buffer.from(note).toString('base64') }),
    ...webhookHeaders(id, clock.now(), payload, key),
  };
  try {
    const request = { url, headers, body: Buffer.from(payload) };
    const reply = await http.postForHead(request, TIMEOUT_MS, stopping);
    const { status } = reply;
    if (status >= 200 && status < 300) {
      const { [CHECKPOINT]: returned } = reply.headers;
      if (returned !== undefined) onCheckpoint(returned);
      return { end: 'taken' };
    }
    return status === 410 ? { end: 'gone' } : { end: 'failed', failure: `http_${status}` };
  } catch (error) {
    if (stopping.aborted) return { end: 'cut' };
    return { end: 'failed', failure: error instanceof HttpFailure ? error.kind : 'internal' };
  }
}
