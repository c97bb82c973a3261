/** What the endpoint offers. */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RecordChange } from '../../shared/change.ts';
import type { Finding } from '../../shared/finding.ts';
import { clientOf } from '../../shared/phone-name.ts';
import type { AcceptedReply, Trigger } from '../../shared/trigger.ts';
import { PopError } from '../pipeline/errors.ts';
import type { AcceptedPop, Answer, Call, Pipeline } from '../pipeline/ports.ts';
import type { DeadLetterBox } from '../webhooks/dead-letters.ts';
import { PAIRINGS_PATH } from './cors.ts';
import { openApiDocument, openPairingSchema, phoneCallSchema, resendSchema } from './openapi.ts';
import { type Pairing, pairingSchema } from './pairing.ts';
import { parseFields, parseTrigger } from './parse-trigger.ts';
import { prefersAsync } from './prefer.ts';
import { NONCE } from './proof.ts';

export const TRIGGER_PATH = '/trigger-screenpop';

export interface RouteDeps {
  /** Proofs that the endpoint on this port knows its tokens. */
  readonly prove: (port: number, nonce: string) => string[];
  readonly pairing: Pairing;
  /** Whether this user has opened the other end; undefined where the system does not tell. */
  readonly isOwnPeer: (socket: Socket) => boolean | undefined;
  readonly pipeline: Pipeline;
  /** What keeps pops from being delivered; empty when nothing does. */
  readonly unready: () => readonly string[];
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  readonly deadLetters: DeadLetterBox;
  /** Looks at all that a pop needs, for the command. */
  readonly examine: () => Promise<readonly Finding[]>;
  readonly record: RecordChange;
}

export function addRoutes(app: FastifyInstance, deps: RouteDeps, known: () => ReadonlySet<string>): void {
  const { pipeline, unready, metrics, deadLetters, prove, pairing, isOwnPeer } = deps;
  const { record } = deps;
  app.post(TRIGGER_PATH, { config: { isLimited: true } }, async (request, reply) => {
    const header = request.headers['idempotency-key'];
    const key = Array.isArray(header) ? header.join(',') : header;
    return handle(
      request,
      reply,
      parseTrigger(request.body, key, known()),
      prefersAsync(request.headers.prefer),
    );
  });

  app.post('/calls', { config: { isOwner: true, isLimited: true } }, (request, reply) => {
    const { phone, trigger } = parseFields(phoneCallSchema, request.body);
    request.client = clientOf(phone);
    return handle(request, reply, parseTrigger(trigger, undefined, known()), true);
  });

  app.get('/healthz', { config: { isOpen: true } }, () => ({ status: 'ok' }));

  app.get('/readyz', { config: { isOpen: true } }, (_request, reply) => {
    const codes = unready();
    return codes.length === 0 ? { status: 'ready' } : reply.code(503).send({ status: 'not_ready', codes });
  });

  app.get<{ Querystring: { nonce?: unknown } }>('/identity', { config: { isOpen: true } }, (request) => {
    const { nonce } = request.query;
    if (typeof nonce !== 'string' || !NONCE.test(nonce))
      throw new PopError('bad_request', 'the nonce must be 32 bytes in base64url');
    return { proofs: prove(request.socket.localPort ?? 0, nonce) };
  });

  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );

  let document: object | undefined;
  app.get('/openapi.json', () => {
    document ??= openApiDocument();
    return document;
  });

  app.post(PAIRINGS_PATH, { config: { isOpen: true, isPairing: true } }, (request) => {
    const { code } = parseFields(pairingSchema, request.body);
    const { socket } = request.raw;
    return pairing.redeem(code, request.headers.origin ?? null, isOwnPeer(socket) ? undefined : socket);
  });

  app.post('/pairings/open', { config: { isOwner: true } }, async (request) => {
    const { name } = parseFields(openPairingSchema, request.body);
    try {
      const opened = pairing.open(name);
      const actor = { client: request.client ?? '', by: null };
      await record(actor, { subject: 'pairing', action: 'opened', name });
      return opened;
    } catch (error) {
      throw new PopError('invalid_trigger', 'no token can have this name', {
        errors: [{ pointer: '/name', detail: (error as Error).message }],
      });
    }
  });

  app.get('/doctor', { config: { isOwner: true } }, () => deps.examine());

  app.get('/webhooks/dead-letters', () => deadLetters.list());

  app.post('/webhooks/dead-letters/resend', async (request, reply) => {
    const { id, webhook } = parseFields(resendSchema, request.body);
    const isFound = await deadLetters.resend(id, webhook, request.client);
    if (!isFound) throw new PopError('not_found', 'there is no such dead letter');
    return reply.code(202).send();
  });

  async function handle(
    request: FastifyRequest,
    reply: FastifyReply,
    trigger: Trigger,
    isAsync: boolean,
  ): Promise<FastifyReply> {
    request.trigger = trigger;
    const { client, receivedAt } = request;
    const call = { trigger, client: client ?? '', receivedAt };
    const answer = await (isAsync ? handleSoon(call) : pipeline.handle(call));
    if ('popId' in answer) {
      const { popId, idempotencyKey } = answer;
      const accepted: AcceptedReply = { status: 'accepted', popId, idempotencyKey };
      return reply.code(202).header('preference-applied', 'respond-async').send(accepted);
    }
    if (answer.replayed) reply.header('idempotent-replayed', 'true');
    return reply.header('content-type', 'application/json; charset=utf-8').send(answer.body);
  }

  /** What comes first: that the pop is on record, after which the log alone tells how it ended, or the answer. */
  function handleSoon(call: Call): Promise<Answer | AcceptedPop> {
    return new Promise((resolve, reject) => {
      pipeline.handle({ ...call, onAccepted: resolve }).then(resolve, reject);
    });
  }
}
