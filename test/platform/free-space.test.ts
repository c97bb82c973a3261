import { expect, test } from 'vitest';
import { freeBytes, spaceWarning, watchFreeSpace } from '../../main/platform/free-space.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fillDisk, mountTmpfs, NO_TMPFS } from '../support/tmpfs.ts';

const MIB = 1024 * 1024;

function setUp(first: number) {
  let bytes = first;
  const clock = createFakeClock();
  const changes: [boolean, number][] = [];
  const space = watchFreeSpace(tempDir(), {
    clock,
    onChange: (...change) => changes.push(change),
    look() {
      if (bytes < 0) throw new Error('gone');
      return bytes;
    },
  });
  const turnsTo = async (next: number) => {
    bytes = next;
    await clock.advance(30_000);
  };
  return { clock, changes, space, turnsTo };
}

test('F19 a disk that fills up is told of at 100 MiB, once, and within half a minute', async () => {
  const { space, changes, turnsTo } = setUp(100 * MIB);
  expect([space.warning(), changes]).toEqual([null, []]);
  await turnsTo(100 * MIB - 1);
  expect(changes).toEqual([[true, 99]]);
  expect(space.warning()).toMatch(/^99 MiB are left on the disk of the data folder/);
  await turnsTo(3 * MIB);
  expect(space.warning()).toMatch(/^3 MiB/);
  expect(changes).toHaveLength(1);
});

test('news of space again come once there is more than what made the news', async () => {
  const { space, changes, turnsTo } = setUp(7 * MIB);
  expect(changes).toEqual([[true, 7]]);
  await turnsTo(101 * MIB);
  expect(space.warning()).toMatch(/^101 MiB/);
  await turnsTo(120 * MIB);
  expect([space.warning(), changes.at(-1)]).toEqual([null, [false, 120]]);
});

test('a folder that cannot be asked changes nothing, and it goes on looking until it is stopped', async () => {
  const { clock, space, changes, turnsTo } = setUp(7 * MIB);
  await turnsTo(-1);
  expect(space.warning()).toMatch(/^7 MiB/);
  await turnsTo(500 * MIB);
  expect(changes).toEqual([
    [true, 7],
    [false, 500],
  ]);
  space.stop();
  expect(clock.pending()).toEqual([]);
});

test('the figure is that of the folder’s own disk', ({ skip }) => {
  if (NO_TMPFS !== undefined) skip(NO_TMPFS);
  const folder = mountTmpfs(1024);
  expect(freeBytes(folder)).toBeLessThanOrEqual(MIB);
  expect(freeBytes(folder)).toBeGreaterThan(MIB / 2);
  fillDisk(`${folder}/ballast`);
  expect(freeBytes(folder)).toBe(0);
  expect(spaceWarning(freeBytes(folder))).toMatch(/^0 MiB/);
});
