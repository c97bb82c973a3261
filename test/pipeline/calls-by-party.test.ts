import { describe, expect, test } from 'vitest';
import type { Trigger } from '../../shared/trigger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeLog } from './fake-log.ts';
import { createWorld } from './world.ts';

const held = (reason: string) => ({ status: 'suppressed', reason });
const DELIVERED = { status: 'delivered' };
const from = (party: string, phase?: Trigger['phase'], more: Partial<Trigger> = {}): Partial<Trigger> => ({
  call: { from: party, direction: 'inbound' },
  ...(phase && { phase }),
  ...more,
});
const ADA = '+49 30 901820';

/** Sends one trigger after the other, so many seconds apart; how each was answered. */
async function answersTo(steps: readonly (readonly [number, Partial<Trigger>])[]) {
  const { pop, clock } = createWorld();
  const answers: string[] = [];
  for (const [seconds, trigger] of steps) {
    await clock.advance(seconds * 1000);
    const { status, reason } = await pop(trigger);
    answers.push(reason ?? status);
  }
  return answers;
}

describe('a call without an id is known by the other party', () => {
  test('C01 answered within two minutes of ringing is the same call', async () => {
    expect(
      await answersTo([
        [0, from(ADA, 'ringing')],
        [119, from(ADA, 'answered')],
      ]),
    ).toEqual(['delivered', 'dedupe']);
    expect(
      await answersTo([
        [0, from(ADA, 'ringing')],
        [120, from(ADA, 'answered')],
      ]),
    ).toEqual(['delivered', 'delivered']);
  });

  test('answered within two minutes of the last ringing is the same call, and may be told twice', async () => {
    const rings = Array.from({ length: 20 }, () => [9, from(ADA, 'ringing')] as const);
    const answers = await answersTo([...rings, [100, from(ADA, 'answered')], [15, from(ADA, 'answered')]]);
    expect(answers).toEqual(['delivered', ...Array.from({ length: 21 }, () => 'dedupe')]);
  });

  test.each(['ringing', 'answered', undefined] as const)(
    'the same phase (%s) within ten seconds is a repeat, and later another call',
    async (phase) => {
      const answers = await answersTo([
        [0, from(ADA, phase)],
        [9.999, from(ADA, phase)],
        [10, from(ADA, phase)],
      ]);
      expect(answers).toEqual(['delivered', 'dedupe', 'delivered']);
    },
  );

  test('a key that comes again is no event: the next call is counted from the ringing', async () => {
    const answers = await answersTo([
      [0, from(ADA, 'ringing', { idempotencyKey: 'k' })],
      [9, from(ADA, 'ringing', { idempotencyKey: 'k' })],
      [1, from(ADA, 'ringing')],
    ]);
    expect(answers).toEqual(['delivered', 'delivered', 'delivered']);
  });

  test('a ringing after answered, and one after the end, is another call', async () => {
    const answers = await answersTo([
      [0, from(ADA, 'ringing')],
      [2, from(ADA, 'answered')],
      [2, from(ADA, 'ringing')],
      [2, from(ADA, 'ended')],
      [1, from(ADA, 'ringing')],
    ]);
    expect(answers).toEqual(['delivered', 'dedupe', 'delivered', 'policy', 'delivered']);
  });

  test('an answered that the end has overtaken shows nothing', async () => {
    const answers = await answersTo([
      [0, from(ADA, 'ringing')],
      [2, from(ADA, 'ended')],
      [0.1, from(ADA, 'answered')],
    ]);
    expect(answers).toEqual(['delivered', 'policy', 'ended']);
  });

  test('the end of a call that nobody has heard of keeps the next one from nothing', async () => {
    expect(
      await answersTo([
        [0, from(ADA, 'ended')],
        [1, from(ADA, 'ringing')],
      ]),
    ).toEqual(['policy', 'delivered']);
  });

  test('its windows are those of the settings', async () => {
    const { pop, settings, clock } = createWorld();
    settings.config = { ...settings.config, dedupeWindowMs: 0, ringWindowMs: 1000 };
    expect(await pop(from(ADA, 'ringing'))).toMatchObject(DELIVERED);
    expect(await pop(from(ADA, 'ringing'))).toMatchObject(DELIVERED);
    await clock.advance(999);
    expect(await pop(from(ADA, 'answered'))).toMatchObject(held('dedupe'));
    await clock.advance(1);
    expect(await pop(from(ADA, 'answered'))).toMatchObject(DELIVERED);
  });

  test.each<[string, Partial<Trigger>]>([
    ['party', from('+49 30 1111')],
    ['user', from(ADA, undefined, { userId: 'another-agent' })],
    ['application', from(ADA, undefined, { application: 'other' })],
  ])('another %s is another call', async (_name, other) => {
    const { pop, settings } = createWorld();
    const applications = settings.config.applications.flatMap((one) => [one, { ...one, id: 'other' }]);
    settings.config = { ...settings.config, applications };
    await pop(from(ADA));
    expect(await pop(other)).toMatchObject(DELIVERED);
  });

  test('the other party of an outgoing call is the called one', async () => {
    const to = (party: string): Partial<Trigger> => ({
      call: { from: '101', to: party, direction: 'outbound' },
    });
    expect(
      await answersTo([
        [0, to(ADA)],
        [0, to('+49 40 1')],
        [0, to(ADA)],
      ]),
    ).toEqual(['delivered', 'delivered', 'dedupe']);
  });

  test('time that the machine has slept counts', async () => {
    const { pop, clock } = createWorld();
    await pop(from(ADA, 'ringing'));
    clock.suspend(11_000);
    expect(await pop(from(ADA, 'ringing'))).toMatchObject(DELIVERED);
  });
});

