import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { webhookHeaders, webhookKey } from '../../main/webhooks/standard-webhooks.ts';

const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
const secretOf = (key: Uint8Array) => `whsec_${Buffer.from(key).toString('base64')}`;

describe('a webhook signature', () => {
  test('is one that the standardwebhooks library accepts and would make itself', () => {
    const now = Date.now();
    fc.assert(
      fc.property(bytes, fc.uuid(), fc.json(), (key, id, payload) => {
        const secret = secretOf(key);
        const headers = webhookHeaders(`msg_${id}`, now, payload, webhookKey(secret));
        expect(new Webhook(secret).verify(payload, headers)).toEqual(JSON.parse(payload));
        expect(headers['webhook-signature']).toBe(
          new Webhook(secret).sign(`msg_${id}`, new Date(now), payload),
        );
      }),
    );
  });

  test('does not fit another body, id, time or key', () => {
    const [secret, other] = [secretOf(Buffer.alloc(24, 1)), secretOf(Buffer.alloc(24, 2))];
    const now = Date.now();
    const headers = webhookHeaders('msg_1', now, '{"a":1}', webhookKey(secret));
    const verify = (body: string, changed: object, with_ = secret) =>
      new Webhook(with_).verify(body, { ...headers, ...changed });
    expect(verify('{"a":1}', {})).toEqual({ a: 1 });
    expect(() => verify('{"a":2}', {})).toThrow('signature');
    expect(() => verify('{"a":1}', { 'webhook-id': 'msg_2' })).toThrow('signature');
    const later = String(Number(headers['webhook-timestamp']) + 1);
    expect(() => verify('{"a":1}', { 'webhook-timestamp': later })).toThrow('signature');
    expect(() => verify('{"a":1}', {}, other)).toThrow('signature');
  });
});

describe('a webhook secret', () => {
  test.each<[string, string]>([
    ['is empty', ''],
    ['has no prefix', Buffer.alloc(32).toString('base64')],
    ['is the prefix alone', 'whsec_'],
    ['is too short', secretOf(Buffer.alloc(23))],
    ['is too long', secretOf(Buffer.alloc(65))],
    ['has a letter too many', `${secretOf(Buffer.alloc(30, 1))}A`],
    ['has a space in it', secretOf(Buffer.alloc(30, 1)).replace('EB', 'E B')],
    ['is base64url', secretOf(Buffer.alloc(30, 255)).replaceAll('/', '_')],
    ['has lost its padding', secretOf(Buffer.alloc(32, 1)).replace('=', '')],
  ])('that %s is refused, and the message does not quote it', (_, secret) => {
    expect(() => webhookKey(secret)).toThrow(
      new RangeError('a webhook secret is "whsec_" and 24 to 64 bytes in base64'),
    );
  });
});
