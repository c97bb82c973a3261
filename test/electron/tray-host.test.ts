import { expect, test, vi } from 'vitest';
import { whenTrayHostComes } from '../../main/electron/tray-host.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function watch(answers: (boolean | undefined)[]) {
  const clock = createFakeClock();
  const act = vi.fn();
  let asked = 0;
  const hasHost = async () => answers[Math.min(asked++, answers.length - 1)];
  const end = whenTrayHostComes(hasHost, clock, act);
  return { clock, act, end, asked: () => asked };
}

test('a place for the icon that comes late has it shown anew, once', async () => {
  const { clock, act, asked } = watch([false, false, true]);
  await clock.advance(60_000);
  expect([act.mock.calls.length, asked()]).toEqual([1, 3]);
});

test.each([
  ['was there from the start', true],
  ['nobody can say anything of', undefined],
])('for a place that %s nothing is done, and nobody asks again', async (_, answer) => {
  const { clock, act, asked } = watch([answer]);
  await clock.advance(60_000);
  expect([act.mock.calls.length, asked()]).toEqual([0, 1]);
});

test('it is not looked for for ever, nor after the end', async () => {
  const patient = watch([false]);
  await patient.clock.advance(600_000);
  expect(patient.asked()).toBe(61);
  const ended = watch([false, true]);
  await ended.clock.advance(0);
  ended.end();
  await ended.clock.advance(10_000);
  expect(ended.act).not.toHaveBeenCalled();
});
