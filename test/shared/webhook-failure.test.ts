import { expect, test } from 'vitest';
import type { HttpFailureKind } from '../../main/network/http.ts';
import { sayWebhookFailure } from '../../shared/webhook-failure.ts';

/** A call that was cut off by a stop is no attempt. */
const KINDS: Record<Exclude<HttpFailureKind, 'aborted'>, true> = {
  unreachable: true,
  blocked: true,
  connection: true,
  timeout: true,
  tls: true,
};

test.each([...Object.keys(KINDS), 'gone', 'not_configured', 'unreadable', 'internal'])(
  'a message that was given up as %s says so in words',
  (code) => {
    expect(sayWebhookFailure(code)).not.toContain('not known here');
    expect(sayWebhookFailure(code)).not.toContain('_');
  },
);

test('a status is named, and what nobody has foreseen stands for itself', () => {
  expect(sayWebhookFailure('http_503')).toBe('its receiver answered 503');
  expect(sayWebhookFailure('else')).toContain('(else)');
  expect(sayWebhookFailure(null)).toContain('not known');
});
