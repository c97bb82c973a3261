import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../shared/audit.ts';
import { openLedger, refused, result } from '../support/ledger.ts';

const HOUR = 3_600_000;

describe('a page of the history', () => {
  test('has results and refusals, newest first, and how many there are', async () => {
    const { store, append } = openLedger();
    for (const id of ['p1', 'p2', 'p3']) await append(result(id, 'delivered'));
    await append(refused('p4'));
    const { total, entries } = store.queries.page({}, 1, 2);
    expect([total, entries.map(({ popId }) => popId)]).toEqual([4, ['p3', 'p2']]);
  });

  test('has what fits every condition', async () => {
    const { store, append, clock } = openLedger();
    await append(result('p1', 'delivered'));
    await append(result('p2', 'failed'));
    await clock.advance(HOUR);
    await append(result('p3', 'failed'));
    const found = (filter: object) => store.queries.page(filter, 0, 9).entries.map(({ popId }) => popId);
    expect(found({ status: 'failed' })).toEqual(['p3', 'p2']);
    expect(found({ status: 'failed', from: clock.now() - 1 })).toEqual(['p3']);
    expect(found({ to: clock.now() - 1 })).toEqual(['p2', 'p1']);
    expect(found({ userId: 'agent' })).toEqual(['p3', 'p2', 'p1']);
    expect(found({ userId: '%' })).toEqual([]);
    expect(found({ types: [] })).toEqual([]);
  });
});

test('a page of a long history is what passing over every entry would give', async () => {
  const { store, append, clock } = openLedger();
  const all: AuditEntry[] = [];
  for (let turn = 0; turn < 40; turn += 1) {
    const some = Array.from({ length: 100 }, (_, at) => {
      const number = turn * 100 + at;
      const entry =
        number % 9 === 0 ? refused(`p${number}`) : result(`p${number}`, number % 7 ? 'delivered' : 'failed');
      return append({
        ...entry,
        userId: number % 1000 === 5 ? 'rare' : `agent-${number % 3}`,
        code: number % 7 ? null : 'c',
      });
    });
    all.unshift(...(await Promise.all(some)).reverse());
    // The clock goes back now and then.
    await clock.advance(turn % 10 === 9 ? 1 : HOUR / 10);
    if (turn % 10 === 9) clock.jump(-HOUR / 5);
  }
  const times = all.map(({ timestamp }) => Date.parse(timestamp));
  const time = fc.constantFrom(...new Set(times)).map((at) => at + 1);
  const filter = fc.record(
    {
      types: fc.subarray(['result', 'refused'] as const),
      userId: fc.constantFrom('agent', 'agent-1', 'rare', 'nobody'),
      status: fc.constantFrom('delivered', 'failed', 'expired'),
      code: fc.constantFrom('c', 'rate_limited', 'none'),
      from: time,
      to: time,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(filter, fc.nat({ max: 4500 }), fc.nat({ max: 50 }), (asked, offset, limit) => {
      const { types, userId = '', status, code, from = 0, to = Number.MAX_SAFE_INTEGER } = asked;
      const fitting = all.filter(
        (entry, index) =>
          (types?.includes(entry.type as 'result') ?? true) &&
          entry.userId?.startsWith(userId) &&
          (status === undefined || entry.status === status) &&
          (code === undefined || entry.code === code) &&
          (times[index] as number) >= from &&
          (times[index] as number) < to,
      );
      const { total, entries } = store.queries.page(asked as object, offset, limit);
      expect(total).toBe(fitting.length);
      expect(entries).toEqual(fitting.slice(offset, offset + limit));
    }),
    { numRuns: 200 },
  );
});

describe('the figures of a range', () => {
  test.each([
    ['a short one, from the pops', HOUR, 6],
    ['a day, from quarters of an hour', 24 * HOUR, 100],
    ['a long one, from many quarters', 30 * 24 * HOUR, 30],
  ])('%s: each pop is in one bucket, and the sum is the whole', async (_, length, buckets) => {
    const { store, append, clock } = openLedger();
    for (let number = 0; number < 10; number += 1) {
      await append(result(`p${number}`, number % 5 === 0 ? 'failed' : 'delivered'));
      await clock.advance(length / 20);
    }
    const to = clock.now() + HOUR;
    const stats = store.queries.stats(to - length - HOUR, to, buckets);
    const sum = (of: (bucket: (typeof stats.buckets)[number]) => number) =>
      stats.buckets.reduce((total, bucket) => total + of(bucket), 0);
    expect(stats.buckets).toHaveLength(buckets);
    expect([sum(({ delivered }) => delivered), sum(({ failed }) => failed)]).toEqual([8, 2]);
    expect(stats.histogram.reduce((total, { count }) => total + count, 0)).toBe(8);
  });

  test.each([
    ['a restart', false],
    ['the models were built anew', true],
  ])(
    'are the same after %s, in a quarter of an hour that is not over and in those that are',
    async (_, isRebuilt) => {
      const first = openLedger();
      for (const id of ['p1', 'p2', 'p3']) {
        await first.append(result(id, 'delivered'));
        await first.append(result(`${id}-failed`, 'failed'));
        await first.clock.advance(HOUR * 0.7);
      }
      const range = [first.clock.now() - 48 * HOUR, first.clock.now() + HOUR, 10] as const;
      const before = first.store.queries.stats(...range);
      expect(before.total).not.toBeNull();
      await first.close();
      if (isRebuilt) rmSync(join(first.dir, 'poptray.db'));
      expect(openLedger(first.dir, first.clock).store.queries.stats(...range)).toEqual(before);
    },
  );
});

test('how the pops of a day ended is known without reading each', async () => {
  const { store, append, clock } = openLedger();
  await append(result('p0', 'delivered'));
  await clock.advance(2 * HOUR);
  const from = Math.floor(clock.now() / HOUR) * HOUR;
  for (const [index, end] of (['delivered', 'failed', 'suppressed', 'delivered'] as const).entries()) {
    await append(result(`p${index + 1}`, end));
    await clock.advance(HOUR);
  }
  await append(refused('r1'));
  expect(store.queries.tally(from)).toEqual({ delivered: 2, failed: 1 });
  expect(store.queries.tally(clock.now() + HOUR)).toEqual({ delivered: 0, failed: 0 });
});

test('pops after a restart are counted once, in the quarter of an hour in which it was', async () => {
  const first = openLedger();
  await first.append(result('p1', 'delivered'));
  await first.close();
  const again = openLedger(first.dir, first.clock);
  await again.append(result('p2', 'delivered'));
  const range = [first.clock.now() - 24 * HOUR, first.clock.now() + 24 * HOUR, 4] as const;
  const { buckets } = again.store.queries.stats(...range);
  expect(buckets.map(({ delivered }) => delivered)).toEqual([0, 0, 2, 0]);
});

test('a pop is found by its id, while it is one', async () => {
  const { store, append, clock } = openLedger();
  const popId = `${clock
    .now()
    .toString(16)
    .padStart(12, '0')
    .replace(/(.{8})/, '$1-')}-7000-8000-000000000001`;
  await append(result(popId, 'delivered'));
  expect(store.queries.byPopId(popId)?.status).toBe('delivered');
  expect(store.queries.byPopId(popId.replace(/1$/, '2'))).toBeUndefined();
  expect(store.queries.byPopId("' OR 1")).toBeUndefined();
});
