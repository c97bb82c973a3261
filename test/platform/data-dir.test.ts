import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultDataDir, ensureDataDir } from '../../main/platform/data-dir.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('the default data folder', () => {
  test('is where Electron would put it, on each system', () => {
    expect(defaultDataDir({ HOME: '/home/ann' }, 'linux')).toBe('/home/ann/.config/poptray');
    expect(defaultDataDir({ HOME: '/home/ann', XDG_CONFIG_HOME: '/cfg' }, 'linux')).toBe('/cfg/poptray');
    expect(defaultDataDir({ HOME: '/Users/ann' }, 'darwin')).toBe(
      '/Users/ann/Library/Application Support/poptray',
    );
    expect(defaultDataDir({ APPDATA: 'C:\\Users\\ann\\AppData\\Roaming' }, 'win32')).toBe(
      'C:\\Users\\ann\\AppData\\Roaming\\poptray',
    );
    expect(defaultDataDir({ USERPROFILE: 'C:\\Users\\ann' }, 'win32')).toBe(
      'C:\\Users\\ann\\AppData\\Roaming\\poptray',
    );
  });

  test('gives way to POPTRAY_DATA_DIR, but not to an empty one', () => {
    const dir = tempDir();
    expect(defaultDataDir({ HOME: '/home/ann', POPTRAY_DATA_DIR: dir }, process.platform)).toBe(dir);
    expect(defaultDataDir({ HOME: '/home/ann', POPTRAY_DATA_DIR: '' }, 'linux')).toBe(
      '/home/ann/.config/poptray',
    );
  });
});

describe('O16 where the data folder is', () => {
  test('is where it would be without it when XDG_CONFIG_HOME is relative, as the specification says', () => {
    for (const value of ['~/.config', '.config', ''])
      expect(defaultDataDir({ HOME: '/home/ann', XDG_CONFIG_HOME: value }, 'linux')).toBe(
        '/home/ann/.config/poptray',
      );
  });

  test.each([
    '~',
    '~/poptray',
    '"/home/ann/poptray"',
    "'/home/ann'",
    '$HOME/poptray',
    `$${'{HOME}'}/x`,
    '%APPDATA%/x',
  ])('is not made where nothing has expanded or unquoted it: %s', (given) => {
    expect(() => defaultDataDir({ HOME: '/home/ann', POPTRAY_DATA_DIR: given }, 'linux')).toThrow(
      'which nothing has expanded or unquoted',
    );
  });

  test.skipIf(process.platform === 'win32')(
    'is named in a command that can be pasted, whatever it is called',
    () => {
      const dir = join(tempDir(), "O'Brien Ü $HOME");
      mkdirSync(dir);
      writeFileSync(join(dir, 'x'), '');
      chmodSync(dir, 0o755);
      const command = thrownBy(() => ensureDataDir(dir)).replace(/^.*run (.*)\.$/, '$1');
      execFileSync('sh', ['-c', command]);
      ensureDataDir(dir);
    },
  );
});

function thrownBy(action: () => void): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it did not throw');
}

describe.skipIf(process.platform === 'win32')('L18 the data folder', () => {
  test('is made for its owner alone, and accepted the next time', () => {
    const dir = join(tempDir(), 'a', 'poptray');
    ensureDataDir(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    ensureDataDir(dir);
  });

  test('of our own that is still empty is closed to other users', () => {
    const dir = join(tempDir(), 'poptray');
    mkdirSync(dir);
    chmodSync(dir, 0o755);
    ensureDataDir(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test.each([0o750, 0o705, 0o710, 0o777])(
    'is refused with mode %o, and the error gives the chmod',
    (mode) => {
      const dir = join(tempDir(), 'poptray');
      mkdirSync(dir);
      writeFileSync(join(dir, 'settings.json'), '{}');
      chmodSync(dir, mode);
      expect(() => ensureDataDir(dir)).toThrow(
        `${dir} is open to other users. Replace the secrets in it if others could read them, then run chmod 700 ${dir}.`,
      );
      chmodSync(dir, 0o700);
      ensureDataDir(dir);
    },
  );

  test.each(['', '/'])(
    'is refused as a symbolic link, also if it dangles (written with "%s" at its end)',
    (end) => {
      const dir = tempDir();
      mkdirSync(join(dir, 'real'), { mode: 0o700 });
      symlinkSync('real', join(dir, 'link'));
      symlinkSync('nowhere', join(dir, 'dangling'));
      expect(() => ensureDataDir(join(dir, 'link') + end)).toThrow('symbolic link');
      expect(() => ensureDataDir(join(dir, 'dangling') + end)).toThrow('symbolic link');
    },
  );

  test('is made with the folders that it is in', () => {
    const folder = join(tempDir(), 'one/two/three');
    ensureDataDir(folder);
    expect([folder, join(folder, '..')].map((one) => statSync(one).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  test.skipIf(process.platform !== 'linux')('is refused at once where no folder can be made', () => {
    expect(() => ensureDataDir('/proc/poptray/data')).toThrow('ENOENT');
  });

  test('is refused as a file', () => {
    const file = join(tempDir(), 'poptray');
    writeFileSync(file, '');
    expect(() => ensureDataDir(file)).toThrow('not a folder');
  });

  test.skipIf(process.getuid?.() !== 0)('is refused when another user owns it', () => {
    const dir = tempDir();
    chownSync(dir, 12_345, 12_345);
    expect(() => ensureDataDir(dir)).toThrow(`${dir} belongs to another user`);
  });

  test.each(['audit', 'logs', 'logs/poptray.log', 'logs/poptray.old.log'])(
    'W09 is refused with a link in the place of %s',
    (name) => {
      const dir = join(tempDir(), 'poptray');
      ensureDataDir(dir);
      if (name.includes('/')) mkdirSync(join(dir, 'logs'));
      symlinkSync(join(tempDir(), 'elsewhere'), join(dir, name));
      expect(() => ensureDataDir(dir)).toThrow(`${join(dir, name)} is a symbolic link`);
    },
  );
});
