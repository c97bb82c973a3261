import { expect, test } from 'vitest';
import { createActivity } from '../../main/app/activity.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('pops press from a trigger on until there was none for ten milliseconds', async () => {
  const clock = createFakeClock();
  const activity = createActivity(clock);
  expect(activity.isOn()).toBe(false);
  for (let n = 0; n < 3; n += 1) {
    activity.note(clock.monotonic());
    await clock.advance(9);
    expect(activity.isOn()).toBe(true);
  }
  await clock.advance(1);
  expect(activity.isOn()).toBe(false);
});

test('it is idle before the first trigger, and again once there was none for five seconds', async () => {
  const clock = createFakeClock();
  const activity = createActivity(clock);
  expect(activity.isIdle()).toBe(true);
  activity.note(clock.monotonic());
  await clock.advance(4999);
  expect(activity.isIdle()).toBe(false);
  await clock.advance(1);
  expect(activity.isIdle()).toBe(true);
});
