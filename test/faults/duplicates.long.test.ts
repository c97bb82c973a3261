import { expect, test, vi } from 'vitest';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

vi.setConfig({ testTimeout: 60_000 });

test('F15 one trigger sent ten thousand times at once is one call, one delivery, and one answer for all', async () => {
  const destination = await startStubDestination();
  const release = Promise.withResolvers<void>();
  destination.onPop(async (_received, response) => {
    await release.promise;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"windowFocused":true}');
  });
  const app = await startTestApp({ destination: destination.url });
  const trigger = { userId: USER, idempotencyKey: 'call-1', customerData: { name: 'Ada' } };
  const before = process.memoryUsage().heapUsed;
  const answers = new Map<string, number>();
  const callers = Array.from({ length: 500 }, async (_, caller) => {
    for (let turn = 0; turn < 20; turn += 1) {
      const response = await app.post(trigger);
      const text = `${response.status} ${await response.text()}`;
      answers.set(text, (answers.get(text) ?? 0) + 1);
    }
    return caller;
  });
  await vi.waitFor(() => expect(destination.pops).toHaveLength(1), { timeout: 30_000 });
  release.resolve();
  await Promise.all(callers);
  expect([...answers.values()]).toEqual([10_000]);
  expect([...answers.keys()][0]).toMatch(/^200 .*"status":"delivered"/);
  expect(destination.pops).toHaveLength(1);
  expect(app.entries().filter(({ type }) => type === 'result')).toHaveLength(1);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(300 * 1024 * 1024);
});
