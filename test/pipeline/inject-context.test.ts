import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contextOf, injectContext } from '../../main/pipeline/inject-context.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { anyData, anyText } from './context-arbitraries.ts';

const PAGE = 'https://app.mydashboard.com/agent-view';
const anyContext = fc.record({ customerData: anyData, sessionToken: fc.option(anyText, { nil: undefined }) });
const anyBase = fc
  .tuple(
    fc.webUrl({ withQueryParameters: true }),
    fc.constantFrom('', '#', '#/agent', '#!/agent', '#/a?tab=1'),
  )
  .map(([url, fragment]) => url + fragment);

const inject = (page: string, trigger: Pick<Trigger, 'sessionToken' | 'call' | 'customerData'>) =>
  injectContext(page, contextOf(trigger), trigger.sessionToken);

/** What contract §3 has a page do, and what follows a route. */
const readBack = (uri: string) => [...new URLSearchParams(new URL(uri).hash.slice(1))];
const readAfterRoute = (uri: string) => [
  ...new URLSearchParams(uri.slice(uri.indexOf('?', uri.indexOf('#')))),
];

const entriesOf = ({
  sessionToken,
  customerData,
}: {
  sessionToken: string | undefined;
  customerData: object;
}) => [
  ...(sessionToken === undefined ? [] : [['sessionToken', sessionToken]]),
  ...Object.entries(customerData),
];

describe('the context', () => {
  test('F27 reads back exactly as it was given, in order, the session token first', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), anyContext, (base, context) => {
        expect(readBack(inject(base, context))).toEqual(entriesOf(context));
      }),
    );
  });

  test('has what the phone knows of the call behind the session token, and before the customer data', () => {
    const call = {
      from: '+49 30 1',
      fromName: 'Ada',
      to: '0',
      queue: 'Sales',
      direction: 'inbound',
    } as const;
    const uri = inject(PAGE, { sessionToken: 's', call, customerData: { a: '1' } });
    expect(readBack(uri)).toEqual([
      ['sessionToken', 's'],
      ['call.from', '+49 30 1'],
      ['call.to', '0'],
      ['call.fromRaw', '+49 30 1'],
      ['call.toRaw', '0'],
      ['call.fromName', 'Ada'],
      ['call.queue', 'Sales'],
      ['call.direction', 'inbound'],
      ['call.remote', '+49 30 1'],
      ['call.digits', '49301'],
      ['a', '1'],
    ]);
  });

  test('has the called party of an outgoing call as the other one, and nothing that the phone does not know', () => {
    const uri = inject(PAGE, { call: { to: '0', direction: 'outbound' } });
    expect(readBack(uri)).toEqual([
      ['call.to', '0'],
      ['call.toRaw', '0'],
      ['call.direction', 'outbound'],
      ['call.remote', '0'],
    ]);
  });

  test.each(['#/agent', '#!/agent/7', '#section', '#/a=b'])('follows the route %s', (route) => {
    fc.assert(
      fc.property(anyContext, (context) => {
        const uri = inject(PAGE + route, context);
        const entries = entriesOf(context);
        fc.pre(entries.length > 0);
        expect(uri.startsWith(`${PAGE}${route}?`)).toBe(true);
        expect(readAfterRoute(uri)).toEqual(entries);
      }),
    );
  });

  test('follows the parameters that a route has already', () => {
    fc.assert(
      fc.property(anyContext, (context) => {
        const uri = inject(`${PAGE}#/agent?tab=calls&x=1`, context);
        expect(readAfterRoute(uri)).toEqual([['tab', 'calls'], ['x', '1'], ...entriesOf(context)]);
      }),
    );
  });

  test('F27 leaves everything before # as it was, to the byte, and never enters the query', () => {
    fc.assert(
      fc.property(anyBase, anyContext, (base, context) => {
        const uri = inject(base, context);
        expect(uri.split('#')[0]).toBe(base.split('#')[0]);
        expect(new URL(uri).search).toBe(new URL(base).search);
        expect(uri.startsWith(base)).toBe(true);
      }),
    );
  });

  test('consists of unreserved characters and percent-encoded bytes, so that no parser reads it otherwise', () => {
    fc.assert(
      fc.property(anyContext, (context) => {
        const fragment = inject(PAGE, context).slice(PAGE.length + 1);
        expect(fragment).toMatch(/^(?:(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*(?:[=&]|$))*$/);
      }),
    );
  });

  test('cannot bring in names that were not given', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,8}$/), anyText, (name, value) => {
        const uri = inject(PAGE, { sessionToken: 'real', customerData: { [name]: value } });
        expect(readBack(uri).map(([key]) => key)).toEqual(['sessionToken', name]);
      }),
    );
  });

  test('gives the same URL for the same input', () => {
    fc.assert(
      fc.property(anyBase, anyContext, (base, context) => {
        expect(inject(base, structuredClone(context))).toBe(inject(base, context));
      }),
    );
  });

  test('F27 of 32 values of 1,024 emoji reads back too', () => {
    const customerData = Object.fromEntries(
      Array.from({ length: 32 }, (_, n) => [`key${n}`, '😀'.repeat(512)]),
    );
    expect(Object.fromEntries(readBack(inject(PAGE, { customerData })))).toEqual(customerData);
  });
});

