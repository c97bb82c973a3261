import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coversSource } from '../../main/policy/covers-source.ts';
import { unmetRequirement } from '../../main/policy/required-directives.ts';
import { addressOf } from '../../main/policy/source.ts';
import { allows, parseSourceList } from '../../main/policy/source-list.ts';
import { type RequiredDirective, sourceDirectives } from '../../shared/framing.ts';
import { anyOrigin, hostSource } from './arbitraries.ts';

const PAGE = new URL('https://crm.example.com/agent');

/** What is not met, if anything, by a page with these policies. */
function unmet(required: RequiredDirective, ...policies: string[]) {
  const headers = policies.map((policy) => ['Content-Security-Policy', policy] as const);
  return unmetRequirement(headers, PAGE, [required])?.detail;
}

describe('must-allow', () => {
  const genesys: RequiredDirective = {
    directive: 'frame-ancestors',
    rule: 'must-allow',
    sources: ['https://*.genesys.cloud'],
  };

  test.each([
    'frame-ancestors https://*.genesys.cloud',
    "frame-ancestors 'self' *.genesys.cloud",
    'frame-ancestors https://*.cloud',
    'frame-ancestors https:',
    'frame-ancestors http://*:*',
    'frame-ancestors *',
    "default-src 'none'",
  ])('is met by %s', (policy) => {
    expect(unmet(genesys, policy)).toBeUndefined();
  });

  test('is met by a page without a policy, or with one that is only reported', () => {
    expect(unmet(genesys)).toBeUndefined();
    const headers = [['Content-Security-Policy-Report-Only', "frame-ancestors 'none'"]] as const;
    expect(unmetRequirement(headers, PAGE, [genesys])).toBeUndefined();
  });

  test.each([
    'frame-ancestors https://apps.genesys.cloud',
    'frame-ancestors https://genesys.cloud',
    'frame-ancestors https://*.genesys.cloud:8443',
    'frame-ancestors https://*.apps.genesys.cloud',
    "frame-ancestors 'self'",
    "frame-ancestors 'none'",
    'frame-ancestors',
  ])('is not met by %s', (policy) => {
    expect(unmet(genesys, policy)).toBe(
      `"${policy}" of the page does not let all of https://*.genesys.cloud in`,
    );
  });

  test('every policy has to let them in', () => {
    expect(unmet(genesys, 'frame-ancestors *', "frame-ancestors 'self'")).toMatch(/'self'/);
  });
});

test.each([
  ['frame-src', ['child-src', 'default-src']],
  ['worker-src', ['child-src', 'script-src', 'default-src']],
  ['script-src-elem', ['script-src', 'default-src']],
  ['script-src-attr', ['script-src', 'default-src']],
  ['style-src-elem', ['style-src', 'default-src']],
  ['style-src-attr', ['style-src', 'default-src']],
  ['img-src', ['default-src']],
  ['frame-ancestors', []],
  ['form-action', []],
  ['base-uri', []],
] as const)('what a policy does not say of %s it says by %j, the first that it has', (directive, others) => {
  const required: RequiredDirective = { directive, rule: 'must-allow', sources: ['https://a.example'] };
  const decides = [directive, ...others];
  for (const [at, name] of decides.entries()) {
    const rest = decides.slice(at + 1).map((other) => `${other} https:`);
    expect(unmet(required, [...rest, `${name} 'none'`].join('; '))).toMatch(`"${name} 'none'" of the page`);
    expect(
      unmet(
        required,
        [`${name} https:`, ...rest.map((other) => other.replace('https:', "'none'"))].join('; '),
      ),
    ).toBeUndefined();
  }
  const unasked = sourceDirectives.filter((name) => !decides.includes(name as never));
  expect(unmet(required, unasked.map((name) => `${name} 'none'`).join('; '))).toBeUndefined();
});

describe('must-not-exceed', () => {
  const own: RequiredDirective = { directive: 'script-src', rule: 'must-not-exceed', sources: ["'self'"] };

  test.each([
    "script-src 'self'",
    "script-src 'none'",
    'script-src',
    "script-src 'SELF' 'report-sample'",
    'script-src https://crm.example.com',
    'script-src https://crm.example.com/scripts/',
    'script-src crm.example.com:443 no+source',
    "default-src 'self'",
  ])('is met by %s', (policy) => {
    expect(unmet(own, policy)).toBeUndefined();
  });

  test.each([
    "script-src 'self' 'unsafe-inline'",
    "script-src 'self' https://cdn.example",
    "script-src 'nonce-abc'",
    'script-src *.example.com',
    'script-src https:',
    'script-src *',
    "script-src *; default-src 'self'",
  ])('is not met by %s', (policy) => {
    expect(unmet(own, policy)).toMatch(/of the page goes beyond "script-src 'self'"$/);
  });

  test('a page without the directive lets everything in', () => {
    expect(unmet(own, "img-src 'self'")).toBe("no policy of the page restricts script-src to 'self'");
    expect(unmet(own)).toBe("no policy of the page restricts script-src to 'self'");
  });

  test('of several policies one that is strict enough will do, since all count', () => {
    expect(unmet(own, 'script-src *', "script-src 'self'")).toBeUndefined();
  });

  test('a nonce is the same in the same letters only', () => {
    const nonce: RequiredDirective = { ...own, sources: ["'nonce-aB'"] };
    expect(unmet(nonce, "script-src 'nonce-aB'")).toBeUndefined();
    expect(unmet(nonce, "script-src 'nonce-Ab'")).toBeDefined();
  });
});

test('a path is compared letter by letter, also where it ends like a keyword', () => {
  const self = addressOf(PAGE);
  expect(coversSource("https://a.example/x'self'", "https://a.example/x'self'", self)).toBe(true);
  expect(coversSource("https://a.example/X'self'", "https://a.example/x'self'", self)).toBe(false);
  expect(coversSource("'UNSAFE-INLINE'", "'unsafe-inline'", self)).toBe(true);
});

test('a source that covers another matches everything that the other does', () => {
  const source = fc.oneof(
    { weight: 4, arbitrary: hostSource },
    fc.constantFrom('*', 'http:', 'https:', "'self'"),
  );
  const self = addressOf(PAGE);
  fc.assert(
    fc.property(
      source,
      source,
      anyOrigin,
      fc.constantFrom('/', '/leaf', '/a/b'),
      (outer, inner, origin, path) => {
        const place = addressOf(new URL(path, origin));
        const matches = (one: string) => allows(parseSourceList([one]), place, self);
        if (coversSource(outer, inner, self) && matches(inner)) expect(matches(outer)).toBe(true);
        expect(coversSource(inner, inner, self)).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
