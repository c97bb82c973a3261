/** Headers, addresses and policies as they come, right and wrong. */
import * as fc from 'fast-check';
import type { Framing } from '../../main/policy/framing.ts';

const host = fc.constantFrom(
  'a.com',
  'b.com',
  'x.a.com',
  'y.x.a.com',
  'a.com.evil.com',
  'localhost',
  '127.0.0.1',
);
const port = fc.constantFrom('', '', '', ':8000', ':8443', ':443', ':80');

export const originOf = (scheme: fc.Arbitrary<string>) =>
  fc.tuple(scheme, host, port).map(([one, name, number]) => new URL(`${one}://${name}${number}`).origin);

export const anyOrigin = originOf(fc.constantFrom('http', 'https'));

const sourceHost = fc.constantFrom(
  '*',
  '*.a.com',
  'a.com',
  'x.a.com',
  '*.com',
  '*.x.a.com',
  'A.com',
  'a.com.',
  '*.localhost',
  'localhost',
  '127.0.0.1',
  '[::1]',
  '*a.com',
  'a_b.com',
  'a..com',
);
export const hostSource = fc
  .tuple(
    fc.constantFrom('', '', 'http://', 'https://', 'HTTPS://', 'wss://'),
    sourceHost,
    fc.constantFrom('', '', ':8000', ':8443', ':443', ':80', ':*', ':', ':x', ':080'),
    fc.constantFrom('', '', '', '/', '/leaf', '/a/', '/?x', '?x'),
  )
  .map((parts) => parts.join(''));
const otherSource = fc.constantFrom(
  "'self'",
  "'none'",
  '*',
  'http:',
  'https:',
  'ws:',
  'data:',
  'junk',
  "'unsafe-inline'",
  'http://',
  'null',
);

export const sourceList = fc
  .array(fc.oneof({ weight: 3, arbitrary: hostSource }, otherSource), { maxLength: 4 })
  .map((sources) => sources.join(' '));

/** A policy of these directives. */
export const policyOf = (...names: string[]) =>
  fc
    .array(
      fc.tuple(fc.constantFrom(...names), sourceList).map((parts) => parts.join(' ')),
      { minLength: 1, maxLength: 3 },
    )
    .map((directives) => directives.join('; '));

export const cspOf = (...names: string[]) =>
  fc.tuple(
    fc.constantFrom(
      'Content-Security-Policy',
      'Content-Security-Policy',
      'Content-Security-Policy-Report-Only',
    ),
    policyOf(...names),
  );

const frameOptions = fc
  .array(
    fc.constantFrom('DENY', 'SAMEORIGIN', 'ALLOWALL', 'sameorigin', 'junk', '', '"DENY"', '"', 'a"b', '\\"'),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((values): [string, string] => ['X-Frame-Options', values.join(', ')]);
const embedderPolicy = fc
  .constantFrom(
    'require-corp',
    'credentialless',
    'unsafe-none',
    'Require-Corp',
    'require-corp; report-to="x"',
    'require-corp;X',
    'require-corp, x',
  )
  .map((value): [string, string] => ['Cross-Origin-Embedder-Policy', value]);
const resourcePolicy = fc
  .constantFrom('cross-origin', 'same-site', 'same-origin', 'x')
  .map((value): [string, string] => ['Cross-Origin-Resource-Policy', value]);

const pageHeaders = fc.array(
  fc.oneof(cspOf('frame-ancestors', 'default-src'), frameOptions, embedderPolicy, resourcePolicy),
  { maxLength: 4 },
);
const embedderHeaders = fc.array(
  fc.oneof(
    cspOf('frame-src', 'child-src', 'default-src'),
    embedderPolicy,
    fc.constant<[string, string]>(['Content-Security-Policy', 'upgrade-insecure-requests']),
  ),
  { maxLength: 2 },
);
const path = fc.constantFrom('/leaf', '/a/b', '/', '/leaf?x=1', '/a%2Fb');

/** A page in up to three frames, mostly all of one scheme, since mixed content hides everything else. */
export const framing: fc.Arbitrary<Framing> = fc
  .constantFrom(fc.constant('https'), fc.constant('http'), fc.constantFrom('http', 'https'))
  .chain((scheme) =>
    fc.record({
      headers: pageHeaders,
      pageUrl: fc.tuple(originOf(scheme), path).map((parts) => parts.join('')),
      ancestors: fc.array(originOf(scheme), { minLength: 1, maxLength: 3 }),
      embedderHeaders,
      redirectChain: fc.array(
        fc.record({
          url: fc
            .tuple(originOf(scheme), fc.nat({ max: 999_999 }))
            .map(([origin, number]) => `${origin}/hop-${number}`),
          headers: fc.array(resourcePolicy, { maxLength: 1 }),
        }),
        { maxLength: 2 },
      ),
    }),
  );
