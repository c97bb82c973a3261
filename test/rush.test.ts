import { expect, test } from 'vitest';
import { createRush } from '../main/rush.ts';
import { createFakeClock } from './support/fake-clock.ts';

test('pops press from a trigger on until there was none for ten milliseconds', async () => {
  const clock = createFakeClock();
  const rush = createRush(clock);
  expect(rush.isOn()).toBe(false);
  for (let n = 0; n < 3; n += 1) {
    rush.note(clock.monotonic());
    await clock.advance(9);
    expect(rush.isOn()).toBe(true);
  }
  await clock.advance(1);
  expect(rush.isOn()).toBe(false);
});

test('it is idle before the first trigger, and again once there was none for five seconds', async () => {
  const clock = createFakeClock();
  const rush = createRush(clock);
  expect(rush.isIdle()).toBe(true);
  rush.note(clock.monotonic());
  await clock.advance(4999);
  expect(rush.isIdle()).toBe(false);
  await clock.advance(1);
  expect(rush.isIdle()).toBe(true);
});
