import fs, { existsSync, mkdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { noteChange } from '../../main/audit/changes/change-notes.ts';
import { makeFolder } from '../../main/platform/folder.ts';
import { takeOverFs } from '../support/take-over-fs.ts';
import { tempDir } from '../support/temp-dir.ts';

/** The folders that are synced from now on, without their root. */
function syncsBelow(root: string): string[] {
  const synced: string[] = [];
  takeOverFs('fsyncSync', (fd) => {
    if (fs.fstatSync(fd).isDirectory())
      synced.push(readlinkSync(`/proc/self/fd/${fd}`).replace(fs.realpathSync(root), ''));
  });
  return synced;
}

describe.runIf(process.platform === 'linux')('a new folder', () => {
  test('is on disk with all above it that were missing, for its owner alone', () => {
    const root = tempDir();
    const synced = syncsBelow(root);
    makeFolder(join(root, 'a', 'b', 'c'));
    expect(synced).toEqual(['', '/a', '/a/b']);
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(root, path)).mode & 0o777).toBe(0o700);
  });

  test('may have been made by another start, which may not have come so far', () => {
    const root = tempDir();
    mkdirSync(join(root, 'a'));
    const synced = syncsBelow(root);
    makeFolder(join(root, 'a'));
    expect(synced).toEqual(['']);
  });

  test('can be made where others let us write but not read', () => {
    const root = tempDir();
    takeOverFs('fsyncSync', () => {
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    });
    makeFolder(join(root, 'a'));
    expect(existsSync(join(root, 'a'))).toBe(true);
  });

  test('of notes that wait for the log is on disk with the first of them', () => {
    const root = tempDir();
    const synced = syncsBelow(root);
    noteChange(root, { client: 'test', by: null }, { subject: 'pause', action: 'begun' }, 0);
    expect(synced).toEqual(['', '/changes']);
  });
});
