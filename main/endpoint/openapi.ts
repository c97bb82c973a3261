/** The OpenAPI 3.1 document, made from the same schemas that check the requests. */
import * as z from 'zod';
import { agentSetSchema } from '../../shared/api.ts';
import { knownAgentSchema, statusSchema } from '../../shared/api-schemas.ts';
import { findingSchema } from '../../shared/finding.ts';
import { NO_PHONE_NAME, PHONE_NAME } from '../../shared/phone-name.ts';
import { problemSchema } from '../../shared/problem.ts';
import { unreadySchema } from '../../shared/readiness.ts';
import { acceptedReplySchema, triggerReplySchema, triggerSchema } from '../../shared/trigger.ts';
import { type ErrorCode, errorTable } from '../pipeline/errors.ts';
import { pairingSchema } from './pairing.ts';
import { NONCE } from './proof.ts';

/** Refusals of the other operations: no trigger gets them. */
const OF_OTHERS: ReadonlySet<ErrorCode> = new Set([
  'forbidden_client',
  'pairing_refused',
  'pairing_expired',
  'unreadable',
]);

/** The document as an object, ready for JSON. */
export function openApiDocument(): object {
  const { $defs, ...trigger } = schemaOf(triggerSchema, 'input');
  const codes = (Object.keys(errorTable) as ErrorCode[]).filter((code) => !OF_OTHERS.has(code));
  const byStatus = Map.groupBy(codes, (code) => errorTable[code].status);
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const problems = Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, { description: codes.join(', '), content: problem }]),
  );
  const refusal = { default: { description: 'Any other refusal.', content: problem } };
  const text = (type: string) => ({ description: 'OK', content: { [type]: { schema: { type: 'string' } } } });
  const json = (schema: object) => ({ description: 'OK', content: { 'application/json': { schema } } });

  return {
    openapi: '3.1.0',
    info: {
      title: 'poptray',
      version: '1',
      description: 'The loopback endpoint to which softphones send their triggers.',
    },
    security: [{ localToken: [] }],
    paths: {
      '/trigger-screenpop': {
        post: {
          summary: 'Show one page about the caller',
          parameters: [
            {
              name: 'Idempotency-Key',
              in: 'header',
              description: 'A structured-field string; the quotes may be left out.',
              schema: { type: 'string', maxLength: 512 },
            },
            {
              name: 'Prefer',
              in: 'header',
              description:
                'RFC 7240. respond-async: answer with 202 once the rules are decided and the pop is on record, before it is delivered.',
              schema: { type: 'string' },
            },
          ],
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Trigger' } } },
          },
          responses: {
            200: {
              ...json({ $ref: '#/components/schemas/TriggerReply' }),
              headers: {
                'Idempotent-Replayed': { description: 'true: a stored answer.', schema: { type: 'string' } },
              },
            },
            202: {
              ...json({ $ref: '#/components/schemas/AcceptedReply' }),
              description:
                'Accepted, because the caller preferred not to wait; the audit log tells the rest.',
              headers: { 'Preference-Applied': { schema: { type: 'string', const: 'respond-async' } } },
            },
            ...problems,
          },
        },
      },
      '/healthz': {
        get: {
          summary: 'Whether poptray listens',
          security: [],
          responses: { 200: json({ type: 'object', properties: { status: { const: 'ok' } } }), ...refusal },
        },
      },
      '/readyz': {
        get: {
          summary: 'Whether a pop could be delivered now',
          security: [],
          responses: {
            200: json({ type: 'object', properties: { status: { const: 'ready' } } }),
            503: {
              ...json({
                type: 'object',
                properties: {
                  status: { const: 'not_ready' },
                  codes: { type: 'array', items: schemaOf(unreadySchema, 'output') },
                },
              }),
              description: 'What keeps it from that.',
            },
            ...refusal,
          },
        },
      },
      '/calls': {
        post: {
          summary:
            'Pop for a call that a phone tells the poptray command of; the answer does not wait for the pop',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(phoneCallSchema, 'input') } },
          },
          responses: {
            200: json({ $ref: '#/components/schemas/TriggerReply' }),
            202: { ...json({ $ref: '#/components/schemas/AcceptedReply' }), description: 'Accepted.' },
            ...problems,
          },
        },
      },
      '/agent': {
        post: {
          summary: 'Say who works at this machine, for the poptray command',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(agentSetSchema, 'input') } },
          },
          responses: {
            200: json({
              type: 'object',
              required: ['agent'],
              properties: { agent: schemaOf(knownAgentSchema, 'output') },
            }),
            403: { description: 'forbidden_client', content: problem },
            ...refusal,
          },
        },
      },
      '/status': {
        get: {
          summary: 'How poptray stands, for the poptray command',
          responses: { 200: json(schemaOf(statusSchema, 'output')), ...refusal },
        },
      },
      '/doctor': {
        get: {
          summary: 'What poptray finds of all that a pop needs, for the poptray command',
          responses: { 200: json(schemaOf(z.array(findingSchema), 'output')), ...refusal },
        },
      },
      '/identity': {
        get: {
          summary:
            'Proofs that poptray knows its tokens, for whoever wants to see one before sending a token',
          security: [],
          parameters: [
            {
              name: 'nonce',
              in: 'query',
              required: true,
              description: '32 random bytes in base64url, new each time.',
              schema: { type: 'string', pattern: NONCE.source },
            },
          ],
          responses: {
            200: json({
              type: 'object',
              required: ['proofs'],
              properties: {
                proofs: {
                  type: 'array',
                  items: { type: 'string' },
                  description:
                    'For each token: HMAC-SHA256 in base64url, keyed with the SHA-256 of the token, of the text "poptray endpoint <port> <nonce>".',
                },
              },
            }),
            400: { description: 'bad_request', content: problem },
            ...refusal,
          },
        },
      },
      '/pairings': {
        post: {
          summary: 'Get a token for a page or an extension, with the code that a person has read off poptray',
          security: [],
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(pairingSchema, 'input') } },
          },
          responses: {
            200: json({
              type: 'object',
              required: ['token', 'name'],
              properties: { token: { type: 'string' }, name: { type: 'string' } },
            }),
            403: { description: 'pairing_refused', content: problem },
            410: { description: 'pairing_expired', content: problem },
            ...refusal,
          },
        },
      },
      '/pairings/open': {
        post: {
          summary: 'Let the next page with the right code have a token of this name; for the poptray command',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(openPairingSchema, 'input') } },
          },
          responses: {
            200: json({
              type: 'object',
              required: ['code', 'until'],
              properties: {
                code: { type: 'string', description: 'For the eyes of the person alone.' },
                until: { type: 'integer', description: 'In milliseconds since 1970.' },
              },
            }),
            403: { description: 'forbidden_client', content: problem },
            ...refusal,
          },
        },
      },
      '/metrics': {
        get: { summary: 'Prometheus metrics', responses: { 200: text('text/plain'), ...refusal } },
      },
      '/openapi.json': {
        get: { summary: 'This document', responses: { 200: json({ type: 'object' }), ...refusal } },
      },
      '/webhooks/dead-letters': {
        get: {
          summary: 'Webhook messages that were given up',
          responses: { 200: json({ type: 'array' }), ...refusal },
        },
      },
      '/webhooks/dead-letters/resend': {
        post: {
          summary: 'Send a dead letter again',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(resendSchema, 'input') } },
          },
          responses: {
            202: { description: 'It is on its way.' },
            404: { description: 'not_found', content: problem },
            410: { description: 'unreadable', content: problem },
            ...refusal,
          },
        },
      },
    },
    components: {
      securitySchemes: { localToken: { type: 'http', scheme: 'bearer' } },
      schemas: {
        ...$defs,
        Trigger: trigger,
        TriggerReply: schemaOf(triggerReplySchema, 'output'),
        AcceptedReply: schemaOf(acceptedReplySchema, 'output'),
        Problem: schemaOf(problemSchema, 'output'),
      },
    },
  };
}

/** Names one dead letter. */
export const resendSchema = z.strictObject({ id: z.string().max(128), webhook: z.string().max(64) });

/** A call that a phone tells the poptray command of. */
export const phoneCallSchema = z.strictObject({
  phone: z.string().regex(PHONE_NAME, NO_PHONE_NAME).nullable().describe('Which program says that it calls.'),
  trigger: z.unknown().describe('A trigger; problems point at its fields.'),
});

/** Names the token to come. */
export const openPairingSchema = z.strictObject({ name: z.string().max(64) });

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): { $defs?: object } {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io });
  // In the document, shared definitions live among the components.
  return JSON.parse(JSON.stringify(rest).replaceAll('#/$defs/', '#/components/schemas/'));
}
