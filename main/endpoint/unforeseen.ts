/** What becomes of faults that no route has foreseen. */
import type { FastifyError } from 'fastify';
import { PopError } from '../pipeline/errors.ts';
import { MAX_BODY_BYTES } from './guard.ts';

/** On every reply. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** What the router says of a path that it cannot even look for. */
const PATH_FAULTS: ReadonlySet<string> = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH']);

/** The coded error for whatever was thrown; what is none of ours is `internal`. */
export function asPopError(thrown: unknown): PopError {
  if (thrown instanceof PopError) return thrown;
  const { code, statusCode } = thrown as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new PopError('too_large', `the body is over ${MAX_BODY_BYTES} bytes`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new PopError('unsupported_media_type', 'the Content-Type must be application/json in UTF-8');
  }
  if (PATH_FAULTS.has(code ?? '')) return new PopError('not_found', 'no such path');
  // Of a caller's doing in any case: only what has no status, or one of 500 and more, is a fault of ours.
  if (statusCode !== undefined && statusCode < 500)
    return new PopError('bad_request', 'the request is not well-formed');
  return new PopError('internal', 'an unexpected fault; the log has its kind', { cause: thrown });
}
