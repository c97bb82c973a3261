/** Genesys Cloud: the screen-pop call of contract §2. It is not part of the published Platform API. */
import * as z from 'zod';
import type { Destination, HttpReply, Judgement, TokenSource } from '../../pipeline/ports.ts';

/** Backoff bases in milliseconds. */
const BASE_MS = { rateLimited: 1000, failed: 5000, unreadable: 1000 };

/** All that is read of a reply; anything else in it is ignored. */
const replySchema = z.object({ windowFocused: z.boolean().nullish() });
const rateLimitSchema = z.object({ message: z.string() });

export function createGenesysCloud({
  apiBase,
  tokens,
}: {
  apiBase: string;
  tokens: TokenSource;
}): Destination {
  return {
    kind: 'genesys-cloud',
    keepsKeys: true,
    tokens,

    request({ userId, applicationId, uri, state, idempotencyKey }) {
      return {
        url: `${apiBase}/api/v2/users/${encodeURIComponent(userId)}/screenpops`,
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: Buffer.from(JSON.stringify({ applicationId, uri, state, idempotencyKey })),
      };
    },

    judge(reply, retryAfterMs) {
      const { status } = reply;
      if (status >= 200 && status < 300) return judgeSuccess(reply);
      // The key was processed before, and the body is the original reply, if it can be read; unless it speaks of an error.
      if (status === 409 && !isError(reply))
        return { kind: 'delivered', windowFocused: focusOf(reply) ?? null, duplicate: true };
      if (status === 401) return { kind: 'unauthorized' };
      if (status === 429) {
        const wait = retryAfterMs ?? waitInMessage(reply);
        return {
          kind: 'retry',
          code: 'upstream_rate_limited',
          baseMs: BASE_MS.rateLimited,
          retryAfterMs: wait,
        };
      }
      if (status >= 500)
        return { kind: 'retry', code: 'upstream_failed', baseMs: BASE_MS.failed, retryAfterMs };
      return { kind: 'refused', code: status === 403 ? 'upstream_forbidden' : 'upstream_rejected' };
    },

    correlationId(reply) {
      const value = reply.headers['inin-correlation-id'];
      // It goes into the audit log and into errors: only what looks like an id may.
      return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : null;
    },
  };
}

function judgeSuccess(reply: HttpReply): Judgement {
  if (reply.status === 204 || reply.body === '') {
    return { kind: 'delivered', windowFocused: null, duplicate: false };
  }
  const windowFocused = focusOf(reply);
  if (windowFocused === undefined) {
    return { kind: 'retry', code: 'upstream_failed', baseMs: BASE_MS.unreadable };
  }
  return { kind: 'delivered', windowFocused, duplicate: false };
}

/** The focus that a reply reports, null where it reports none, undefined where it cannot be read. */
function focusOf({ body }: HttpReply): boolean | null | undefined {
  try {
    return replySchema.parse(JSON.parse(body)).windowFocused ?? null;
  } catch {
    return undefined;
  }
}

/** Whether a reply speaks of an error, as Genesys Cloud or RFC 9457 does, and not of a pop. */
function isError({ body }: HttpReply): boolean {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || 'windowFocused' in value) return false;
    return ['message', 'code', 'error', 'errors', 'title'].some((name) => name in value);
  } catch {
    return false;
  }
}

/** Genesys Cloud says "Retry the request in [N] seconds" when the header is missing. */
function waitInMessage({ body }: HttpReply): number | undefined {
  try {
    const { message } = rateLimitSchema.parse(JSON.parse(body));
    const seconds = /Retry the request in \[(\d{1,6})\] seconds/.exec(message)?.[1];
    return seconds === undefined ? undefined : Number(seconds) * 1000;
  } catch {
    return undefined;
  }
}
