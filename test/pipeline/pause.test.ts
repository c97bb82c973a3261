import { expect, test } from 'vitest';
import { createPause } from '../../main/pipeline/pause.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const MINUTE_MS = 60_000;

function setUp() {
  const clock = createFakeClock();
  let changes = 0;
  const pause = createPause(clock, () => {
    changes += 1;
  });
  return { clock, pause, changes: () => changes };
}

test('a pause ends by itself after its minutes, and says so', async () => {
  const { clock, pause, changes } = setUp();
  pause.set(30);
  expect(pause.until()).toBe(clock.now() + 30 * MINUTE_MS);
  await clock.advance(30 * MINUTE_MS - 1);
  expect([pause.until() !== null, changes()]).toEqual([true, 1]);
  await clock.advance(1);
  expect([pause.until(), changes()]).toEqual([null, 2]);
});

test('a pause that is set anew ends when the new one does, and not before', async () => {
  const { clock, pause } = setUp();
  pause.set(1);
  pause.set(30);
  await clock.advance(29 * MINUTE_MS);
  expect(pause.until()).not.toBeNull();
  pause.set('until-resumed');
  await clock.advance(60 * MINUTE_MS);
  expect(pause.until()).toBe('until-resumed');
});

test('a person ends it before its time, once', async () => {
  const { clock, pause, changes } = setUp();
  pause.set(30);
  pause.set(null);
  await clock.advance(60 * MINUTE_MS);
  expect([pause.until(), changes()]).toEqual([null, 2]);
});

test('the machine’s sleep counts, although no timer fires in it', () => {
  const { clock, pause } = setUp();
  pause.set(30);
  clock.suspend(30 * MINUTE_MS);
  expect(pause.until()).toBeNull();
});
