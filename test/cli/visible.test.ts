import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible, visibleInLine } from '../../main/cli/visible.ts';
import { USER } from '../support/test-app.ts';
import { startHeadless } from './run.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('W02 text of others', () => {
  test.each([
    ['a colour', '\u001b[31mred', '\\u001b[31mred'],
    ['a title', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['C1', '\u009b2J\u009d', '\\u009b2J\\u009d'],
    ['a line written over', 'refused\rdelivered', 'refused\\u000ddelivered'],
    ['rubbed out', 'no\u0008\u0008yes\u007f', 'no\\u0008\\u0008yes\\u007f'],
    ['turned round', '\u202etxt.exe', '\\u202etxt.exe'],
  ])('is shown, not acted on: %s', (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('of any kind does nothing to a terminal, and what is only text stays as it is', () => {
    const any = fc.string({ unit: 'binary' });
    fc.assert(fc.property(any, (text) => !ACTS.test(visible(text))));
    fc.assert(fc.property(any, (text) => !/[\t\n]/.test(visibleInLine(text))));
    for (const text of ['Zoë Müller 漢字 👩‍👩‍👧 \t\n', 'שלום']) expect(visible(text)).toBe(text);
  });

  test('in JSON says the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(visible(JSON.stringify(text)))).toBe(text);
      }),
    );
  });

  test('in the log is listed so', async () => {
    const id = 'app\u001b]0;owned\u0007\u009b31m';
    const { poptray } = await startHeadless({
      env: { POPTRAY_APPLICATION_ID: id, POPTRAY_TARGET_URI: 'https://crm.example/' },
    });
    expect((await poptray('trigger', '--user', USER)).code).toBe(0);
    for (const more of [[], ['--json'], ['--all']]) {
      const { stdout, stderr } = await poptray('audit', 'list', ...more);
      expect(stdout + stderr).not.toMatch(ACTS);
      expect(stdout).toContain('app\\u001b]0;owned\\u0007\\u009b31m');
    }
  });
});
