import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileMatrix, MatrixInvalid } from '../../main/policy/extension-matrix.ts';
import { extensionMatrixSchema } from '../../shared/extension-matrix.ts';
import type { State, Trigger } from '../../shared/trigger.ts';
import { ONE_LOOK_MS, quickest } from '../support/quickest.ts';

const PAGE = 'https://crm.example.com/agent';
const ID = 'abcdefghijklmnopabcdefghijklmnop';

interface Scene {
  readonly row?: object;
  readonly rows?: object[];
  readonly matrix?: object;
  readonly client?: Trigger['client'];
  readonly uri?: string;
  readonly state?: State;
}

/** The rule that a pop breaks with this matrix, if any. */
function broken({ row, rows = [{ id: ID, ...row }], matrix, client, uri = PAGE, state = {} }: Scene) {
  const parsed = extensionMatrixSchema.parse({ version: 1, extensions: rows, ...matrix });
  return compileMatrix(parsed, PAGE)({ client: { extensionId: ID, ...client }, uri, state })?.rule;
}

describe('the extension', () => {
  test('one that is not listed is refused, unless the matrix lets others pass', () => {
    const client = { extensionId: 'another' };
    expect(broken({ client })).toBe('extension-unlisted');
    expect(broken({ client, matrix: { unlisted: 'allow' } })).toBeUndefined();
  });

  test.each([
    ['4.1.0', undefined],
    ['5.9', undefined],
    ['4.1.0.17', undefined],
    ['5', undefined],
    ['4.0.9', 'extension-version'],
    ['6.0.0', 'extension-version'],
    ['4.1.0-beta.2', 'extension-version'],
    ['5.0.0-beta.2', undefined],
    ['1.2.3.4.5', 'extension-version'],
    ['v5.x', 'extension-version'],
    ['newest', 'extension-version'],
    ['99999999999999999999.0.0', 'extension-version'],
    ['', 'extension-version'],
  ])('version %j with >=4.1.0 <6: %s', (extensionVersion, rule) => {
    expect(broken({ row: { versions: '>=4.1.0 <6.0.0' }, client: { extensionVersion } })).toBe(rule);
  });
});

describe('the browser', () => {
  const row = {
    browsers: [
      { name: 'Chrome', versions: '>=120' },
      { name: 'edge', versions: '>=121.0.2277' },
      { name: 'firefox' },
    ],
  };

  test.each([
    ['chrome', '120.0.6099.109', undefined],
    ['CHROME', '156', undefined],
    ['chrome', '119.9', 'browser-version'],
    ['edge', '121.0.2276.1', 'browser-version'],
    ['edge', '121.0.2277.1', undefined],
    ['firefox', '1', undefined],
    ['safari', '18', 'browser'],
  ])('%s %s: %s', (browser, browserVersion, rule) => {
    expect(broken({ row, client: { browser, browserVersion } })).toBe(rule);
  });
});

describe('the page', () => {
  test.each([
    [['https://*.example.com/*'], undefined],
    [['https://crm.example.com/agent*'], undefined],
    [['*://*/*'], undefined],
    [['<all_urls>'], undefined],
    [['https://example.com/*', 'https://crm.example.com/*'], undefined],
    [['https://example.com/*'], 'host-access'],
    [['http://crm.example.com/*'], 'host-access'],
    [['https://crm.example.com/other/*'], 'host-access'],
    [['https://*.example.com.evil.com/*'], 'host-access'],
  ])('with access to %j: %s', (hosts, rule) => {
    expect(broken({ row: { hosts } })).toBe(rule);
  });
});

test('the payload: its mode and the length of its page are checked as they were built', () => {
  const row = { uiModes: ['focused', 'background'], maxUriLength: PAGE.length + 10 };
  expect(broken({ row, state: { uiMode: 'focused' } })).toBeUndefined();
  expect(broken({ row, state: {} })).toBeUndefined();
  expect(broken({ row, state: { uiMode: 'popup' } })).toBe('ui-mode');
  expect(broken({ row, state: { uiMode: { toString: 1 } } })).toBe('ui-mode');
  expect(broken({ row, uri: `${PAGE}#234567890` })).toBeUndefined();
  expect(broken({ row, uri: `${PAGE}#2345678901` })).toBe('uri-length');
});

