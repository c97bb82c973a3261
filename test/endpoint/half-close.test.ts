import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { connect, requestText } from './raw-connection.ts';

const trigger = { body: JSON.stringify({ userId: USER }) };

describe('M07 a caller that closes its side once it has sent its trigger', () => {
  test('is answered, and shows one pop each time', async () => {
    const app = await startTestApp();
    const { port } = app.endpoint;
    for (let pop = 0; pop < 5; pop += 1) {
      const caller = await connect(port);
      caller.socket.end(requestText(port, trigger));
      const reply = await caller.reply();
      expect([reply.status, JSON.parse(reply.body).status]).toEqual([200, 'delivered']);
      await caller.closed;
    }
    expect(app.entries().filter(({ status }) => status === 'delivered')).toHaveLength(5);
  });

  test('is answered however long the pop takes, and its connection is closed then', async () => {
    const [arrived, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { port } = await startBareEndpoint({
      handle: async () => {
        arrived.resolve();
        await answer.promise;
        return { body: '{"pop":true}', replayed: false };
      },
    });
    const caller = await connect(port);
    caller.socket.end(requestText(port, trigger));
    await arrived.promise;
    // The end has long been seen by whoever answers another caller meanwhile.
    const other = await connect(port);
    other.send(requestText(port, { method: 'GET', path: '/healthz' }));
    expect((await other.reply()).status).toBe(200);
    answer.resolve();
    expect((await caller.reply()).body).toBe('{"pop":true}');
    await caller.closed;
  });

  test('is answered for each that it has sent ahead', async () => {
    const { port } = await startBareEndpoint();
    const caller = await connect(port);
    caller.socket.end(requestText(port, trigger).repeat(3));
    for (let sent = 0; sent < 3; sent += 1) expect((await caller.reply()).status).toBe(200);
    await caller.closed;
  });

  test.each([
    ['its refusal', { ...trigger, headers: { authorization: undefined } }, 401],
    ['its refusal before the body', { ...trigger, headers: { 'content-type': 'text/plain' } }, 415],
  ])('gets %s', async (_what, request, status) => {
    const { port } = await startBareEndpoint();
    const caller = await connect(port);
    caller.socket.end(requestText(port, request));
    expect((await caller.reply()).status).toBe(status);
    await caller.closed;
  });

  test('in the middle of its request is told that it is not well-formed', async () => {
    const { port, recorded } = await startBareEndpoint();
    const caller = await connect(port);
    caller.socket.end(requestText(port, trigger).slice(0, -5));
    expect((await caller.reply()).problem.code).toBe('bad_request');
    await caller.closed;
    expect(recorded).toMatchObject([{ type: 'refused', code: 'bad_request' }]);
  });

  test('having sent nothing gets nothing, and leaves nothing', async () => {
    const { port, recorded } = await startBareEndpoint();
    const caller = await connect(port);
    caller.socket.end();
    await caller.closed;
    expect(recorded).toEqual([]);
  });
});

test('live events end with the page that has gone', async () => {
  const gone = Promise.withResolvers<void>();
  const { port } = await startBareEndpoint({
    findSession: () => 'session',
    ui: {
      files: new Map(),
      csp: '',
      sessions: { newCode: () => '', redeem: () => undefined, knows: () => true, attend: () => () => {} },
      command: { call: async () => ({}) },
      dashboard: { call: async () => ({}), subscribe: () => gone.resolve, async *exportLog() {} },
    },
  });
  const page = await connect(port);
  const headers = { [SESSION_HEADER]: 'x', 'sec-fetch-site': 'same-origin' };
  page.send(requestText(port, { method: 'GET', path: '/ui/api/events', headers }));
  await once(page.socket, 'data');
  page.socket.end();
  await gone.promise;
  await page.closed;
});
