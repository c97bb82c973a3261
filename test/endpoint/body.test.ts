import { describe, expect, test } from 'vitest';
import { USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, callText, connect, requestText } from './raw-connection.ts';

const body = JSON.stringify({ userId: USER });
const MAX = 64 * 1024;
const padded = (bytes: number) => `${body.slice(0, -1)}${' '.repeat(bytes - body.length)}}`;
const chunked = { 'content-length': undefined, 'transfer-encoding': 'chunked' };
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

describe('L21 the content type', () => {
  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset = utf-8',
    'application/json;charset=utf-8;',
    'application/json;',
  ])('may be %s', async (type) => {
    const { port } = await startBareEndpoint();
    expect((await call(port, { body, headers: { 'content-type': type } })).status).toBe(200);
  });

  test.each([
    'application/json; charset=utf8',
    'application/json; charset=UTF8',
    'application/json; charset="Utf8"',
    'application/json; charset=unicode-1-1-utf-8',
  ])('C17 may spell UTF-8 as phones and scripts do: %s', async (type) => {
    const { port } = await startBareEndpoint();
    expect((await call(port, { body, headers: { 'content-type': type } })).status).toBe(200);
  });

  test.each([
    [undefined],
    [''],
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/json; charset=utf-16'],
    ['application/json; charset=iso-8859-1'],
    ['application/json; charset=utf-7'],
    ['application/json; charset=utf'],
    ['application/json; charset="utf-8'],
    ['text/plain; application/json'],
    ['text/json'],
    ['application/jsonp'],
    ['application/vnd.api+json'],
    ['application/json, text/plain'],
    ['*/*'],
  ])('may not be %j: 415', async (type) => {
    const { port } = await startBareEndpoint();
    const reply = await call(port, { body, headers: { 'content-type': type } });
    expect([reply.status, reply.problem.code]).toEqual([415, 'unsupported_media_type']);
  });
});

describe('L22 the length', () => {
  test('may be 64 KiB, declared or in chunks', async () => {
    const { port } = await startBareEndpoint();
    expect((await call(port, { body: padded(MAX) })).status).toBe(200);
    const text = requestText(port, { headers: chunked, body: `${chunk(padded(MAX))}0\r\n\r\n` });
    expect((await callText(port, text)).status).toBe(200);
  });

  test('is refused by its declaration, before any of the body has come', async () => {
    const { port } = await startBareEndpoint();
    for (const length of [MAX + 1, 1024 * 1024 + 1, Number.MAX_SAFE_INTEGER]) {
      const connection = await connect(port);
      connection.send(requestText(port, { body: '', headers: { 'content-length': `${length}` } }));
      const reply = await connection.reply();
      expect([reply.status, reply.problem.code]).toEqual([413, 'too_large']);
      expect(reply.headers.connection).toBe('close');
      await connection.closed;
    }
  });

  test('is refused also where no body is of use', async () => {
    const { port } = await startBareEndpoint();
    const request = { method: 'GET', path: '/healthz', headers: { 'content-length': `${MAX + 1}` } };
    expect((await call(port, request)).status).toBe(413);
  });

  test('is refused in the middle of the chunks, once there are too many', async () => {
    const { port } = await startBareEndpoint();
    const connection = await connect(port);
    connection.send(requestText(port, { body: '', headers: chunked }));
    for (let sent = 0; sent <= MAX; sent += 8192) connection.send(chunk('x'.repeat(8192)));
    const reply = await connection.reply();
    expect([reply.status, reply.problem.code]).toEqual([413, 'too_large']);
    expect(reply.headers.connection).toBe('close');
    await connection.closed;
  });

  test('of a client that sends all before it listens is refused as well', async () => {
    const { addresses } = await startBareEndpoint();
    const response = await fetch(`${addresses[0]}/trigger-screenpop`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer test-token-0123456789abcdefghijklmnop',
        'content-type': 'application/json',
      },
      body: padded(1024 * 1024 + 1),
    });
    expect(response.status).toBe(413);
  });
});