describe('the URL', () => {
  test.each([
    ['a space is encoded once', 'Jane Doe', 'Jane%20Doe'],
    ['a per cent sign is encoded once', '100%', '100%25'],
    ['what looks encoded is data', 'Jane%20Doe', 'Jane%2520Doe'],
    ['a plus is no space', 'a+b', 'a%2Bb'],
    ['separators are data', 'A&sessionToken=evil', 'A%26sessionToken%3Devil'],
    ['a hash is data', '#1', '%231'],
    ['sub-delimiters are encoded', "!'()*", '%21%27%28%29%2A'],
    ['unreserved characters stay', 'Az09-._~', 'Az09-._~'],
    ['NUL is data', 'a\0b', 'a%00b'],
    ['line ends are data', '\r\n', '%0D%0A'],
    ['an emoji is UTF-8', '😀', '%F0%9F%98%80'],
    ['right-to-left text is UTF-8', 'ש\u202e', '%D7%A9%E2%80%AE'],
  ])('%s', (_name, value, encoded) => {
    expect(inject(PAGE, { customerData: { name: value } })).toBe(`${PAGE}#name=${encoded}`);
  });

  test.each([
    ['', '#a=1'],
    ['#', '#a=1'],
    ['?q=1', '?q=1#a=1'],
    ['#/agent', '#/agent?a=1'],
    ['#!/agent', '#!/agent?a=1'],
    ['#/agent?', '#/agent?a=1'],
    ['#/agent?tab=1', '#/agent?tab=1&a=1'],
    ['#/agent?tab=1&', '#/agent?tab=1&a=1'],
    ['#lang=en', '#lang=en&a=1'],
    ['#section', '#section?a=1'],
    ['#path=x/y', '#path=x/y&a=1'],
    ['?next=%23x#/agent', '?next=%23x#/agent?a=1'],
  ])('of a base that ends in %j ends in %j', (end, expected) => {
    expect(inject(PAGE + end, { customerData: { a: '1' } })).toBe(PAGE + expected);
  });

  test.each(['', '#', '#/agent'])('of a base that ends in %j stays as it is without context', (end) => {
    expect(inject(PAGE + end, {})).toBe(PAGE + end);
    expect(inject(PAGE + end, { customerData: {} })).toBe(PAGE + end);
  });

  test('has an empty session token if that is what was given', () => {
    expect(inject(PAGE, { sessionToken: '' })).toBe(`${PAGE}#sessionToken=`);
  });

  test('F27 is none for a lone surrogate: nothing could encode it', () => {
    expect(() => inject(PAGE, { customerData: { a: '\ud800' } })).toThrow(URIError);
  });
});
