import { chmodSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openCheckpoint } from '../../main/audit/checkpoints/checkpoint.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { ensureDataDir } from '../../main/platform/data-dir.ts';
import type { KeychainState } from '../../main/secrets/keychain.ts';
import { createSecrets } from '../../main/secrets/secrets.ts';
import { evidenceIn } from '../support/audit-log.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { hang, type ReceivedMessage, startReceiver, status, verified } from '../support/receiver.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestApp, TOKEN, USER } from '../support/test-app.ts';
import { verifyLog } from '../support/verify-log.ts';

const withWebhook = (url: string) => ({
  PRODUCTIVITY_WEBHOOK_URL: url,
  PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET,
});

/** However busy the machine is. */
const WAIT = { timeout: 20_000, interval: 10 };

const checkpointOf = (message: ReceivedMessage | undefined) =>
  Buffer.from(String(message?.headers['poptray-audit-checkpoint']), 'base64').toString();

const countIn = (given: string) => Number(Buffer.from(given, 'base64').toString().split('\n')[1] ?? 0);

/** Calls a route of the endpoint with the token. */
function call(app: TestApp, path: string, body?: object) {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const post = body && { method: 'POST', body: JSON.stringify(body) };
  return fetch(`${app.url}${path}`, { headers, ...post });
}

