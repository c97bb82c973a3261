/** What is told of the end of a call, for whoever has shown its page. */
import { expect, test } from 'vitest';
import { createWorld } from './world.ts';

const RING = { interactionId: 'call-1', phase: 'ringing' } as const;

test('that nobody has answered is told once, by the key that the destination has', async () => {
  const { pop, callEnds, sent } = createWorld();
  await pop({ ...RING, idempotencyKey: 'the-key' });
  for (const key of ['end-1', 'end-2']) await pop({ ...RING, phase: 'ended', idempotencyKey: key });
  expect(callEnds.map(({ key, isUnanswered }) => [key, isUnanswered()])).toEqual([['the-key', true]]);
  expect(sent().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['the-key']);
});

test('that was answered is told as that, also where the answer is overtaken', async () => {
  for (const phases of [
    ['answered', 'ended'],
    ['ended', 'answered'],
  ] as const) {
    const { pop, callEnds } = createWorld();
    await pop(RING);
    for (const phase of phases) await pop({ ...RING, phase });
    expect(callEnds.map(({ isUnanswered }) => isUnanswered())).toEqual([false]);
  }
});

test.each([
  ['shorter than a phone rings', 119_000, true],
  ['longer', 120_000, false],
])(
  'after %s is unanswered: only a phone that tells no answers goes on for longer',
  async (_what, ms, isUnanswered) => {
    const { pop, callEnds, clock } = createWorld();
    await pop(RING);
    await clock.advance(ms);
    await pop({ ...RING, phase: 'ended' });
    expect(callEnds[0]?.isUnanswered()).toBe(isUnanswered);
  },
);

test('that is of another party, of no call that popped, or a person’s own wish, is told nobody', async () => {
  const { pop, callEnds } = createWorld();
  await pop({ call: { from: '+41301234567', direction: 'inbound' }, phase: 'ringing' });
  await pop({ call: { from: '+41301234568', direction: 'inbound' }, phase: 'ended' });
  await pop({ interactionId: 'unknown', phase: 'ended' });
  await pop({ interactionId: 'wish', phase: 'manual' });
  await pop({ interactionId: 'wish', phase: 'ended' });
  expect(callEnds).toEqual([]);
  await pop({ call: { from: '+41301234567', direction: 'inbound' }, phase: 'ended' });
  expect(callEnds.map(({ isUnanswered }) => isUnanswered())).toEqual([true]);
});
