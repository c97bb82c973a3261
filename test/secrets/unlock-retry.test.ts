import { expect, test } from 'vitest';
import { createUnlockRetry } from '../../main/secrets/unlock-retry.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const MINUTE = 60_000;

/** `dialogMs`: for as long a dialog stands open before it is turned down. */
function start({ dialogMs = 0 } = {}) {
  const clock = createFakeClock();
  const tries: number[] = [];
  const began = clock.monotonic();
  const state = { isUnlocked: false };
  const unlockRetry = createUnlockRetry(clock, async () => {
    tries.push(Math.floor((clock.monotonic() - began) / MINUTE));
    if (dialogMs > 0) await new Promise<void>((resolve) => clock.after(dialogMs, resolve));
    return state.isUnlocked;
  });
  return { clock, tries, state, unlockRetry };
}

test('F21 a locked keychain is tried at once, then every minute, until it is open', async () => {
  const { clock, tries, state } = start();
  await clock.advance(3 * MINUTE);
  expect(tries).toEqual([0, 1, 2, 3]);
  state.isUnlocked = true;
  await clock.advance(60 * MINUTE);
  expect(tries).toEqual([0, 1, 2, 3, 4]);
  expect(clock.pending()).toEqual([]);
});

test('F21 somebody who turns its dialog down is asked ever more rarely, and never twice at once', async () => {
  const { clock, tries } = start({ dialogMs: 5000 });
  await clock.advance(4 * 60 * MINUTE);
  const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
  expect(Math.max(...waits)).toBeLessThanOrEqual(61);
});

test('F21 a pop that finds it locked has it tried, but raises no storm of dialogs', async () => {
  const quick = start();
  await quick.clock.advance(2000);
  quick.unlockRetry.tryNow();
  quick.unlockRetry.tryNow();
  await quick.clock.advance(0);
  expect(quick.tries).toHaveLength(2);

  const asking = start({ dialogMs: 10 * MINUTE });
  for (let second = 0; second < 10 * 60; second += 1) {
    await asking.clock.advance(1000);
    asking.unlockRetry.tryNow();
  }
  expect(asking.tries).toEqual([0]);
  await asking.clock.advance(30_000);
  asking.unlockRetry.tryNow();
  expect(asking.tries).toEqual([0]);
});

test('a try that fails for another reason does not end it, a stop does', async () => {
  const clock = createFakeClock();
  let tries = 0;
  const unlockRetry = createUnlockRetry(clock, () => {
    tries += 1;
    return Promise.reject(new Error('the disk is full'));
  });
  await clock.advance(MINUTE);
  expect(tries).toBe(2);
  unlockRetry.stop();
  await clock.advance(60 * MINUTE);
  unlockRetry.tryNow();
  expect(tries).toBe(2);
});
