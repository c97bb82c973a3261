/** Genesys Cloud: the screen-pop call of contract §2b. It is not part of the published Platform API. */
import * as z from 'zod';
import { genesysHosts } from '../../../shared/destinations/genesys-cloud.ts';
import type { HttpReply } from '../../network/http.ts';
import type { Destination } from '../../pipeline/ports.ts';
import type { DestinationDeps, DestinationType } from '../destination-type.ts';
import { createHttpDestination, type HttpDeclaration } from '../http/http-destination.ts';
import { type Judgement, judgeStatus } from '../http/judge-status.ts';
import { signingKey } from '../http/sign.ts';
import { fetchToken } from '../oauth/client-credentials.ts';
import { createTokenCache } from '../oauth/token-cache.ts';

/** Backoff base after a success that cannot be read, in milliseconds. */
const UNREADABLE_BASE_MS = 1000;

/** All that is read of a reply; anything else in it is ignored. */
const replySchema = z.object({ windowFocused: z.boolean().nullish() });
const rateLimitSchema = z.object({ message: z.string() });

export const genesysScreenpops: DestinationType<'genesys-screenpops'> = {
  open({ clientId = '', scope, ...at }, secret, deps) {
    const login = {
      clientId,
      scope,
      clientSecret: secret('client-secret'),
      signingSecret: secret('signing-secret'),
    };
    return openGenesysCloud(at, login, deps);
  },
};

export interface GenesysLogin {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signingSecret: string;
  readonly scope: string;
}

export function openGenesysCloud(
  at: Parameters<typeof genesysHosts>[0],
  login: GenesysLogin,
  { http, clock, fetch }: DestinationDeps,
): Destination {
  const { apiBase, tokenEndpoint } = genesysHosts(at);
  const tokens = createTokenCache(
    () => fetchToken({ tokenEndpoint, ...login, basic: 'plain' }, fetch),
    clock,
  );
  return createHttpDestination(screenPop(apiBase), {
    http,
    clock,
    auth: { kind: 'tokens', tokens },
    signing: { header: 'x-payload-signature', key: signingKey(login.signingSecret) },
  });
}

export function screenPop(apiBase: string): HttpDeclaration {
  return {
    kind: 'genesys-screenpops',
    description: `Genesys Cloud at ${apiBase}`,
    keepsKeys: true,
    correlationHeader: 'inin-correlation-id',

    call: ({ userId, applicationId, uri, state, idempotencyKey }) => ({
      method: 'POST',
      url: `${apiBase}/api/v2/users/${encodeURIComponent(userId)}/screenpops`,
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: Buffer.from(JSON.stringify({ applicationId, uri, state, idempotencyKey })),
    }),

    judge(reply, retryAfterMs) {
      const { status } = reply;
      if (status >= 200 && status < 300) return judgeSuccess(reply);
      // The key was processed before, and the body is the original reply, if it can be read; unless it speaks of an error.
      if (status === 409 && !isError(reply))
        return { kind: 'delivered', windowFocused: focusOf(reply) ?? null, duplicate: true };
      return judgeStatus(status, status === 429 ? (retryAfterMs ?? waitInMessage(reply)) : retryAfterMs);
    },
  };
}

function judgeSuccess(reply: HttpReply): Judgement {
  if (reply.status === 204 || reply.body === '') {
    return { kind: 'delivered', windowFocused: null, duplicate: false };
  }
  const windowFocused = focusOf(reply);
  if (windowFocused === undefined) {
    return { kind: 'retry', code: 'upstream_failed', baseMs: UNREADABLE_BASE_MS };
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
