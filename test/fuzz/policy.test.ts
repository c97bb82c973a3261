import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Framing, frameVerdict } from '../../main/policy/framing.ts';
import { ONE_LOOK_MS, quickest } from '../support/quickest.ts';

const SIZE = 64 * 1024;

const name = fc.oneof(
  fc.constantFrom(
    'content-security-policy',
    'Content-Security-Policy-Report-Only',
    'X-Frame-Options',
    'cross-origin-embedder-policy',
    'cross-origin-resource-policy',
  ),
  fc.string(),
);
const word = fc.oneof(
  fc.constantFrom(
    'frame-ancestors',
    'frame-src',
    'child-src',
    'default-src',
    'sandbox',
    'upgrade-insecure-requests',
    'block-all-mixed-content',
    "'self'",
    "'none'",
    '*',
    'https:',
    'https://*.example',
    'https://a.example:*/path',
    '://',
    'http://[::1]:80',
    'DENY',
    'SAMEORIGIN',
    'ALLOW-FROM',
    ';',
    ',',
    '\t',
    '\0',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const value = fc.array(word, { maxLength: 20 }).map((words) => words.join(' '));
const headers = fc.array(fc.tuple(name, value), { maxLength: 5 });
const url = fc.oneof(
  fc.webUrl(),
  fc.string(),
  fc.constantFrom('', 'null', 'about:blank', 'data:,x', 'https://a.example'),
);

const framing: fc.Arbitrary<Framing> = fc.record({
  headers,
  pageUrl: url,
  ancestors: fc.array(url, { maxLength: 3 }),
  embedderHeaders: fc.option(headers, { nil: undefined }),
  redirectChain: fc.option(fc.array(fc.record({ url, headers }), { maxLength: 3 }), { nil: undefined }),
});

describe('the parser of a page’s policies', () => {
  test('throws nothing, and gives a verdict in words, whatever the headers say', () => {
    fc.assert(
      fc.property(framing, (given) => {
        const { verdict, detail } = frameVerdict(given);
        expect(['allowed', 'blocked']).toContain(verdict);
        expect(detail).toEqual(expect.any(String));
      }),
      { numRuns: 3000 },
    );
  });

  const filled = (piece: string, start = '') =>
    start + piece.repeat(Math.floor((SIZE - start.length) / piece.length));
  test.each([
    ['blanks', filled(' ')],
    ['semicolons', filled(';')],
    ['commas', filled(',')],
    ['one long word', filled('a')],
    ['sources', filled('https://a.example ', 'frame-ancestors ')],
    ['wildcards', filled('*.a', 'frame-ancestors https://')],
    ['stars', filled('* ', 'frame-ancestors ')],
    ['dots', filled('.', 'frame-ancestors https://')],
    ['colons', filled(':', 'frame-ancestors ')],
    ['slashes', filled('/', 'frame-ancestors https://a.example')],
    ['percent signs', filled('%', 'frame-ancestors https://a.example/')],
    ['the same directive', filled("frame-ancestors 'self';")],
    ['policies', filled("frame-ancestors 'self',")],
    ['quotes', filled("'", 'frame-ancestors ')],
  ])('takes one look at 64 KiB of %s', (_what, text) => {
    const ancestors = ['https://b.example', 'https://c.example', 'https://d.example'];
    for (const header of ['content-security-policy', 'x-frame-options', 'cross-origin-embedder-policy']) {
      const given = { headers: [[header, text] as const], pageUrl: 'https://a.example/', ancestors };
      expect(
        quickest(() => frameVerdict({ ...given, embedderHeaders: given.headers })),
        header,
      ).toBeLessThan(ONE_LOOK_MS);
    }
  });
});
