import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { browserName } from '../../main/endpoint/browser-name.ts';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox 143 on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Chrome 140 on Windows',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge 140 on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    'Safari 18 on macOS',
  ],
  ['node', 'A program'],
  ['curl/8.14 (Linux)', 'A program on Linux'],
])('%s is told as %s', (userAgent, name) => {
  expect(browserName(userAgent)).toBe(name);
});

test('whatever a program calls itself, only words of ours and a number are shown', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('Firefox/', 'Chrome/', 'Edg/', 'Version/'), (text, token) => {
      expect(browserName(text + token + text)).toMatch(/^[A-Za-z ]+( \d{1,4})?( on [A-Za-z]+)?$/);
    }),
  );
});