test('the calls of a party are read from the log once', async () => {
  const clock = createFakeClock();
  const log = createFakeLog(clock);
  const reads: string[] = [];
  const callsOf = (party: string) => {
    reads.push(party);
    return log.callsOf(party);
  };
  const { pop } = createWorld({ clock, log: { ...log, callsOf } });
  for (let ring = 0; ring < 3; ring += 1) {
    await pop(from(ADA, 'ringing'));
    await clock.advance(9000);
  }
  expect(reads).toHaveLength(1);
});

describe('withheld callers', () => {
  test.each(['anonymous', '', 'sip:anonymous@anonymous.invalid', 'Restricted', 'Unknown Number'])(
    'are never taken for one another: %j',
    async (party) => {
      expect(
        await answersTo([
          [0, from(party, 'ringing')],
          [0, from(party, 'ringing')],
        ]),
      ).toEqual(['delivered', 'delivered']);
    },
  );

  test('are one call where the phone gives it an id', async () => {
    const id = { interactionId: 'call-1' };
    expect(
      await answersTo([
        [0, from('anonymous', 'ringing', id)],
        [30, from('', 'answered', id)],
      ]),
    ).toEqual(['delivered', 'dedupe']);
  });
});

describe('an id that is nothing but a number or a word for a withheld caller is no id', () => {
  const id = (interactionId: string, phase: Trigger['phase']) => ({ interactionId, phase });

  test('C06 a redial after the end pops', async () => {
    const answers = await answersTo([
      [0, id('004930901820', 'ringing')],
      [2, id('+49 30 901820', 'ended')],
      [1, id('tel:+49-30-901820', 'ringing')],
    ]);
    expect(answers).toEqual(['delivered', 'policy', 'delivered']);
  });

  test('C06 two withheld callers both pop', async () => {
    expect(
      await answersTo([
        [0, id('anonymous', 'ringing')],
        [0, id('anonymous', 'ringing')],
      ]),
    ).toEqual(['delivered', 'delivered']);
  });

  test('it is the other party, so that ringing and answered are one pop', async () => {
    expect(
      await answersTo([
        [0, id('101', 'ringing')],
        [20, id('101', 'answered')],
      ]),
    ).toEqual(['delivered', 'dedupe']);
  });

  test('the party that the call names counts before it', async () => {
    const { pop } = createWorld();
    const one = { interactionId: '4000', phase: 'ringing' } as const;
    expect(await pop({ ...one, ...from(ADA) })).toMatchObject(DELIVERED);
    expect(await pop({ ...one, ...from('+49 40 1') })).toMatchObject(DELIVERED);
    expect(await pop(from(ADA, 'answered'))).toMatchObject(held('dedupe'));
  });
});

describe('a trigger without an id', () => {
  const withId = (phase: Trigger['phase']) => from(ADA, phase, { interactionId: 'call-1' });

  test('joins an open call with one of the same other party', async () => {
    const answers = await answersTo([
      [0, withId('ringing')],
      [1, from(ADA, 'ringing')],
      [119, from(ADA, 'answered')],
      [119, withId('answered')],
    ]);
    expect(answers).toEqual(['delivered', 'dedupe', 'dedupe', 'dedupe']);
  });

  test('joins a transferred call by its new party, and by its first one no longer', async () => {
    const transferred = from('+49 40 1', 'answered', { interactionId: 'call-1' });
    const answers = await answersTo([
      [0, withId('ringing')],
      [1, transferred],
      [1, from('+49 40 1', 'answered')],
      [1, from(ADA, 'ringing')],
    ]);
    expect(answers).toEqual(['delivered', 'dedupe', 'dedupe', 'delivered']);
  });

  test('joins none that nothing was heard of for two minutes', async () => {
    expect(
      await answersTo([
        [0, withId('ringing')],
        [120, from(ADA, 'ringing')],
      ]),
    ).toEqual(['delivered', 'delivered']);
  });

  test('joins none that has ended', async () => {
    const answers = await answersTo([
      [0, withId('ringing')],
      [1, withId('ended')],
      [1, from(ADA, 'ringing')],
    ]);
    expect(answers).toEqual(['delivered', 'policy', 'delivered']);
  });

  test.each<[string, Partial<Trigger>]>([
    ['user', { userId: 'another-agent' }],
    ['party', { call: { from: '101', direction: 'inbound' } }],
    ['application', { application: 'other' }],
  ])('joins none of another %s', async (_name, other) => {
    const { pop, settings } = createWorld();
    const applications = settings.config.applications.flatMap((one) => [one, { ...one, id: 'other' }]);
    settings.config = { ...settings.config, applications };
    await pop(withId('ringing'));
    expect(await pop(from(ADA, 'ringing', other))).toMatchObject(DELIVERED);
  });

  test('ends the call that it joins', async () => {
    const answers = await answersTo([
      [0, withId('ringing')],
      [1, from(ADA, 'ended')],
      [0, withId('answered')],
    ]);
    expect(answers).toEqual(['delivered', 'policy', 'ended']);
  });
});
