/** The reply to a call that is in order: the normal one, or what a fault makes of it. */
import type { FastifyReply } from 'fastify';
import { ApiError } from './api-error.ts';
import type { Fault } from './fault-script.ts';
import { rateLimited } from './rate-limit.ts';

export interface Answer {
  readonly status: number;
  readonly body: object;
}

export interface AnswerPlan {
  readonly fault: Fault | undefined;
  /** Lets the call take effect and says the normal answer; called at most once. */
  readonly effect: () => Answer | Promise<Answer>;
  readonly wait: (ms: number) => Promise<void>;
}

/** Sends the answer; rejects with ApiError where the fault is a refusal. */
export async function answer(reply: FastifyReply, plan: AnswerPlan): Promise<FastifyReply> {
  const { fault, effect, wait } = plan;
  if (!fault) return send(reply, await effect());
  switch (fault.kind) {
    case 'rate-limited': {
      const { retryAfter, messageSeconds } = fault;
      // A 429 without any hint must not carry one under another name.
      if (retryAfter === undefined) reply.removeHeader('inin-ratelimit-reset');
      const seconds = messageSeconds ?? (typeof retryAfter === 'number' ? retryAfter : undefined);
      throw rateLimited({ retryAfter, seconds });
    }
    case 'server-error': {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      throw new ApiError(fault.status, 'The simulator was told to fail', { headers });
    }
    case 'unauthorized':
      throw new ApiError(401, 'Invalid login credentials.', { code: 'bad.credentials' });
    case 'forbidden':
      throw new ApiError(403, 'Unable to perform the requested action. You are missing a permission', {
        code: 'missing.any.permissions',
      });
    case 'conflict':
      return send(reply, { ...(await effect()), status: 409 });
    case 'no-content':
      await effect();
      return reply.code(204).send();
    case 'slow': {
      // It takes effect at once and only the reply is late: the case in which a repeat could show it twice.
      const normal = effect();
      await wait(fault.delayMs);
      return send(reply, await normal);
    }
    case 'reset':
      if (fault.when === 'after') await effect();
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return reply;
    case 'truncated': {
      const text = JSON.stringify((await effect()).body);
      return reply
        .code(200)
        .type('application/json')
        .send(text.slice(0, text.length / 2));
    }
    case 'not-json':
      return reply
        .code(200)
        .type('text/html')
        .send('<!doctype html><title>Sign in</title><p>Sign in to the network</p>');
  }
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  return reply.code(status).send(body);
}
