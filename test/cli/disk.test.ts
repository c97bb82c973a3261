import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fillDisk, makeReadOnly, mountTmpfs, NO_TMPFS } from '../support/tmpfs.ts';
import { poptray, start } from './run.ts';

test('on a full disk poptray does not start, and no token is made: exits 78 and says so', async ({
  skip,
}) => {
  if (NO_TMPFS !== undefined) skip(NO_TMPFS);
  const disk = mountTmpfs(1024);
  const dataDir = join(disk, 'data');
  expect((await poptray(['token', 'create', 'first'], { dataDir })).code).toBe(0);
  fillDisk(join(disk, 'ballast'));
  for (const { ended } of [
    start('headless.ts', ['--port', '0'], { dataDir }),
    start('cli.ts', ['token', 'create', 'second'], { dataDir }),
  ])
    expect(await ended).toEqual({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(/^(poptray cannot .*: )?The disk of \S+ is full\. Free some space/),
    });
});

test('on a disk that is read-only it does not start either, and doctor says why', async ({ skip }) => {
  if (NO_TMPFS !== undefined) skip(NO_TMPFS);
  const disk = mountTmpfs(1024);
  const dataDir = join(disk, 'data');
  expect((await poptray(['token', 'create', 'first'], { dataDir })).code).toBe(0);
  makeReadOnly(disk);
  const { code, stderr } = await start('headless.ts', ['--port', '0'], { dataDir }).ended;
  expect([code, stderr]).toEqual([
    78,
    expect.stringMatching(
      /^poptray cannot .*data\S* is on a file system that cannot be written to\. Have it mounted/,
    ),
  ]);
  const doctor = await poptray(['doctor'], { dataDir });
  expect([doctor.code, doctor.stdout]).toEqual([
    1,
    expect.stringMatching(
      /^FAULT {2}data folder: .*data is on a file system that cannot be written to\. Have it mounted/m,
    ),
  ]);
});
