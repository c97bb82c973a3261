/** What windows of customers' pages are made of, without a window. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultWords } from '../../main/electron/customer-window/fault-words.ts';
import { differsInFragmentAlone } from '../../main/electron/customer-window/load-page.ts';
import { actionAt, noticeUrl } from '../../main/electron/customer-window/notice-page.ts';
import { openPlaces, withinView } from '../../main/electron/customer-window/places.ts';
import { withholdAddresses } from '../../main/electron/withhold-addresses.ts';
import { tempDir } from '../support/temp-dir.ts';

test.each([
  ['https://a.example/x#a=1', 'https://a.example/x#a=2', true],
  ['https://a.example/x', 'https://a.example/x#a=2', true],
  ['HTTPS://A.example:443/x#a=1', 'https://a.example/x#a=2', true],
  ['https://a.example/x#a=1', 'https://a.example/x', false],
  ['https://a.example/x?q=1#a', 'https://a.example/x?q=2#a', false],
  ['https://a.example/x#a', 'https://b.example/x#b', false],
  ['', 'https://a.example/x#a', false],
])('from %s to %s a page changes without a reload: %s', (from, to, isAlone) => {
  expect(differsInFragmentAlone(from, to)).toBe(isAlone);
});

test.each([
  ['ERR_NAME_NOT_RESOLVED', /DNS/],
  ['ERR_CERT_DATE_INVALID', /certificate/],
  ['ERR_SSL_PROTOCOL_ERROR', /TLS/],
  ['ERR_CONNECTION_REFUSED', /refuses/],
  ['ERR_CONNECTION_RESET', /breaks off/],
  ['ERR_SOMETHING_NEW', /cannot be loaded/],
])('%s is told in words, and by its name', (error, words) => {
  const told = faultWords({ kind: 'failed', error });
  expect(told).toMatch(words);
  expect(told).toContain(`(${error})`);
});

test('a status under 400 is no fault, and one from there on is', () => {
  expect(faultWords({ kind: 'committed', status: 399 })).toBeNull();
  expect(faultWords({ kind: 'committed', status: null })).toBeNull();
  expect(faultWords({ kind: 'committed', status: 400 })).toContain('400');
});

describe('a notice', () => {
  test('holds no markup of what it says, and no script', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (title, text) => {
        const url = noticeUrl({
          title: `<b>${title}`,
          text: `"<script>${text}`,
          actions: ['retry'],
          isWhole: true,
        });
        const html = decodeURIComponent(url.slice(url.indexOf(',') + 1));
        expect(html).not.toContain('<b>');
        expect(html).not.toContain('<script');
      }),
    );
  });

  test.each([
    ['https://window.poptray.invalid/retry', 'retry'],
    ['https://window.poptray.invalid/toString', undefined],
    ['https://window.poptray.invalid.evil.example/retry', undefined],
    ['https://evil.example/retry', undefined],
  ])('asks by %s for %s', (url, action) => {
    expect(actionAt(url)).toBe(action);
  });
});

describe('a place', () => {
  const length = fc.integer({ min: 1, max: 5000 });
  const offset = fc.integer({ min: -20_000, max: 20_000 });
  const rectangle = fc.record({ x: offset, y: offset, width: length, height: length });

  test('is wholly within one of the displays, wherever it was', () => {
    fc.assert(
      fc.property(rectangle, fc.array(rectangle, { minLength: 1, maxLength: 4 }), (place, areas) => {
        const seen = withinView(place, areas);
        const isWithin = areas.some(
          (area) =>
            seen.x >= area.x &&
            seen.y >= area.y &&
            seen.x + seen.width <= area.x + area.width &&
            seen.y + seen.height <= area.y + area.height,
        );
        expect(isWithin).toBe(true);
        const [first] = areas;
        if (areas.length === 1 && first) expect(withinView(first, areas)).toEqual(first);
      }),
    );
  });

  test.each([
    ['no JSON', '{'],
    ['no places', '{"places":{"0,0,800x600@1":{"crm":{"x":"left"}}}}'],
  ])('that is remembered in a file with %s is not used', (_what, text) => {
    const dataDir = tempDir();
    writeFileSync(join(dataDir, 'windows.json'), text, { mode: 0o600 });
    const area = { x: 0, y: 0, width: 800, height: 600 };
    const displays = () => [{ bounds: area, workArea: area, scaleFactor: 1 }];
    expect(openPlaces({ dataDir, displays, onFault: () => {} }).placeOf('crm', 0)).toEqual({});
  });
});

test('warnings of Electron have no address in them, and others are as they were', () => {
  const said: unknown[][] = [];
  const program = { emitWarning: (...all: unknown[]) => void said.push(all) } as unknown as NodeJS.Process;
  withholdAddresses(program);
  program.emitWarning(
    'Failed to load URL: https://crm.example/a#name=Ada with error: ERR_FAILED',
    'electron',
  );
  program.emitWarning('see https://nodejs.org', 'DeprecationWarning');
  expect(said).toEqual([
    ['Failed to load URL: (an address) with error: ERR_FAILED', 'electron'],
    ['see https://nodejs.org', 'DeprecationWarning'],
  ]);
});
