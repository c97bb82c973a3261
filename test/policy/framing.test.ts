import { describe, expect, test } from 'vitest';
import { frameVerdict } from '../../main/policy/framing.ts';
import { framingAdvice } from '../../main/policy/framing-verdict.ts';
import { framingCases } from './cases.ts';

const GENESYS = 'https://apps.mypurecloud.com';
const PAGE = 'https://crm.example.com/agent';

/** The verdict on the page in Genesys Cloud's desktop. */
function inGenesys(...headers: [string, string][]) {
  const { verdict, rule, detail } = frameVerdict({ headers, pageUrl: PAGE, ancestors: [GENESYS] });
  return [verdict, rule, detail];
}

test.each(framingCases)('$id: $expected, as Chromium has it', ({ expected, ...framing }) => {
  expect(frameVerdict(framing).verdict).toBe(expected);
});

describe('a verdict says what decided', () => {
  test('the policy and the ancestor that it does not match', () => {
    expect(inGenesys(['content-security-policy', "default-src 'self'; frame-ancestors 'self'"])).toEqual([
      'blocked',
      'frame-ancestors',
      `"frame-ancestors 'self'" of the page does not match ${GENESYS}`,
    ]);
  });

  test('X-Frame-Options, and when it is ignored', () => {
    expect(inGenesys(['X-Frame-Options', 'SAMEORIGIN'])).toEqual([
      'blocked',
      'x-frame-options',
      `X-Frame-Options is SAMEORIGIN, and ${GENESYS} is another`,
    ]);
    expect(inGenesys(['X-Frame-Options', `ALLOW-FROM ${GENESYS}`])).toEqual([
      'allowed',
      'x-frame-options',
      'X-Frame-Options has no value that browsers know, so they ignore it',
    ]);
  });

  test('that nothing is in the way, or that there is no frame', () => {
    expect(inGenesys()).toEqual(['allowed', 'no-restriction', 'no header stands in the way']);
    expect(frameVerdict({ headers: [], pageUrl: PAGE, ancestors: [] }).rule).toBe('top-level');
  });

  test('a long policy is cut short', () => {
    const [, , detail] = inGenesys([
      'Content-Security-Policy',
      `frame-ancestors ${'https://a.example '.repeat(99)}`,
    ]);
    expect(detail).toMatch(/…" of the page does not match/);
    expect(detail?.length).toBeLessThan(300);
  });

  test('each rule that can block says what to change', () => {
    const rules = framingCases.map((one) => frameVerdict(one)).filter(({ verdict }) => verdict === 'blocked');
    const known = new Set(rules.map(({ rule }) => rule));
    const unmeasured = ['url'];
    expect([...known, ...unmeasured].sort()).toEqual(Object.keys(framingAdvice).sort());
  });
});

test('what is no URL cannot be shown, and what is no origin is an opaque one', () => {
  expect(frameVerdict({ headers: [], pageUrl: '/agent', ancestors: [GENESYS] }).rule).toBe('url');
  const headers = [['Content-Security-Policy', 'frame-ancestors *']] as const;
  for (const ancestor of ['null', '', 'nonsense', 'data:text/html,x']) {
    expect(frameVerdict({ headers, pageUrl: PAGE, ancestors: [ancestor] }).verdict).toBe('blocked');
  }
});
