import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { isSignatureOf, signatureOf, signingKey } from '../../main/destinations/http/sign.ts';

const sign = (body: Uint8Array | string, secret: string) =>
  signatureOf(Buffer.from(body), signingKey(secret));
const isSigned = (signature: string, body: Uint8Array | string, secret: string) =>
  isSignatureOf(signature, Buffer.from(body), signingKey(secret));
const hexOf = (signature: string) => Buffer.from(signature, 'base64').toString('hex');

describe('a signature', () => {
  test.each([
    ['\x0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      'Jefe',
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
  ])('is the HMAC-SHA256 of RFC 4231, in base64 (key %j)', (secret, text, expected) => {
    const signature = sign(text, secret);
    expect(hexOf(signature)).toBe(expected);
    expect(signature).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  test('leaves the bytes as they are', () => {
    const body = Buffer.from('{}');
    signatureOf(body, signingKey('s'));
    expect(String(body)).toBe('{}');
  });

  test('of any bytes with any secret is found right, and the same each time', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ minLength: 1 }), (body, secret) => {
        const signature = sign(body, secret);
        expect(isSigned(signature, body, secret)).toBe(true);
        expect(sign(body, secret)).toBe(signature);
      }),
    );
  });

  test('is found wrong when any one bit of the body has changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.nat(7), (body, place, bit) => {
        const signature = sign(body, 'secret');
        const at = place % body.length;
        body[at] = (body[at] as number) ^ (1 << bit);
        expect(isSigned(signature, body, 'secret')).toBe(false);
      }),
    );
  });

  test('is found wrong when a byte was added or taken away', () => {
    const signature = sign('{}', 'secret');
    expect(isSigned(signature, '{} ', 'secret')).toBe(false);
    expect(isSigned(signature, '{', 'secret')).toBe(false);
  });

  test('is found wrong when any one character of it has changed, also one that decodes to the same bytes', () => {
    const right = sign('{}', 'secret');
    for (let at = 0; at < right.length; at += 1) {
      for (const char of 'AQgw5+/=\n') {
        const signature = right.slice(0, at) + char + right.slice(at + 1);
        if (signature === right) continue;
        expect([at, char, isSigned(signature, '{}', 'secret')]).toEqual([at, char, false]);
      }
    }
  });

  test.each(['', 'x', '=', '😀', 'A'.repeat(10_000)])('is not %j', (signature) => {
    expect(isSigned(signature, '{}', 'secret')).toBe(false);
  });

  test('of another secret is found wrong', () => {
    expect(isSigned(sign('{}', 'secret'), '{}', 'Secret')).toBe(false);
  });

  test('is compared in constant time', () => {
    const spy = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    try {
      const signature = sign('{}', 'secret');
      expect(isSigned(signature, '[]', 'secret')).toBe(false);
      expect(spy).toHaveBeenCalledOnce();
    } finally {
      spy.mockRestore();
      syncBuiltinESMExports();
    }
  });
});

test('an empty secret makes no key, so it neither signs nor verifies', () => {
  expect(() => signingKey('')).toThrow(RangeError);
});
