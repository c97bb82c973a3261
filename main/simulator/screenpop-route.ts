/** `POST /api/v2/users/{userId}/screenpops`: contract §2, seen from the platform's side. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { type Answer, answer } from './answer.ts';
import type { FaultScript } from './fault-script.ts';
import type { PopLedger, PopReply } from './pop-ledger.ts';
import { countCall, rateLimited } from './rate-limit.ts';
import { readScreenpop, type Screenpop } from './screenpop-request.ts';
import type { Tokens } from './tokens.ts';

/** Where a pop is seen. */
export interface Screen {
  /** Whether the window had the focus when the pop stood there; null: nobody said. */
  show(pop: Screenpop & { readonly userId: string }): boolean | null | Promise<boolean | null>;
}

export interface ScreenpopDeps {
  readonly clock: { now(): number };
  readonly tokens: Tokens;
  readonly faults: FaultScript;
  readonly ledger: PopLedger;
  readonly screen: Screen | undefined;
  readonly wait: (ms: number) => Promise<void>;
  readonly signingSecret: string | undefined;
  /** Requests of one token; 0 or Infinity: no limit. */
  readonly rateLimitPerMinute: number;
  readonly latencyMs: number;
  /** Called for every call, also for those that are refused. */
  readonly onCall: () => void;
}

/** The route as a fastify plugin. */
export function screenpopRoute(deps: ScreenpopDeps): (scope: FastifyInstance) => Promise<void> {
  const { clock, tokens, faults, ledger, screen, wait, signingSecret, rateLimitPerMinute: allowed } = deps;
  // By key: those that are on the screen, and of whose focus nobody has heard yet.
  const showing = new Map<string, Promise<PopReply>>();
  const isLimited = allowed > 0 && Number.isFinite(allowed);

  return async (scope) => {
    scope.addHook('onRequest', async () => deps.onCall());
    // The signature is over the exact bytes, so they must not be parsed before it is checked.
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_: unknown, body: Buffer) => body,
    );

    scope.post('/api/v2/users/:userId/screenpops', async (request, reply) => {
      const began = performance.now();
      const token = tokens.check(request.headers.authorization);
      if (isLimited) {
        const { headers, isExceeded, resetSeconds } = countCall(token.window, clock.now(), allowed);
        reply.headers(headers);
        if (isExceeded) throw rateLimited({ retryAfter: resetSeconds, seconds: resetSeconds, allowed });
      }
      const { userId, body } = readScreenpop(request, signingSecret);
      const fault = faults.take('screenpop');
      if (deps.latencyMs > 0) await wait(deps.latencyMs);
      return answer(reply, { fault, effect: () => show(userId, body, began), wait });
    });
  };

  async function show(userId: string, body: Screenpop, began: number): Promise<Answer> {
    const { idempotencyKey: key } = body;
    const other = showing.get(key);
    const known = ledger.find(key) ?? (other && (await other));
    if (known) return { status: 409, body: known };
    const focused = screen?.show({ ...body, userId }) ?? null;
    // Where nobody has to be waited for, the call has taken effect when this returns.
    if (!(focused instanceof Promise)) return { status: 200, body: record(userId, body, began, focused) };
    const reply = focused
      .then((windowFocused) => record(userId, body, began, windowFocused))
      .finally(() => showing.delete(key));
    showing.set(key, reply);
    return { status: 200, body: await reply };
  }

  function record(userId: string, body: Screenpop, began: number, windowFocused: boolean | null): PopReply {
    const reply: PopReply = {
      id: randomUUID(),
      status: 'delivered',
      windowFocused,
      deliveryTimeMs: Math.round((performance.now() - began) * 1000) / 1000,
    };
    ledger.record(userId, body, reply);
    return reply;
  }
}
