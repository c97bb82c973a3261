import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { createConnections } from '../../main/endpoint/connections.ts';
import { createHttpServer, LIMITS, type Limits } from '../../main/endpoint/http-server.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { evidenceIn } from '../support/audit-log.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { verifyLog } from '../support/verify-log.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { connect, requestText } from './raw-connection.ts';
import { answerOf } from './replies.ts';

const trigger = { body: '{"userId":"a"}' };
const health = { method: 'GET', path: '/healthz' };

/** An endpoint whose pops end when the test says so. */
async function slowEndpoint(limits: Partial<Limits> = {}) {
  const [arrived, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let pops = 0;
  const endpoint = await startBareEndpoint({
    limits,
    handle: async () => {
      pops += 1;
      arrived.resolve();
      await answer.promise;
      return { body: '{"pop":true}', replayed: false };
    },
  });
  return { ...endpoint, arrived: arrived.promise, answer: answer.resolve, pops: () => pops };
}

describe('L34 when it is told to stop, the endpoint', () => {
  test('closes its port at once, and answers what it has accepted', async () => {
    const { port, stop, arrived, answer } = await slowEndpoint();
    const caller = await connect(port);
    caller.send(requestText(port, trigger));
    await arrived;
    const stopped = stop();
    await expect(connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    answer();
    expect((await caller.reply()).body).toBe('{"pop":true}');
    await caller.closed;
    await stopped;
  });

  test('answers also what was sent ahead on one connection, all of it', async () => {
    const { port, stop, arrived, answer, pops } = await slowEndpoint();
    const caller = await connect(port);
    for (let i = 0; i < 3; i++) caller.send(requestText(port, trigger));
    await arrived;
    await expect.poll(pops, { timeout: 10_000 }).toBe(3);
    const stopped = stop();
    answer();
    for (let i = 0; i < 3; i++) expect((await caller.reply()).status).toBe(200);
    await caller.closed;
    await stopped;
  });

  test('is not held up by kept connections, nor by those that never said anything and never close', async () => {
    const { port, stop } = await startBareEndpoint();
    const used = await connect(port);
    used.send(requestText(port, health));
    await used.reply();
    const silent = await connect(port);
    const halfway = await connect(port);
    halfway.send('GET /healthz HTTP/1.1\r\nHost: ');
    const began = performance.now();
    await stop();
    expect(performance.now() - began).toBeLessThan(5000);
    await Promise.all([used.closed, silent.closed, halfway.closed]);
  });

  test('waits for a body that is on its way', async () => {
    const { port, stop, answer } = await slowEndpoint();
    answer();
    const caller = await connect(port);
    const text = requestText(port, trigger);
    caller.send(text.slice(0, -3));
    // Another one’s answer shows that the first part has been read.
    const other = await connect(port);
    other.send(requestText(port, health));
    await other.reply();
    const stopped = stop();
    caller.send(text.slice(-3));
    expect((await caller.reply()).body).toBe('{"pop":true}');
    await stopped;
  });

  test('but not for ever', async () => {
    const { port, stop, pops } = await slowEndpoint({ headersTimeout: 50, requestTimeout: 50 });
    const caller = await connect(port);
    caller.send(requestText(port, trigger).slice(0, -3));
    const other = await connect(port);
    other.send(requestText(port, health));
    await other.reply();
    const began = performance.now();
    await stop();
    expect(performance.now() - began).toBeLessThan(5000);
    await caller.closed;
    expect(pops()).toBe(0);
  });

  test('begins nothing that it could not answer', async () => {
    const { port, stop, pops } = await slowEndpoint();
    const kept = await connect(port);
    kept.send(requestText(port, health));
    await kept.reply();
    const stopped = stop();
    // Written before the other side can know.
    kept.send(requestText(port, trigger));
    await stopped;
    await expect(kept.reply()).rejects.toThrow('closed after ""');
    expect(pops()).toBe(0);
  });
});

test('what comes in on a connection that was ended already is not begun', async () => {
  let begun = 0;
  const server = createHttpServer(
    LIMITS,
    () => {
      begun += 1;
    },
    () => {},
    createConnections(createSystemClock()),
  );
  const gone = new Promise((resolve) =>
    server.on('connection', (socket) => socket.on('close', resolve).end()),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const caller = await connect(port);
  caller.socket.end(requestText(port, trigger));
  await gone;
  server.close();
  expect(begun).toBe(0);
});

test('an answer keeps its turn when nonsense was sent ahead behind it', async () => {
  const { port, arrived, answer, recorded } = await slowEndpoint();
  const caller = await connect(port);
  caller.send(requestText(port, trigger));
  await arrived;
  caller.send('nonsense\r\n\r\n');
  await expect.poll(() => recorded.length, { timeout: 10_000 }).toBe(1);
  answer();
  expect((await caller.reply()).body).toBe('{"pop":true}');
  await caller.closed;
});

test('a refusal keeps its turn as well', async () => {
  const { port } = await startBareEndpoint({
    handle: () => new Promise((_, reject) => setImmediate(reject)),
  });
  const caller = await connect(port);
  caller.send(`${requestText(port, trigger)}nonsense\r\n\r\n`);
  expect((await caller.reply()).status).toBe(500);
  await caller.closed;
});

test('an app that is stopped in the middle of a pop lets it end, and its log is whole', async () => {
  const destination = await startStubDestination();
  const arrived = Promise.withResolvers<() => void>();
  destination.onPop((received, response) =>
    arrived.resolve(() => reply(200, { windowFocused: false })(received, response)),
  );
  const app = await startTestApp({ destination: destination.url });
  const caller = app.post({ userId: USER, idempotencyKey: 'call-7' });
  const answer = await arrived.promise;
  const stopped = app.stop();
  answer();
  expect(await answerOf(await caller)).toMatchObject({ status: 'delivered', windowFocused: false });
  await stopped;
  await expect(fetch(`${app.url}/healthz`)).rejects.toThrow('fetch failed');
  expect(app.entries().at(-1)).toMatchObject({ type: 'result', idempotencyKey: 'call-7', success: true });
  const verdict = verifyLog(auditDir(app.dataDir), await evidenceIn(app.dataDir));
  expect(verdict).toMatchObject({ verdict: 'whole', entries: 3 });
});
