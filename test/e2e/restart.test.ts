import { existsSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deliveringTo, WEBHOOK_SECRET } from '../support/environment.ts';
import { startHeadless } from '../support/headless.ts';
import { hang, startReceiver, status } from '../support/receiver.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, USER } from '../support/test-app.ts';

const trigger = { userId: USER, customerData: { case: 'C-1' }, idempotencyKey: 'key-1' };

/** A destination, and an app that can be stopped and started again on the same folder. */
async function startRestartable(more: Parameters<typeof startTestApp>[0] = {}) {
  const destination = await startStubDestination();
  const dataDir = join(tempDir(), 'data');
  const start = () => startTestApp({ ...more, destination: destination.url, dataDir });
  return { destination, dataDir, start };
}

describe('after an orderly restart', () => {
  test('a finished key brings the same bytes, and no second pop', async () => {
    const { destination, start, dataDir } = await startRestartable();
    const first = await start();
    const answer = await (await first.post(trigger)).text();
    await first.stop();
    const second = await start();
    const again = await second.post(trigger);
    expect([again.status, await again.text()]).toEqual([200, answer]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(destination.pops).toHaveLength(1);
    // All was written down: nothing had to be read from the log.
    expect(readFileSync(join(dataDir, 'logs', 'poptray.log'), 'utf8')).not.toContain('caught up');
  });

  test('it does so too when the database was lost', async () => {
    const { destination, start, dataDir } = await startRestartable();
    const first = await start();
    const answer = await (await first.post(trigger)).text();
    await first.stop();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `poptray.db${suffix}`), { force: true });
    const second = await start();
    expect(await (await second.post(trigger)).text()).toBe(answer);
    expect(destination.pops).toHaveLength(1);
    expect(readFileSync(join(dataDir, 'logs', 'poptray.log'), 'utf8')).toContain('caught up entries=3');
  });

  test('a key with another payload is refused', async () => {
    const { start } = await startRestartable();
    const first = await start();
    await first.post(trigger);
    await first.stop();
    const second = await start();
    const other = await second.post({ ...trigger, customerData: { case: 'C-2' } });
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'key_reused' });
  });

  test('a failed key may be tried again, and keeps its key at the destination', async () => {
    const { destination, start } = await startRestartable();
    destination.onPop(reply(403));
    const first = await start();
    expect((await first.post(trigger)).status).toBe(502);
    await first.stop();
    const second = await start();
    expect((await second.post(trigger)).status).toBe(200);
    expect(destination.pops.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1']);
  });

  test('a call that popped a moment ago does not pop again; one that failed does', async () => {
    const { destination, start } = await startRestartable();
    const ringing = { userId: USER, interactionId: 'call-1', phase: 'ringing' };
    const first = await start();
    await first.post(ringing);
    destination.onPop(reply(403));
    await first.post({ ...ringing, interactionId: 'call-2' });
    await first.stop();
    const second = await start();
    const again = await second.post({ ...ringing, phase: 'answered' });
    expect(await again.json()).toMatchObject({ status: 'suppressed', reason: 'dedupe' });
    const failed = await second.post({ ...ringing, interactionId: 'call-2' });
    expect(await failed.json()).toMatchObject({ status: 'delivered' });
  });

  test('a call pops again once it has been forgotten', async () => {
    const { start } = await startRestartable({ settings: { interactionLifetimeMs: 1 } });
    const first = await start();
    await first.post({ userId: USER, interactionId: 'call-1' });
    await first.stop();
    const second = await start();
    const again = await second.post({ userId: USER, interactionId: 'call-1' });
    expect(await again.json()).toMatchObject({ status: 'delivered' });
  });

  test('webhooks that could not be sent are, each with its own id and bytes', async () => {
    const receiver = await startReceiver();
    receiver.answer = hang;
    const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
    const { start } = await startRestartable({ env });
    const first = await start();
    for (let turn = 0; turn < 6; turn += 1) await first.post({ userId: USER });
    await receiver.got(4);
    await first.stop();
    receiver.answer = status(204);
    const cut = receiver.received.splice(0);
    const second = await start();
    await receiver.got(6);
    await second.stop();
    const bodies = new Map(receiver.received.map(({ id, body }) => [id, body]));
    expect(bodies.size).toBe(6);
    for (const { id, body } of cut) expect(bodies.get(id)).toBe(body);
    const third = await start();
    await third.post({ userId: USER });
    await receiver.got(7);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(7);
  });
});

describe('SIGTERM', () => {
  /** A headless app whose destination holds each pop until it is told to let go. */
  async function startWithPopUnderWay() {
    const destination = await startStubDestination();
    const held = Promise.withResolvers<() => void>();
    destination.onPop((received, response) =>
      held.resolve(() => reply(200, { windowFocused: true })(received, response)),
    );
    const dataDir = join(tempDir(), 'data');
    const env = deliveringTo(destination.url);
    const app = await startHeadless({ dataDir, env });
    const answer = app.post(trigger);
    const release = await held.promise;
    return { app, answer, release, dataDir };
  }

  test('closes the port, answers what was accepted, and ends with 0', async () => {
    const { app, answer, release, dataDir } = await startWithPopUnderWay();
    app.kill('SIGTERM');
    await untilClosed(app.url);
    release();
    const response = await answer;
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ status: 'delivered' }),
    ]);
    expect(await app.ended, app.output()).toBe(0);
    expect(existsSync(join(dataDir, 'endpoint.json'))).toBe(false);
  });

  test('sent twice ends at once', async () => {
    const { app, answer, release } = await startWithPopUnderWay();
    const cut = expect(answer).rejects.toThrow();
    app.kill('SIGTERM');
    await untilClosed(app.url);
    // What comes within half a second of the first is taken for the first.
    const again = setInterval(() => app.kill('SIGTERM'), 100);
    expect(await app.ended).toBe(1);
    clearInterval(again);
    await cut;
    release();
  });
});

/** Resolves when nobody listens there any more. */
async function untilClosed(url: string): Promise<void> {
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (!isOpen) return;
  }
}
