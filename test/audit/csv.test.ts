import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvLine } from '../../main/audit/export/csv.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';

const STAMP = { seq: 1, timestamp: '2026-11-23T12:00:00.000Z', boot: 'b', uptimeMs: 1, keyId: 'k' };
const lineOf = (about: Partial<AuditEntry>) => csvLine({ ...STAMP, ...newEntry('result', about) });

/** What a spreadsheet makes of it that ends cells there and knows quotes only where a cell begins, or not at all. */
const cells = (line: string, ends: RegExp) =>
  line.split(ends).map((cell) => cell.replace(/^["'\s]*(?<!')/, ''));
const isFormula = (cell: string) => /^["\s]*[=+\-@]/.test(cell);

describe('W03 no cell is a formula', () => {
  test.each([
    'x;=1+1',
    'x;"=1+1',
    'x; =1+1',
    'x\t=cmd|calc',
    'x\n=1+1',
    'x\r\n@SUM(1)',
    ';-1',
    '=1+1',
    '+1',
    '@x',
    'x;;=1',
  ])('in %j, whether cells end at commas, semicolons or tabs', (text) => {
    const line = lineOf({ userId: text, application: text });
    for (const ends of [/;/, /\t/, /[\r\n]+/, /[;\t\r\n]/])
      expect(cells(line, ends).filter(isFormula)).toEqual([]);
    expect(line).not.toMatch(/(^|,)"?[=+@]/);
  });

  test('in any text, in lists and in the errors of a refusal', () => {
    const text = fc.string({ unit: fc.constantFrom(...'=+-@;\t\r\n"\' ,x1') });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const errors = [{ pointer: other, detail: one }];
        const line = lineOf({ userId: one, webhooks: [other], errors });
        for (const ends of [/;/, /\t/, /[;\t\r\n]/]) expect(cells(line, ends).filter(isFormula)).toEqual([]);
      }),
    );
  });

  test('and what is none stays as it is', () => {
    expect(lineOf({ userId: 'a-b@example.com' })).toContain(',a-b@example.com,');
    expect(lineOf({ userId: 'a, b; c' })).toContain(',"a, b; c",');
    expect(lineOf({ latencyMs: -1 })).toContain(',-1,');
  });
});
