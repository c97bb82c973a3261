import { expect, test } from 'vitest';
import { createRecentTriggers } from '../../main/pipeline/recent-triggers.ts';

const trigger = (key: string) => ({
  userId: 'agent-1',
  idempotencyKey: key,
  interactionId: 'call-1',
  leg: '1',
  phase: 'ringing' as const,
  expiresAt: '2026-11-23T12:00:00Z',
  repeat: true,
  customerData: { name: 'Ada' },
});

test('the last two hundred can be tried again, and the oldest makes room', () => {
  const recent = createRecentTriggers();
  for (let pop = 0; pop < 450; pop += 1) recent.remember(`p${pop}`, trigger(`k${pop}`));
  const kept = Array.from({ length: 450 }, (_, pop) => recent.toTryAgain(`p${pop}`)?.idempotencyKey);
  expect(kept.filter(Boolean)).toEqual(Array.from({ length: 200 }, (_, at) => `k${at + 250}`));
});

test('tried again, it is the same trigger without its expiry; as a new pop it is of no call and has no key', () => {
  const recent = createRecentTriggers();
  recent.remember('p', trigger('k'));
  const { expiresAt, ...again } = trigger('k');
  expect(recent.toTryAgain('p')).toEqual(again);
  expect(recent.toPopAsNew('p')).toEqual({
    userId: 'agent-1',
    phase: 'manual',
    customerData: { name: 'Ada' },
  });
  expect([recent.toTryAgain('q'), recent.toPopAsNew('q')]).toEqual([undefined, undefined]);
});
