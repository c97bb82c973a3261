/** The rules that a screen-pop call must keep, checked without any code of the sender's. */
import { createHmac } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { readJson } from '../../shared/read-json.ts';
import { ApiError } from './api-error.ts';
import { equalSecrets } from './equal-secrets.ts';

const userIdSchema = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);

const screenpopSchema = z.strictObject({
  applicationId: z.string().min(1).max(128),
  uri: z.string().refine(isWebAddress, 'must be an absolute http or https URL'),
  state: z.record(z.string(), z.unknown()),
  idempotencyKey: z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters'),
});

export type Screenpop = z.infer<typeof screenpopSchema>;

/** The call's user and body; throws ApiError 400. Without a signing secret the signature is not verified. */
export function readScreenpop(
  request: FastifyRequest,
  signingSecret: string | undefined,
): { userId: string; body: Screenpop } {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const key = header(request, 'Idempotency-Key');
  const signature = header(request, 'X-Payload-Signature');
  if (signingSecret !== undefined) {
    const expected = createHmac('sha256', signingSecret).update(bytes).digest('base64');
    if (!equalSecrets(signature, expected)) {
      throw badRequest('X-Payload-Signature does not belong to these bytes', 'invalid.signature');
    }
  }
  const userId = userIdSchema.safeParse((request.params as { userId?: unknown }).userId);
  if (!userId.success) throw badRequest('The user id must be 1 to 64 letters, digits or hyphens');
  const body = screenpopSchema.safeParse(parseJson(bytes));
  if (!body.success) {
    const { path, message } = body.error.issues[0] ?? { path: [], message: '' };
    throw badRequest(`The body is no screen pop: ${path.join('.') || 'it'}: ${message}`);
  }
  if (body.data.idempotencyKey !== key) {
    throw badRequest('Idempotency-Key and idempotencyKey in the body are not the same');
  }
  return { userId: userId.data, body: body.data };
}

function header(request: FastifyRequest, name: string): string {
  const value = request.headers[name.toLowerCase()];
  if (typeof value !== 'string' || value === '') throw badRequest(`The header ${name} is missing`);
  return value;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return readJson(bytes);
  } catch {
    throw badRequest('The body is not JSON');
  }
}

function isWebAddress(value: string): boolean {
  const protocol = URL.parse(value)?.protocol;
  return protocol === 'https:' || protocol === 'http:';
}

function badRequest(message: string, code?: string): ApiError {
  return new ApiError(400, message, { code });
}
