import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { call, openSimulator, POP } from './client.ts';

describe('the rules of the request', () => {
  test.each([
    ['idempotency-key', undefined],
    ['idempotency-key', 'another-key'],
    ['x-payload-signature', undefined],
  ])('refuse a header %s that is %s', async (name, value) => {
    const { pop, simulator } = await openSimulator();
    const reply = await pop({}, { headers: { [name]: value } });
    expect(reply.status).toBe(400);
    expect(simulator.popsShown).toBe(0);
  });

  test.each([
    ['no application', { applicationId: undefined }],
    ['an empty application', { applicationId: '' }],
    ['no uri', { uri: undefined }],
    ['a relative uri', { uri: '/agent-view' }],
    ['a script as uri', { uri: 'javascript:alert(1)' }],
    ['no state', { state: undefined }],
    ['a list as state', { state: [] }],
    ['a field that is not in the contract', { sessionToken: 's' }],
    ['a key with a space', { idempotencyKey: 'a b' }],
    ['a key of 256 characters', { idempotencyKey: 'k'.repeat(256) }],
  ])('refuse %s', async (_what, over) => {
    const { pop, simulator } = await openSimulator();
    const reply = await pop(over);
    expect(reply.status).toBe(400);
    expect(reply.json()).toMatchObject({ status: 400, code: 'bad.request' });
    expect(simulator.popsShown).toBe(0);
  });

  test.each(['', '{', 'null', '[]', '"text"'])('refuse the body %j', async (bytes) => {
    const { pop } = await openSimulator();
    expect((await pop({}, { bytes })).status).toBe(400);
  });

  test.each(['a_b', 'a%20b', 'a%2Fb', 'u'.repeat(65)])('refuse the user id %s', async (userId) => {
    const { pop } = await openSimulator();
    expect((await pop({}, { userId })).status).toBe(400);
  });

  test('refuse another content type', async () => {
    const { pop } = await openSimulator();
    expect((await pop({}, { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });

  test('take a body of 512,000 bytes', async () => {
    const { pop } = await openSimulator();
    const text = JSON.stringify(POP);
    const bytes = text + ' '.repeat(512_000 - Buffer.byteLength(text));
    expect((await pop({}, { bytes })).status).toBe(200);
  });

  test('refuse a body of 512,001 bytes before it is sent', async () => {
    const { baseUrl, simulator } = await openSimulator();
    const { host, port } = new URL(baseUrl);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /api/v2/users/agent-1/screenpops HTTP/1.1\r\nHost: ${host}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 512001\r\n\r\n',
    );
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('"status":413');
    expect(simulator.popsShown).toBe(0);
  });
});

describe('errors', () => {
  test('have the platform’s body, with the correlation id as context id', async () => {
    const { pop } = await openSimulator();
    const reply = await pop({}, { bytes: '{' });
    expect(reply.json()).toEqual({
      message: 'The body is not JSON',
      code: 'bad.request',
      status: 400,
      contextId: reply.headers['inin-correlation-id'],
      messageWithParams: 'The body is not JSON',
      messageParams: {},
      details: [],
      errors: [],
    });
  });

  test.each(['/', '/api/v2/users/agent-1', '/%zz', `/${'x'.repeat(500)}`])(
    'have it for %s too',
    async (path) => {
      const { baseUrl } = await openSimulator();
      const reply = await call(baseUrl + path, { method: 'GET' });
      expect([400, 404]).toContain(reply.status);
      expect(reply.json()).toMatchObject({ status: reply.status, details: [], errors: [] });
      expect(reply.json().contextId).toBe(reply.headers['inin-correlation-id']);
    },
  );

  test('never repeat what was in the body', async () => {
    const { pop } = await openSimulator();
    for (const over of [{ uri: 'no-url-s3cr3t' }, { state: 's3cr3t' }, { idempotencyKey: 's3cr3t 1' }]) {
      expect((await pop(over)).text).not.toContain('s3cr3t');
    }
  });
});
