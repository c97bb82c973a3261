import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasDuplicateMembers } from '../../main/endpoint/duplicate-members.ts';
import { ONE_LOOK_MS, quickest } from '../support/quickest.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call } from './raw-connection.ts';

describe('L29 a member that comes twice', () => {
  test.each([
    '{"userId":"a","userId":"b"}',
    '{"userId":"a","userId":"a"}',
    '{"userId":"a","user\\u0049d":"b"}',
    '{"userId":"a","customerData":{"x":"1","y":"2","x":"3"}}',
    '{"userId":"a","state":{"list":[{"x":1},{"x":1,"x":2}]}}',
    '{"userId":"a","state":{"":1,"":2}}',
    '{"userId":"a","state":{"\\"":1,"\\u0022":2}}',
  ])('is 400: %s', async (body) => {
    const { port } = await startBareEndpoint();
    const { status, problem } = await call(port, { body });
    expect([status, problem.code]).toEqual([400, 'invalid_json']);
  });

  test.each([
    '{"userId":"a","state":{"userId":"b","state":{"state":"c"}}}',
    '{"userId":"a","state":{"list":[{"x":1},{"x":1}]}}',
    '{"userId":"a","state":{"a:b":"c:d","\\\\":":","e\\":":"\\\\\\":"}}',
  ])('is not seen where there is none: %s', async (body) => {
    const { port } = await startBareEndpoint();
    expect((await call(port, { body })).status).toBe(200);
  });

  /** JSON text with its blanks, and whether an object in it names a member twice. */
  const written = fc.letrec<{ value: [text: string, isDuplicate: boolean] }>((tie) => {
    const blank = fc.stringMatching(/^[ \n\r\t]?$/);
    const name = fc
      .oneof(
        fc.constantFrom('"a"', '"\\u0061"', '"b"', '"\\""', '"\\u0022"', '":"', '"b\\\\"', '""'),
        fc.string({ unit: 'binary', maxLength: 3 }).map((text) => JSON.stringify(text)),
      )
      // After a name that begins with a backslash V8 reads others wrongly: github.com/nodejs/node/issues/63785.
      .filter((text) => !text.startsWith('"\\\\'));
    const object = fc.array(fc.tuple(name, blank, tie('value')), { maxLength: 4 }).map((members) => {
      const names = members.map(([text]) => JSON.parse(text));
      const text = members.map(([key, space, [value]]) => `${space}${key}${space}:${value}`).join(',');
      return [
        `{${text}}`,
        new Set(names).size < names.length || members.some(([, , [, isDuplicate]]) => isDuplicate),
      ] as [string, boolean];
    });
    const list = fc
      .array(tie('value'), { maxLength: 3 })
      .map(
        (values) => [`[${values.map(([text]) => text).join(', ')}]`, values.some(([, is]) => is)] as const,
      );
    const plain = fc
      .oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true }), fc.constantFrom(null, true))
      .map((value) => [JSON.stringify(value), false] as const);
    return { value: fc.oneof({ maxDepth: 4 }, plain, object, list) as fc.Arbitrary<[string, boolean]> };
  }).value;

  test('is found in any text, however it is written, and nowhere else', () => {
    fc.assert(
      fc.property(written, ([text, isDuplicate]) => {
        expect(hasDuplicateMembers(text, JSON.parse(text))).toBe(isDuplicate);
      }),
      { numRuns: 2000 },
    );
  });

  test('is found in 64 KiB in one look', () => {
    const text = `{"a":1${',"a":1'.repeat(10_900)}}`;
    const value = JSON.parse(text);
    expect(hasDuplicateMembers(text, value)).toBe(true);
    expect(quickest(() => hasDuplicateMembers(text, value))).toBeLessThan(ONE_LOOK_MS);
  });
});
