import { execFileSync, spawnSync } from 'node:child_process';
import fs, {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { privateFileAt, readPrivateFile, writePrivateFile } from '../../main/platform/private-file.ts';
import { takeOverFs } from '../support/take-over-fs.ts';
import { tempDir } from '../support/temp-dir.ts';

const freshPath = () => join(tempDir(), 'secrets.json');

describe.skipIf(process.platform === 'win32')('L18 L19 a private file', () => {
  test('is undefined while it is missing, and then what was written last', () => {
    const path = freshPath();
    expect(readPrivateFile(path)).toBeUndefined();
    writePrivateFile(path, 'one');
    writePrivateFile(path, 'zwölf');
    expect(readPrivateFile(path)).toBe('zwölf');
  });

  test('has mode 0600 and leaves nothing else behind', () => {
    const path = freshPath();
    writePrivateFile(path, 'text');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['secrets.json']);
  });

  test('replaces a symbolic link put in its place; what the link points to stays as it was', () => {
    const path = freshPath();
    const victim = join(tempDir(), 'victim');
    writeFileSync(victim, 'untouched', { mode: 0o644 });
    symlinkSync(victim, path);
    writePrivateFile(path, 'secret');
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readPrivateFile(path)).toBe('secret');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(statSync(victim).mode & 0o777).toBe(0o644);
  });

  test('replaces a file made beforehand with mode 0666 by one that is private', () => {
    const path = freshPath();
    writeFileSync(path, 'planted');
    chmodSync(path, 0o666);
    writePrivateFile(path, 'secret');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('leaves the old text and no temporary file when it cannot be replaced', () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'secrets.json'));
    expect(() => writePrivateFile(join(dir, 'secrets.json'), 'secret')).toThrow('EISDIR');
    expect(readdirSync(dir)).toEqual(['secrets.json']);
  });

  test.each([0o640, 0o604, 0o620, 0o666])(
    'is not read with mode %o, and the error gives the chmod',
    (mode) => {
      const path = freshPath();
      writePrivateFile(path, 'hidden-text');
      chmodSync(path, mode);
      expect(() => readPrivateFile(path)).toThrow(`run chmod 600 ${path}`);
      expect(() => readPrivateFile(path)).not.toThrow('hidden-text');
    },
  );

  test('is not read through a symbolic link, also one to a private file', () => {
    const path = freshPath();
    writePrivateFile(`${path}.real`, 'secret');
    symlinkSync('secrets.json.real', path);
    expect(() => readPrivateFile(path)).toThrow(`${path} is a symbolic link`);
  });

  test('is not read from a folder or a FIFO, and a FIFO does not hang', () => {
    const dir = tempDir();
    execFileSync('sh', ['-c', 'mkfifo -m 600 "$1"', 'sh', join(dir, 'fifo')]);
    mkdirSync(join(dir, 'folder'), { mode: 0o700 });
    expect(() => readPrivateFile(join(dir, 'fifo'))).toThrow('not a regular file');
    expect(() => readPrivateFile(join(dir, 'folder'))).toThrow('not a regular file');
  });

  test.skipIf(process.getuid?.() !== 0)('is not read when another user owns it', () => {
    const path = freshPath();
    writePrivateFile(path, 'secret');
    chownSync(path, 12_345, 12_345);
    expect(() => readPrivateFile(path)).toThrow('belongs to another user');
  });

  test.skipIf(process.getuid?.() !== 0)('cannot be read by another user of the machine', () => {
    const path = freshPath();
    writePrivateFile(path, 'secret');
    const asOther = () => spawnSync('cat', [path], { uid: 12_345, gid: 12_345, cwd: '/', encoding: 'utf8' });
    // The folder alone keeps others out, and the file alone does too.
    expect(asOther()).toMatchObject({ status: 1, stdout: '' });
    chmodSync(join(path, '..'), 0o755);
    expect(asOther()).toMatchObject({ status: 1, stdout: '' });
  });

  test('is on disk when it was written: the text before its name, and the name too', () => {
    const path = freshPath();
    const happened: string[] = [];
    const real = fs.fsyncSync;
    takeOverFs('fsyncSync', (fd) => {
      const isFolder = fs.fstatSync(fd).isDirectory();
      happened.push(`${isFolder ? 'folder' : 'file'} ${existsSync(path) ? 'behind' : 'before'} the rename`);
      real(fd);
    });
    writePrivateFile(path, 'text');
    expect(happened).toEqual(['file before the rename', 'folder behind the rename']);
  });

  test.runIf(process.platform === 'linux')('is closed again, read or written, good or not', () => {
    const path = freshPath();
    const open = () => readdirSync('/proc/self/fd').length;
    writePrivateFile(path, 'text');
    const before = open();
    for (let turn = 0; turn < 50; turn += 1) {
      writePrivateFile(path, 'text');
      readPrivateFile(path);
    }
    chmodSync(path, 0o666);
    for (let turn = 0; turn < 50; turn += 1) expect(() => readPrivateFile(path)).toThrow('run chmod 600');
    expect(open()).toBeLessThan(before + 50);
  });

  test('has a stamp that differs after each write, same length or not', () => {
    const file = privateFileAt(freshPath());
    const stamps = [file.stamp()];
    for (const text of ['a', 'b', 'a', 'longer']) {
      file.write(text);
      expect(file.read()).toBe(text);
      stamps.push(file.stamp());
    }
    expect(stamps[0]).toBe('');
    expect(new Set(stamps).size).toBe(stamps.length);
  });
});
