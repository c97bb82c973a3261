import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameVerdict } from '../../main/policy/framing.ts';
import { addressOf, matchesSource, parseSource } from '../../main/policy/source.ts';
import { ONE_LOOK_MS, quickest } from '../support/quickest.ts';
import { anyOrigin, cspOf, framing, originOf, policyOf, sourceList } from './arbitraries.ts';

const PAGE = 'https://page.example/';
const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const hostName = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join('.')}.x`);
const https = originOf(fc.constant('https'));

const ancestorsVerdict = (policies: string[], ancestors: string[]) =>
  frameVerdict({
    headers: policies.map((policy) => ['Content-Security-Policy', policy]),
    pageUrl: PAGE,
    ancestors,
  }).verdict;

test('a source matches no other hosts than its wildcard says', () => {
  fc.assert(
    fc.property(hostName, hostName, fc.boolean(), (own, other, isWildcard) => {
      const source = parseSource(`https://${isWildcard ? '*.' : ''}${own}`);
      const isMatch = (name: string) =>
        matchesSource(source as never, addressOf(new URL(`https://${name}`)), 'https', false);
      expect(isMatch(other)).toBe(isWildcard ? other.endsWith(`.${own}`) : other === own);
      expect(isMatch(own)).toBe(!isWildcard);
      expect(isMatch(`sub.${own}`)).toBe(isWildcard);
      expect(isMatch(`evil${own}`)).toBe(false);
      expect(isMatch(`${own}.evil`)).toBe(false);
    }),
  );
});

test('a further policy never lets more in', () => {
  const policy = policyOf('frame-ancestors', 'default-src', 'frame-src');
  fc.assert(
    fc.property(
      fc.array(policy, { maxLength: 3 }),
      policy,
      fc.array(https, { minLength: 1 }),
      (some, one, ancestors) => {
        fc.pre(ancestorsVerdict(some, ancestors) === 'blocked');
        expect(ancestorsVerdict([...some, one], ancestors)).toBe('blocked');
      },
    ),
  );
  fc.assert(
    fc.property(framing, cspOf('frame-src', 'child-src', 'default-src'), (one, further) => {
      fc.pre(frameVerdict(one).verdict === 'blocked');
      const embedderHeaders = [...(one.embedderHeaders ?? []), further];
      expect(frameVerdict({ ...one, embedderHeaders }).verdict).toBe('blocked');
    }),
  );
});

test('frame-ancestors does not look at the order of the ancestors', () => {
  const shuffled = fc
    .array(https, { minLength: 1, maxLength: 5 })
    .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })));
  fc.assert(
    fc.property(
      fc.array(policyOf('frame-ancestors'), { maxLength: 3 }),
      shuffled,
      (policies, [some, other]) => {
        expect(ancestorsVerdict(policies, some)).toBe(ancestorsVerdict(policies, other));
      },
    ),
  );
});

test('every ancestor must match every policy', () => {
  fc.assert(
    fc.property(
      fc.array(sourceList, { minLength: 1 }),
      fc.array(https, { minLength: 1 }),
      (lists, ancestors) => {
        const policies = lists.map((list) => `frame-ancestors ${list}`);
        const isEach = policies.every((policy) =>
          ancestors.every((one) => ancestorsVerdict([policy], [one]) === 'allowed'),
        );
        expect(ancestorsVerdict(policies, ancestors)).toBe(isEach ? 'allowed' : 'blocked');
      },
    ),
  );
});

test('nothing makes it throw', () => {
  const header = fc.tuple(
    fc.oneof(
      fc.constantFrom(
        'Content-Security-Policy',
        'X-Frame-Options',
        'Cross-Origin-Embedder-Policy',
        'Cross-Origin-Resource-Policy',
      ),
      fc.string(),
    ),
    fc.oneof(fc.string(), fc.string({ unit: 'binary' }), policyOf('frame-ancestors', 'frame-src', 'sandbox')),
  );
  const headers = fc.array(header, { maxLength: 4 });
  const address = fc.oneof(
    fc.webUrl(),
    anyOrigin,
    fc.string(),
    fc.constantFrom('null', 'data:,x', 'file:///x', 'about:blank', 'http://[::1]:1/', 'https://%zz/'),
  );
  fc.assert(
    fc.property(
      fc.record({
        headers,
        pageUrl: address,
        ancestors: fc.array(address, { maxLength: 4 }),
        embedderHeaders: headers,
        redirectChain: fc.array(fc.record({ url: address, headers }), { maxLength: 2 }),
      }),
      (one) => {
        expect(['allowed', 'blocked']).toContain(frameVerdict(one).verdict);
      },
    ),
  );
});

test.each([
  ['sources', 'Content-Security-Policy', `frame-ancestors ${'https://a.example '.repeat(3700)}`],
  ['policies', 'Content-Security-Policy', 'frame-ancestors *,'.repeat(3700)],
  ['short policies', 'Content-Security-Policy', 'a,'.repeat(32_000)],
  ['directives', 'Content-Security-Policy', 'frame-ancestors;'.repeat(4200)],
  ['labels', 'Content-Security-Policy', `frame-ancestors ${'a.'.repeat(32_000)}!`],
  ['hyphens', 'Content-Security-Policy', `frame-ancestors ${'-'.repeat(65_000)}!`],
  ['slashes', 'Content-Security-Policy', `frame-ancestors a${'/'.repeat(65_000)}`],
  ['escapes', 'Content-Security-Policy', `frame-ancestors a/${'%41'.repeat(21_000)}`],
  ['spaces', 'Content-Security-Policy', `a${' '.repeat(65_000)}a`],
  ['commas', 'X-Frame-Options', ','.repeat(65_000)],
  ['quotes', 'X-Frame-Options', '",'.repeat(32_000)],
  ['backslashes', 'X-Frame-Options', `"${'\\'.repeat(65_000)}`],
  ['inner spaces', 'X-Frame-Options', `a${' '.repeat(65_000)}a`],
  ['parameters', 'Cross-Origin-Embedder-Policy', `require-corp${';a="b"'.repeat(10_000)};`],
  ['parameter names', 'Cross-Origin-Embedder-Policy', `require-corp;${'a'.repeat(65_000)}!`],
])('64 KiB of %s are judged in one look', (_name, header, value) => {
  const headers = [[header, value]] as const;
  const judge = () => frameVerdict({ headers, pageUrl: PAGE, ancestors: [PAGE], embedderHeaders: headers });
  expect(quickest(judge)).toBeLessThan(ONE_LOOK_MS);
});
