/** A machine that slept, and one without a network for a while. */
import { expect, test, vi } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

vi.setConfig({ testTimeout: 60_000 });

const token = (number: number) =>
  reply(200, { access_token: `token-${number}`, token_type: 'bearer', expires_in: 300 });

test('F31 after a sleep there is a fresh token before the first pop, one for all, and no burst above the rate limit', async () => {
  const destination = await startStubDestination();
  const clock = createFakeClock();
  const app = await startTestApp({
    destination: destination.url,
    clock,
    env: { POPTRAY_RATE_LIMIT: '5' },
  });
  destination.onToken(token(1), token(2));
  expect((await app.post({ userId: USER })).status).toBe(200);
  clock.suspend(600_000);
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: 60 }, () => app.post({ userId: USER })));
  const seconds = (performance.now() - began) / 1000;
  const delivered = answers.filter(({ status }) => status === 200).length;
  expect(delivered).toBeGreaterThanOrEqual(4);
  // A window of a second may have begun before, and another one begins with each second that they took.
  expect(delivered).toBeLessThanOrEqual(5 * (Math.ceil(seconds) + 1));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(60 - delivered);
  const used = destination.pops.map(({ headers }) => headers.authorization);
  expect(used).toEqual(['Bearer token-1', ...Array(delivered).fill('Bearer token-2')]);
  expect(destination.tokenCalls).toHaveLength(2);
});

test('F31 after ten minutes without a network nothing that failed comes late: only the next pop goes out, with a fresh token', async () => {
  const destination = await startStubDestination();
  const clock = createFakeClock();
  // The clock runs far faster than the network.
  const settings = { attemptTimeoutMs: 600_000, totalDeadlineMs: 600_000 };
  const app = await startTestApp({ destination: destination.url, clock, settings });
  destination.onToken(token(1));
  expect((await app.post({ userId: USER })).status).toBe(200);
  let isDown = true;
  const whenUp = (answer: ReturnType<typeof reply>) =>
    Array.from({ length: 50 }, (): typeof answer => (received, response) => {
      if (isDown) response.destroy();
      else answer(received, response);
    });
  destination.onPop(...whenUp(reply(200, { windowFocused: true })));
  destination.onToken(...whenUp(token(2)));
  for (let minute = 0; minute < 10; minute += 1) {
    let status = 0;
    void app.post({ userId: USER }).then((answer) => {
      status = answer.status;
    });
    const statusLater = () => clock.advance(50).then(() => status);
    await expect.poll(statusLater, { interval: 2, timeout: 20_000 }).toBe(503);
    await clock.advance(60_000);
  }
  const tried = destination.pops.length;
  const asked = destination.tokenCalls.length;
  isDown = false;
  await clock.advance(600_000);
  expect([destination.pops.length, destination.tokenCalls.length]).toEqual([tried, asked]);
  expect((await app.post({ userId: USER })).status).toBe(200);
  expect(destination.tokenCalls).toHaveLength(asked + 1);
  expect(destination.pops).toHaveLength(tried + 1);
});
