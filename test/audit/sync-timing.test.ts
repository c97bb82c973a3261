import { describe, expect, test } from 'vitest';
import { createSyncTiming } from '../../main/audit/writer/sync-timing.ts';

/** The waiting entries at each turn until the sync is due. */
function turnsUntilDue(timing: ReturnType<typeof createSyncTiming>, waiting: readonly number[]): number {
  return waiting.findIndex((many) => timing.isDue(many)) + 1;
}

describe('a sync', () => {
  test('of a lone entry is due at once', () => {
    expect(turnsUntilDue(createSyncTiming(), [1])).toBe(1);
  });

  describe('after one that served several', () => {
    const busy = () => {
      const timing = createSyncTiming();
      timing.begin(8);
      timing.end(0.2);
      return timing;
    };

    test('waits while each turn brings more, for four turns at most', () => {
      expect(turnsUntilDue(busy(), [1, 2, 3, 4, 5])).toBe(4);
    });

    test('is due when a turn brought nothing more', () => {
      expect(turnsUntilDue(busy(), [1, 2, 2, 3])).toBe(3);
    });

    test('is due when enough wait', () => {
      expect(turnsUntilDue(busy(), [3, 16, 17])).toBe(2);
    });

    test('counts its turns anew each time', () => {
      const timing = busy();
      for (let round = 0; round < 3; round += 1) {
        expect(turnsUntilDue(timing, [1, 2, 3, 4, 5])).toBe(4);
        timing.begin(4);
      }
    });
  });
});

describe('this thread', () => {
  test('waits for a lone entry where the disk was quick the last time, and only there', () => {
    const timing = createSyncTiming();
    expect(timing.begin(1)).toBe(false);
    timing.end(0.3);
    expect(timing.begin(1)).toBe(true);
    timing.end(9);
    expect(timing.begin(1)).toBe(false);
  });

  test('never waits for several', () => {
    const timing = createSyncTiming();
    timing.end(0.3);
    expect(timing.begin(2)).toBe(false);
  });
});
