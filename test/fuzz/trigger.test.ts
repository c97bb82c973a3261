import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, parseTrigger } from '../../main/endpoint/parse-trigger.ts';
import { PopError } from '../../main/pipeline/errors.ts';
import { ONE_LOOK_MS, quickest } from '../support/quickest.ts';
import { anyTrigger } from './arbitraries.ts';

const SIZE = 64 * 1024;
const encode = (text: string) => new TextEncoder().encode(text);

/** What becomes of a body: the user id of its trigger, or the code of the refusal. Anything else is thrown on. */
function outcome(body: Uint8Array, key?: string): string {
  try {
    return parseTrigger(parseJson(body), key).userId ?? 'unnamed';
  } catch (error) {
    if (error instanceof PopError) return error.code;
    throw error;
  }
}

const CODES = /^(invalid_json|invalid_trigger|[A-Za-z0-9-]{1,64})$/;

describe('the parser of triggers', () => {
  test('throws nothing but its own errors, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.option(fc.string(), { nil: undefined }),
        (bytes, key) => {
          expect(outcome(bytes, key)).toMatch(CODES);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('throws nothing but its own errors, whatever the JSON, and touches no prototype', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' }), (value) => {
        expect(outcome(encode(JSON.stringify(value)))).toMatch(CODES);
      }),
      { numRuns: 1000 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('throws nothing but its own errors when a trigger was changed in any place', () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat(8),
      add: fc.string({ unit: 'binary', maxLength: 8 }),
    });
    fc.assert(
      fc.property(anyTrigger, fc.array(change, { maxLength: 4 }), (trigger, changes) => {
        let text = JSON.stringify(trigger);
        for (const { at, remove, add } of changes) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + add + text.slice(from + remove);
        }
        expect(outcome(encode(text))).toMatch(CODES);
      }),
      { numRuns: 2000 },
    );
  });

  test('takes every trigger that fits', () => {
    fc.assert(
      fc.property(anyTrigger, (trigger) => {
        expect(outcome(encode(JSON.stringify(trigger)))).toBe(trigger.userId);
      }),
    );
  });

  const wide = (member: (index: number) => string) => {
    const members: string[] = [];
    for (let length = 20; length < SIZE - 40; length += (members.at(-1)?.length ?? 0) + 1)
      members.push(member(members.length));
    return members.join(',');
  };
  test.each([
    ['zeros', '0'.repeat(SIZE)],
    ['open brackets', '['.repeat(SIZE)],
    ['deep objects', '{"a":'.repeat(SIZE / 5)],
    ['an endless string', `"${'\\u0000'.repeat(SIZE / 6)}`],
    ['backslashes', `"${'\\\\'.repeat(SIZE / 2 - 2)}"`],
    ['unknown members', `{${wide((index) => `"x${index}":1`)}}`],
    ['the same member', `{${wide(() => '"userId":"a"')}}`],
    ['a wide state', `{"userId":"a","state":{${wide((index) => `"x${index}":{}`)}}}`],
    ['a long list', `{"userId":"a","state":{"x":[${wide(() => '{}')}]}}`],
    ['wrong context', `{"userId":"a","customerData":{${wide((index) => `"${index}":0`)}}}`],
    ['a number of many digits', `{"userId":"a","state":{"n":${'9'.repeat(SIZE - 40)}}}`],
    ['an expiry of many digits', `{"userId":"a","expiresAt":"${'9'.repeat(SIZE - 40)}"}`],
  ])('takes one look at 64 KiB of %s', (_what, text) => {
    const bytes = encode(text);
    expect(bytes.length).toBeGreaterThan(SIZE * 0.9);
    expect(bytes.length).toBeLessThanOrEqual(SIZE + 64);
    expect(quickest(() => outcome(bytes))).toBeLessThan(ONE_LOOK_MS);
  });
});
