import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ensureDataDir } from '../../main/platform/data-dir.ts';
import { fillLog } from '../bench/fill-log.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { hang, startReceiver, status } from '../support/receiver.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestApp, USER } from '../support/test-app.ts';

const ENTRIES = 40_000;

async function statusOf(app: TestApp) {
  const answer = await app.dashboard.call('status', {});
  if (!answer.ok) throw new Error(answer.code);
  return answer.value;
}

async function pages(app: TestApp): Promise<number> {
  const answer = await app.dashboard.call('auditQuery', { filter: {}, offset: 0, limit: 1 });
  if (!answer.ok) throw new Error(answer.code);
  return answer.value.total;
}

test('over a long log pops begin before the history is whole; keys, calls and webhooks are as before the start', async () => {
  const dataDir = join(tempDir(), 'data');
  ensureDataDir(dataDir);
  await fillLog(dataDir, ENTRIES, 10);
  const destination = await startStubDestination();
  const receiver = await startReceiver();
  receiver.answer = hang;
  const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const start = () => startTestApp({ dataDir, env, destination: destination.url });
  const isWhole = (app: TestApp) =>
    vi.waitFor(async () => expect((await statusOf(app)).rebuilding).toBeNull(), 20_000);

  const first = await start();
  await isWhole(first);
  const before = await pages(first);
  const keyed = { userId: USER, idempotencyKey: 'k', interactionId: 'call' };
  const body = await (await first.post(keyed)).text();
  await receiver.got(1);
  await first.stop();
  rmSync(join(dataDir, 'poptray.db'));

  receiver.answer = status(204);
  const second = await start();
  const found = await statusOf(second);
  expect(found.rebuilding).toBeLessThan(1);
  expect(await (await second.post({ userId: USER })).json()).toMatchObject({ status: 'delivered' });
  const again = await second.post(keyed);
  expect([await again.text(), again.headers.get('idempotent-replayed')]).toEqual([body, 'true']);
  const { idempotencyKey: _, ...sameCall } = keyed;
  expect(await (await second.post(sameCall)).json()).toMatchObject({ reason: 'dedupe' });
  expect((await statusOf(second)).rebuilding).not.toBeNull();
  expect(receiver.received).toHaveLength(1);

  await isWhole(second);
  // The one that was cut off, and the one of the pop since the start; each once.
  await receiver.got(3);
  await second.stop();
  const said = readFileSync(join(dataDir, 'logs', 'poptray.log'), 'utf8');
  expect(said).toMatch(/being built anew from the log done="\d+ %".+the history is whole again/s);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2);
  expect(destination.pops).toHaveLength(2);

  const third = await start();
  expect((await statusOf(third)).rebuilding).toBeNull();
  expect(await pages(third)).toBe(before + 3);
  await third.stop();
  expect(receiver.received).toHaveLength(3);
});