describe('L29 what is not JSON', () => {
  test.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['cut off', body.slice(0, -3)],
    ['two values', `${body}${body}`],
    ['NaN', '{"userId":NaN}'],
    ['a trailing comma', '{"userId":"a",}'],
    ['single quotes', "{'userId':'a'}"],
    ['a comment', '{"userId":"a"/**/}'],
    ['two byte order marks', `\ufeff\ufeff${body}`],
    ['UTF-16', Buffer.from(body, 'utf16le')],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['brackets 10,000 deep', '['.repeat(10_000)],
    ['brackets 10,000 deep and closed', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['objects 10,000 deep', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ])('%s is 400, and quotes nothing of it', async (_what, text) => {
    const { port, faults } = await startBareEndpoint();
    await call(port, { body });
    const connection = await connect(port);
    const length = `${Buffer.byteLength(text)}`;
    const bytes = Buffer.concat([
      Buffer.from(requestText(port, { body: '', headers: { 'content-length': length } })),
      Buffer.from(text),
    ]);
    connection.send(bytes);
    const reply = await connection.reply();
    expect([reply.status, reply.problem.code]).toEqual([400, 'invalid_json']);
    expect(reply.body).not.toMatch(/NaN|position|Unexpected|userId":/);
    expect(faults).toEqual([]);
    expect((await call(port, { body })).status).toBe(200);
  });

  test('is not a byte order mark, which is passed over', async () => {
    const { port } = await startBareEndpoint();
    expect((await call(port, { body: `\ufeff${body}` })).status).toBe(200);
  });

  test('is what is not UTF-8, and the answer says so', async () => {
    const { port } = await startBareEndpoint();
    const post = async (bytes: Buffer) => {
      const connection = await connect(port);
      const headers = { 'content-length': `${bytes.length}` };
      connection.send(Buffer.concat([Buffer.from(requestText(port, { body: '', headers })), bytes]));
      return (await connection.reply()).problem;
    };
    const latin1 = Buffer.from('{"userId":"a","customerData":{"name":"Müller"}}', 'latin1');
    expect(await post(latin1)).toMatchObject({
      status: 400,
      code: 'invalid_json',
      detail: 'the body is not UTF-8',
    });
    expect((await post(Buffer.from(`\ufeff${body}`, 'utf16le'))).detail).toBe(
      'the body is not UTF-8 but UTF-16',
    );
  });

  test.each([
    ['{"userId":"a","userId":"b"}', '/userId'],
    ['{"userId":"a","state":{"list":[{"x":1,"x":2}]}}', '/state/list/0/x'],
  ])('is a member that comes twice: %s', async (text, pointer) => {
    const { port } = await startBareEndpoint();
    const { status, problem } = await call(port, { body: text });
    expect([status, problem.code]).toEqual([400, 'invalid_json']);
    expect(problem.errors).toEqual([{ pointer, detail: 'is there twice' }]);
  });

  test('is also a missing body', async () => {
    const { port } = await startBareEndpoint();
    const reply = await call(port, { body: '', headers: { 'content-length': undefined } });
    expect([reply.status, reply.problem.code]).toEqual([400, 'invalid_json']);
  });
});

test.each([
  '{"userId":"a","__proto__":{"polluted":1}}',
  '{"userId":"a","customerData":{"__proto__":"x"}}',
  '{"userId":"a","state":{"a":{"__proto__":{"polluted":1}}}}',
  '{"userId":"a","state":{"a":[{"\\u005f_proto__":{"polluted":1}}]}}',
  '{"userId":"a","constructor":{"prototype":{"polluted":1}}}',
  '{"userId":"a","state":{"constructor":{"prototype":{"polluted":1}}}}',
])('L30 a prototype cannot be touched: %s', async (text) => {
  const { port } = await startBareEndpoint();
  const reply = await call(port, { body: text });
  expect([reply.status, reply.problem.code]).toEqual([400, 'invalid_trigger']);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
