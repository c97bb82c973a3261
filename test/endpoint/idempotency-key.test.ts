import { describe, expect, test } from 'vitest';
import { parseIdempotencyKey } from '../../main/endpoint/structured-field.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, callText, requestText } from './raw-connection.ts';

const body = JSON.stringify({ userId: USER });
const CRLF = '\r\n';

async function keyFor(header: string | readonly string[]): Promise<string | number> {
  let key: string | undefined;
  const { port } = await startBareEndpoint({
    handle: async ({ trigger }) => {
      key = trigger.idempotencyKey;
      return { body: '{}', replayed: false };
    },
  });
  const { status } = await call(port, { body, headers: { 'idempotency-key': header } });
  return key ?? status;
}

describe('the Idempotency-Key header', () => {
  test.each([
    ['"call-7"', 'call-7'],
    ['call-7', 'call-7'],
    [' \t"call-7" ', 'call-7'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    [String.raw`a\b"c`, String.raw`a\b"c`],
    ['k'.repeat(255), 'k'.repeat(255)],
    [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
  ])('%s is the key %s', async (header, key) => {
    expect(await keyFor(header)).toBe(key);
  });

  test.each([
    [''],
    ['""'],
    ['"call-7'],
    ['call 7'],
    ['"call 7"'],
    ['ключ'],
    ['"a\\b"'],
    ['"a";p=1'],
    ['k'.repeat(256)],
    [`"${'k'.repeat(256)}"`],
    [['a', 'a']],
    [['"a"', '"b"']],
  ])('%j is refused', async (header) => {
    expect(await keyFor(header)).toBe(400);
  });

  test('quoted or bare, it is the same key, and the one in the body as well', async () => {
    const destination = await startStubDestination();
    const app = await startTestApp({ destination: destination.url });
    const answers = [
      await app.post({ userId: USER }, { 'idempotency-key': '"call-7"' }),
      await app.post({ userId: USER }, { 'idempotency-key': 'call-7' }),
      await app.post({ userId: USER, idempotencyKey: 'call-7' }),
      await app.post({ userId: USER, idempotencyKey: 'call-7' }, { 'idempotency-key': '"call-7"' }),
    ];
    const texts = await Promise.all(answers.map((response) => response.text()));
    expect(new Set(texts).size).toBe(1);
    expect(JSON.parse(texts[0] as string).idempotencyKey).toBe('call-7');
    const [pop] = destination.pops;
    expect(destination.pops).toHaveLength(1);
    expect(pop?.headers['idempotency-key']).toBe('call-7');
    expect(JSON.parse(String(pop?.body)).idempotencyKey).toBe('call-7');
    expect(app.entries().at(-1)?.idempotencyKey).toBe('call-7');
  });

  test('must agree with the one in the body', async () => {
    const { port } = await startBareEndpoint();
    const both = JSON.stringify({ userId: USER, idempotencyKey: 'call-8' });
    const reply = await call(port, { body: both, headers: { 'idempotency-key': 'call-7' } });
    expect(reply.status).toBe(400);
    expect(reply.problem).toMatchObject({
      code: 'invalid_trigger',
      errors: [{ pointer: '/idempotencyKey', detail: 'is not the key in the header' }],
    });
  });

  test('F26 cannot smuggle a line break in, neither folded in the header nor escaped in the body', async () => {
    const { port } = await startBareEndpoint();
    const folded = requestText(port, { body, headers: { 'idempotency-key': `a${CRLF} X-Evil: 1` } });
    expect((await callText(port, folded)).status).toBe(400);
    for (const idempotencyKey of ['a\r\nX-Evil: 1', 'a\n', '\0']) {
      const reply = await call(port, { body: JSON.stringify({ userId: USER, idempotencyKey }) });
      expect(reply.status).toBe(400);
      expect(reply.problem.errors).toEqual([
        { pointer: '/idempotencyKey', detail: 'must be 1 to 255 visible ASCII characters' },
      ]);
    }
  });
});

test('a quoted string is unquoted as RFC 9651 says, and only that escapes', () => {
  expect(parseIdempotencyKey(String.raw`"\\\""`)).toBe(String.raw`\"`);
  for (const malformed of ['"', '"a', '"a"b', String.raw`"\n"`, String.raw`"\"`]) {
    expect(parseIdempotencyKey(malformed)).toBeUndefined();
  }
});