test('what a trigger does not say is let pass, unless the matrix wants it said', () => {
  const row = { versions: '>=2', browsers: [{ name: 'chrome', versions: '>=120' }] };
  const matrix = { unsaid: 'refuse' };
  const full = { extensionVersion: '2.0.0', browser: 'chrome', browserVersion: '120' };
  expect(broken({ row, client: { extensionId: undefined } })).toBeUndefined();
  expect(broken({ row })).toBeUndefined();
  expect(broken({ row, client: { browser: 'chrome' } })).toBeUndefined();
  expect(broken({ row, matrix, client: full })).toBeUndefined();
  for (const [name, rule] of [
    ['extensionId', 'extension-unsaid'],
    ['extensionVersion', 'extension-version'],
    ['browser', 'browser'],
    ['browserVersion', 'browser-version'],
  ]) {
    expect(broken({ row, matrix, client: { ...full, [name as string]: undefined } })).toBe(rule);
  }
});

test('of several rows for one extension one that fits will do; else the reason is that of the nearest', () => {
  const rows = [
    { id: ID, versions: '<4', maxUriLength: 10 },
    { id: ID, versions: '>=4', maxUriLength: 1000 },
  ];
  expect(broken({ rows, client: { extensionVersion: '4.0.0' } })).toBeUndefined();
  expect(broken({ rows, client: { extensionVersion: '3.0.0' } })).toBe('uri-length');
  expect(broken({ rows: [rows[0] ?? {}], client: { extensionVersion: '4.0.0' } })).toBe('extension-version');
});

test('a reason names what the matrix says, and nothing that came with the trigger', () => {
  const matrix = extensionMatrixSchema.parse({
    version: 1,
    extensions: [{ id: ID, name: 'Desk', versions: '>=4.1.0', browsers: [{ name: 'chrome' }] }],
  });
  const check = compileMatrix(matrix, PAGE);
  const say = (client: object) =>
    check({ client: { extensionId: ID, ...client }, uri: PAGE, state: {} })?.detail;
  expect(say({ extensionVersion: '1.0.0' })).toBe('Desk is needed in >=4.1.0');
  expect(say({ extensionVersion: '4.1.0', browser: 'secret' })).toBe('Desk runs in chrome');
});

describe('a matrix is read when it is loaded, not when a call comes in', () => {
  test.each([
    [{ versions: 'newest' }, ['versions']],
    [
      { browsers: [{ name: 'chrome' }, { name: 'edge', versions: '>=x.y.z.1' }] },
      ['browsers', 1, 'versions'],
    ],
    [{ hosts: ['https://a.example/*', 'example.com'] }, ['hosts', 1]],
    [{ hosts: ['https://a.example:8443/*'] }, ['hosts', 0]],
    [{ hosts: ['https://a.*.example/*'] }, ['hosts', 0]],
  ])('%j', (row, path) => {
    const matrix = extensionMatrixSchema.parse({ version: 1, extensions: [{ id: ID }, { id: ID, ...row }] });
    expect(() => compileMatrix(matrix, PAGE)).toThrow(MatrixInvalid);
    try {
      compileMatrix(matrix, PAGE);
    } catch (error) {
      expect((error as MatrixInvalid).path).toEqual(['extensions', 1, ...path]);
    }
  });
});

test('no client makes a check throw, and it costs next to nothing', () => {
  const text = fc.option(fc.oneof(fc.string({ maxLength: 128 }), fc.constantFrom(ID, 'chrome', '4.1.0')), {
    nil: undefined,
  });
  const client = fc.record({
    extensionId: text,
    extensionVersion: text,
    browser: text,
    browserVersion: text,
  });
  const extensions = Array.from({ length: 1000 }, (_, index) => ({
    id: index === 999 ? ID : `id-${index}`,
    versions: '>=4.1.0',
    browsers: [{ name: 'chrome', versions: '>=120' }],
    hosts: ['https://*.example.com/*'],
  }));
  const check = compileMatrix(extensionMatrixSchema.parse({ version: 1, extensions }), PAGE);
  fc.assert(
    fc.property(client, (one) => {
      check({ client: one, uri: PAGE, state: {} });
    }),
  );
  const pop = {
    client: { extensionId: ID, extensionVersion: '4.2.0', browser: 'chrome', browserVersion: '156.0.1.2' },
    uri: PAGE,
    state: {},
  };
  const aThousand = () => {
    for (let round = 0; round < 1000; round += 1) check(pop);
  };
  expect(quickest(aThousand)).toBeLessThan(ONE_LOOK_MS);
});
