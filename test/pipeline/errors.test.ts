import { expect, test } from 'vitest';
import { type ErrorCode, errorTable, PopError, problemOf } from '../../main/pipeline/errors.ts';
import { problemSchema } from '../../shared/problem.ts';

/** Contract §1. */
const CONTRACT: Record<string, number> = {
  invalid_json: 400,
  invalid_trigger: 400,
  unauthorized: 401,
  forbidden_origin: 403,
  not_found: 404,
  method_not_allowed: 405,
  in_progress: 409,
  too_large: 413,
  unsupported_media_type: 415,
  misdirected: 421,
  key_reused: 422,
  target_not_allowed: 422,
  target_not_frameable: 422,
  extension_incompatible: 422,
  target_incomplete: 422,
  session_token_needed: 422,
  rate_limited: 429,
  upstream_unauthorized: 502,
  upstream_forbidden: 502,
  upstream_rejected: 502,
  not_shown: 502,
  upstream_failed: 502,
  upstream_rate_limited: 503,
  upstream_unavailable: 503,
  audit_unavailable: 503,
  not_configured: 503,
  upstream_timeout: 504,
  outcome_unknown: 504,
};

/** What HTTP itself, pairing, webhooks and the dashboard need beyond the contract, and our own faults. */
const BEYOND: Record<string, number> = {
  bad_request: 400,
  other_user: 404,
  forbidden_client: 403,
  not_confirmed: 403,
  pairing_refused: 403,
  pairing_expired: 410,
  request_timeout: 408,
  header_too_large: 431,
  internal: 500,
  secrets_locked: 503,
  unreadable: 410,
};

test('the codes and their statuses are those of the contract', () => {
  const statuses = Object.fromEntries(Object.entries(errorTable).map(([code, { status }]) => [code, status]));
  expect(statuses).toEqual({ ...CONTRACT, ...BEYOND });
});

test.each(Object.entries(errorTable))(
  '%s has a title and says what a person can do',
  (_code, { title, hint }) => {
    expect(title).toMatch(/^\S.{8,80}[^.]$/);
    expect(hint).toMatch(/^[A-Z].{8,}\.$/);
  },
);

test('the upstream’s 401 is no 401 of ours', () => {
  expect(errorTable.upstream_unauthorized.status).toBe(502);
});

test('a problem has type, title, status, detail, code and hint, and the rest where it is known', () => {
  const plain = problemOf(new PopError('key_reused', 'the detail'));
  expect(plain).toEqual({
    type: 'urn:poptray:error:key_reused',
    title: errorTable.key_reused.title,
    status: 422,
    detail: 'the detail',
    code: 'key_reused',
    hint: errorTable.key_reused.hint,
  });
  const errors = [{ pointer: '/userId', detail: 'is missing' }];
  const details = { popId: 'p', correlationId: 'c', errors, retryAfterMs: 5, cause: new Error('secret') };
  const full = problemOf(new PopError('invalid_trigger', 'd', details));
  expect(full).toMatchObject({ popId: 'p', correlationId: 'c', errors });
  expect(JSON.stringify(full)).not.toContain('secret');
});

test('every problem fits the schema that the API description gives', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    expect(() => problemSchema.strict().parse(problemOf(new PopError(code, 'd')))).not.toThrow();
  }
});