describe('a webhook in the app', () => {
  test('F21 that waits is kept while the keychain is locked, and goes out when it is open', async () => {
    const dataDir = join(tempDir(), 'data');
    ensureDataDir(dataDir);
    const receiver = await startReceiver();
    const items = new Map<string, string>([['webhook-secret:productivity', WEBHOOK_SECRET]]);
    const opened: KeychainState = {
      keychain: {
        get: async (name) => items.get(name) ?? null,
        set: async (name, value) => void items.set(name, value),
        delete: async (name) => items.delete(name),
      },
    };
    const locked: KeychainState = { unavailable: { kind: 'locked', reason: 'test' } };
    const startWith = (keychain: KeychainState) => {
      const reopen = async () => opened;
      const secrets = createSecrets({ env: {}, keychain, reopen, dataDir });
      const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url };
      return startTestApp({ dataDir, env, secrets }).then((app) => ({ ...app, secrets }));
    };
    const first = await startWith(opened);
    receiver.answer = hang;
    await first.post({ userId: USER });
    const ids = await receiver.got(1);
    await first.stop();

    receiver.answer = status(204);
    const second = await startWith(locked);
    expect(await (await second.post({ userId: USER })).json()).toMatchObject({ code: 'audit_unavailable' });
    await second.secrets.lookAgain();
    expect(second.shut()).toContain('locked');
    expect(await second.unlock()).toBe(true);
    expect(second.shut()).toBeNull();
    expect(await receiver.got(2)).toEqual([...ids, ...ids]);
    expect(await (await second.post({ userId: USER })).json()).toMatchObject({ status: 'delivered' });
  });

  test('hears of a pop what its caller heard, and nothing of the customer', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    const response = await app.post({
      userId: USER,
      customerData: { name: 'mark-customer' },
      sessionToken: 'mark-session',
    });
    const answer = (await response.json()) as { popId: string; latencyMs: number };
    await receiver.got(1);
    const [message] = receiver.received;
    expect(message && verified(message)).toMatchObject({
      event: 'screenpop_activated',
      userId: USER,
      popId: answer.popId,
      latencyMs: answer.latencyMs,
      windowFocus: true,
      status: 'delivered',
    });
    expect(message?.body).not.toContain('mark-');
  });

  test('brings the log’s latest checkpoint, against which its receiver can hold the log later', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    // Each pop leaves three entries, and a checkpoint is due after a hundred.
    for (let pops = 1; pops <= 50; pops += 1) await app.post({ userId: USER });
    await receiver.got(50);
    const counts = receiver.received.map((message) => Number(checkpointOf(message).split('\n')[1]));
    expect(counts.at(-1)).toBeGreaterThanOrEqual(100);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    await app.stop();
    const { verifier, ...evidence } = await evidenceIn(app.dataDir);
    const checkpoint = openCheckpoint(checkpointOf(receiver.received.at(-1)), verifier);
    expect(
      verifyLog(auditDir(app.dataDir), {
        ...evidence,
        verifier,
        checkpoints: checkpoint ? [checkpoint] : [],
      }),
    ).toMatchObject({
      verdict: 'whole',
      vouched: checkpoint?.count,
    });
  });

  test('gets back what its receiver was given: files put back with their keys are found out, and pops go on', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    const dataDir = join(tempDir(), 'data');
    const options = { destination: destination.url, dataDir, env: withWebhook(receiver.url) };
    const start = async () => {
      const app = await startTestApp(options);
      const pop = async () => expect((await app.post({ userId: USER })).status).toBe(200);
      return { ...app, pop };
    };
    const first = await start();
    await first.pop();
    await receiver.got(1);
    await first.stop();
    const copy = join(tempDir(), 'copy');
    cpSync(dataDir, copy, { recursive: true });

    // A receiver that gives back the furthest that it has.
    let furthest = '';
    receiver.answer = (response, message) => {
      const given = message.headers['poptray-audit-checkpoint'] ?? '';
      if (countIn(given) > countIn(furthest)) furthest = given;
      response.writeHead(204, { 'poptray-audit-checkpoint': furthest }).end();
    };
    const second = await start();
    for (let pops = 1; pops <= 50; pops += 1) await second.pop();
    await receiver.got(51);
    await second.stop();
    expect(second.entries().filter(({ type }) => type === 'inconsistent')).toEqual([]);
    expect(countIn(furthest)).toBeGreaterThan(100);

    rmSync(dataDir, { recursive: true });
    cpSync(copy, dataDir, { recursive: true });
    chmodSync(dataDir, 0o700);
    const third = await start();
    await third.pop();
    await vi.waitFor(() => expect(third.entries().map(({ type }) => type)).toContain('inconsistent'), WAIT);
    await third.pop();
    await third.stop();
    const reason = expect.stringContaining(`a receiver has a checkpoint of ${countIn(furthest)} entries`);
    expect(third.entries().filter(({ type }) => type === 'inconsistent')).toMatchObject([{ detail: reason }]);
    const evidence = await evidenceIn(dataDir);
    expect(verifyLog(auditDir(dataDir), evidence)).toMatchObject({ verdict: 'tampered' });
  });

  test.each([
    ['none of ours', () => Buffer.from('a checkpoint').toString('base64')],
    ['of its own making', (given: string) => given.replace(/.{8}$/, 'AAAAAAA=')],
    ['too long to be looked at', (given: string) => given.repeat(20)],
  ])('is taken as delivered when it is answered with a checkpoint that is %s', async (_, forge) => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    receiver.answer = (response, { headers }) =>
      response
        .writeHead(200, { 'poptray-audit-checkpoint': forge(headers['poptray-audit-checkpoint'] ?? '') })
        .end();
    await app.post({ userId: USER });
    await receiver.got(1);
    await vi.waitFor(
      () =>
        expect(app.entries().find(({ type }) => type === 'webhook')).toMatchObject({ status: 'delivered' }),
      WAIT,
    );
    const log = readFileSync(join(app.dataDir, 'logs', 'poptray.log'), 'utf8');
    expect(log.match(/a receiver has sent back a checkpoint that is none of this log/g)).toHaveLength(1);
    await app.stop();
    expect(app.entries().filter(({ type }) => type === 'inconsistent')).toEqual([]);
  });

  test('has nothing taken from a receiver that did not take its message', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    receiver.answer = (response) => response.writeHead(500, { 'poptray-audit-checkpoint': 'x' }).end();
    await app.post({ userId: USER });
    await receiver.got(1);
    await app.stop();
    const log = readFileSync(join(app.dataDir, 'logs', 'poptray.log'), 'utf8');
    expect(log).not.toContain('a receiver has sent back');
  });

  test('is told of failures as such, and of nothing that was not tried', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    destination.onPop(reply(403));
    await app.post({ userId: USER, phase: 'ended' });
    await app.post({ userId: USER, expiresAt: '2020-01-01T00:00:00Z' });
    await app.post({ userId: 'not a user' });
    await app.post({ userId: USER, idempotencyKey: 'k' });
    await receiver.got(1);
    await app.stop();
    const events = receiver.received.map(({ body }) => JSON.parse(body).event);
    expect(events).toEqual(['screenpop_failed']);
  });

  test('does not take a focus that nobody reported for one that was lost', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    destination.onPop(reply(204), reply(200, { windowFocused: false }));
    for (let turn = 0; turn < 2; turn += 1) await app.post({ userId: USER });
    await receiver.got(2);
    const focus = receiver.received.map(({ body }) => JSON.parse(body).windowFocus);
    expect(focus.toSorted()).toEqual([false, null]);
    const results = app.entries().filter(({ type }) => type === 'result');
    expect(results.map(({ focusTracked, windowFocused }) => [focusTracked, windowFocused])).toEqual([
      [false, null],
      [true, false],
    ]);
    const metrics = await (await call(app, '/metrics')).text();
    expect(metrics).toContain('poptray_pop_focus_total{focused="unknown"} 1');
    expect(metrics).toContain('poptray_pop_focus_total{focused="false"} 1');
  });

  test('F23 that hangs delays neither the pop nor its place in the log', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    receiver.answer = hang;
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    const replies: number[] = [];
    for (let turn = 0; turn < 100; turn += 1) {
      const began = performance.now();
      expect((await app.post({ userId: USER })).status).toBe(200);
      replies.push(performance.now() - began);
    }
    expect(receiver.received.length).toBe(4);
    // Fifteen seconds is what one call to the receiver may take.
    expect(replies.toSorted((a, b) => a - b)[50]).toBeLessThan(5000);
    expect(app.entries().filter((entry) => entry.status === 'delivered')).toHaveLength(100);
    await app.stop();
  });

  test('that is not there delays nothing either', async () => {
    const destination = await startStubDestination();
    const app = await startTestApp({ destination: destination.url, env: withWebhook('http://127.0.0.1:1/') });
    expect((await app.post({ userId: USER })).status).toBe(200);
  });

  test('gets its dead letters again when a person asks for it', async () => {
    const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
    receiver.next(status(410));
    const app = await startTestApp({ destination: destination.url, env: withWebhook(receiver.url) });
    const { popId } = (await (await app.post({ userId: USER })).json()) as { popId: string };
    const letters = await vi.waitFor(async () => {
      const found = (await (await call(app, '/webhooks/dead-letters')).json()) as object[];
      expect(found).toHaveLength(1);
      return found;
    });
    const id = `msg_${popId}`;
    expect(letters).toEqual([{ id, webhook: 'productivity', popId, attempts: 1, failure: 'gone' }]);

    // Stopped: no pop names it any more.
    await app.post({ userId: USER });
    expect(app.entries().findLast(({ type }) => type === 'result')?.webhooks).toEqual([]);

    const path = '/webhooks/dead-letters/resend';
    expect((await call(app, path, { id: 'msg_none', webhook: 'productivity' })).status).toBe(404);
    expect((await call(app, path, { id, webhook: 'productivity' })).status).toBe(202);
    expect(await receiver.got(2)).toEqual([id, id]);
    await vi.waitFor(async () =>
      expect(await (await call(app, '/webhooks/dead-letters')).json()).toEqual([]),
    );
    await app.post({ userId: USER });
    await receiver.got(3);
  });
});
