import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSettingsFile } from '../../main/config/settings-file.ts';
import { APPLICATION } from '../support/load-settings.ts';
import { tempDir } from '../support/temp-dir.ts';

const TEXT = `${JSON.stringify({ version: 2, port: 1234, applications: [{ ...APPLICATION, state: { label: 'Grüße' } }] }, null, 2)}\n`;

/** A folder in which poptray has started with these settings. */
function goodFolder(text = TEXT) {
  const dir = tempDir();
  const path = join(dir, 'settings.json');
  const copy = join(dir, 'settings.good.json');
  writeFileSync(path, text);
  openSettingsFile(dir).keepGood();
  return { dir, path, copy, put: (bytes: string | Uint8Array) => writeFileSync(path, bytes) };
}

describe('F28 the last good copy of the settings', () => {
  test('is kept once poptray has started with them, byte for byte, for its owner alone', () => {
    const { dir, path, copy, put } = goodFolder();
    expect(readFileSync(copy, 'utf8')).toBe(TEXT);
    if (process.platform !== 'win32') expect(statSync(copy).mode & 0o777).toBe(0o600);
    put(TEXT.replace('1234', '4321'));
    openSettingsFile(dir).keepGood();
    expect(readFileSync(copy)).toEqual(readFileSync(path));
    expect(readdirSync(dir).sort()).toEqual(['settings.good.json', 'settings.json']);
  });

  test('counts when the file is cut off at any byte; it is not told from the file then, and stays', () => {
    const { dir, copy, put } = goodFolder();
    const bytes = Buffer.from(TEXT);
    const { settings } = openSettingsFile(dir);
    for (let length = 0; length < bytes.length - 1; length += 1) {
      put(bytes.subarray(0, length));
      const file = openSettingsFile(dir);
      file.keepGood();
      expect(file.settings, `${length} bytes`).toEqual(settings);
      expect(file.fault, `${length} bytes`).toMatch(/^settings\.json is not (a JSON object|UTF-8)/);
    }
    expect(readFileSync(copy, 'utf8')).toBe(TEXT);
    put(bytes.subarray(0, -1));
    expect(openSettingsFile(dir)).toMatchObject({ settings, fault: null });
  });

  test('or the file counts, whatever is written over any part of it; never an allow-list that is empty', () => {
    const { dir, put } = goodFolder();
    const bytes = Buffer.from(TEXT);
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.uint8Array({ maxLength: 64 }), (at, over) => {
        put(Buffer.concat([bytes.subarray(0, at), over, bytes.subarray(at + over.length)]));
        const { settings } = openSettingsFile(dir);
        expect(settings.applications.length).toBeGreaterThan(0);
        for (const { allowedOrigins } of settings.applications) {
          expect(allowedOrigins.length).toBeGreaterThan(0);
          for (const origin of allowedOrigins) expect(URL.parse(origin)?.protocol).toBe('https:');
        }
      }),
    );
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['names an unknown key', '{"prot":1}', /that do not fit:\n.*prot/],
    ['has an empty allow-list', TEXT.replace(/"https:\/\/a.example"(?=\s*\])/, ''), /0\.allowedOrigins/],
    ['is of a later version', '{"version":3}', /version 3/],
    ['has a comma too many', '{\n  "port": 1,\n}', /JSON object \(line 3 column 1\)/],
    ['was filled with zeros when the power went', new Uint8Array(64), /JSON object/],
    ['is UTF-16', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), /is not UTF-8 but UTF-16: save it as UTF-8/],
    ['is Latin-1, so that a letter is lost', Buffer.from(TEXT, 'latin1'), /is not UTF-8: save it as UTF-8/],
    ['has a member twice', '{"shipping":[],"port":1,"port":2}', /^settings\.json: \/port is there twice$/],
  ])('counts when the file %s, and the fault says so', (_, bytes, said) => {
    const { dir, put } = goodFolder();
    put(bytes);
    const file = openSettingsFile(dir);
    expect(file.settings.port).toBe(1234);
    expect(file.fault).toMatch(said);
  });

  test('counts when the file cannot be read at all', () => {
    const { dir, path } = goodFolder();
    rmSync(path);
    mkdirSync(path);
    expect(openSettingsFile(dir)).toMatchObject({ fault: 'settings.json is not a regular file' });
  });

  test('is none when it is spoiled itself, or when others could have written it', () => {
    const { dir, copy, put } = goodFolder();
    put('{');
    if (process.platform !== 'win32') {
      chmodSync(copy, 0o622);
      expect(() => openSettingsFile(dir)).toThrow(/not a JSON object.*\nMend it, or move it away/);
      chmodSync(copy, 0o600);
    }
    writeFileSync(copy, '{}}');
    expect(() => openSettingsFile(dir)).toThrow(/not a JSON object.*\nMend it, or move it away/);
  });

  test('does not count when the file is gone: that is how a person starts from the defaults', () => {
    const { dir, path } = goodFolder();
    rmSync(path);
    expect(openSettingsFile(dir)).toMatchObject({ fault: null, settings: { port: 8080 } });
  });
});

describe('when the settings are saved', () => {
  test('what was read or saved before is replaced, and both files say the same', () => {
    const { dir, path, copy } = goodFolder();
    const file = openSettingsFile(dir);
    expect(file.write({ ...file.settings, port: 1 })).toBeNull();
    expect(file.write({ ...file.settings, port: 2 })).toBeNull();
    expect(readFileSync(copy)).toEqual(readFileSync(path));
    expect(openSettingsFile(dir).settings.port).toBe(2);
    expect(readdirSync(dir).sort()).toEqual(['settings.good.json', 'settings.json']);
  });

  test('what a person has typed and poptray could not use is kept aside, each time under another name', () => {
    const { dir, put } = goodFolder();
    for (const name of ['settings.replaced-1.json', 'settings.replaced-2.json']) {
      put(`{"typed for": "${name}"`);
      const file = openSettingsFile(dir);
      expect(file.fault).not.toBeNull();
      expect(file.write({ ...file.settings, port: 5 })).toBe(name);
      expect(file.fault).toBeNull();
      expect(readFileSync(join(dir, name), 'utf8')).toBe(`{"typed for": "${name}"`);
    }
    expect(openSettingsFile(dir)).toMatchObject({ fault: null, settings: { port: 5 } });
  });

  test('so is what a person has typed while poptray ran, and a folder in the place of the file', () => {
    const { dir, path, put } = goodFolder();
    const file = openSettingsFile(dir);
    put('{"port":7}');
    expect(file.write(file.settings)).toBe('settings.replaced-1.json');
    expect(readFileSync(join(dir, 'settings.replaced-1.json'), 'utf8')).toBe('{"port":7}');
    rmSync(path);
    mkdirSync(path);
    expect(file.write(file.settings)).toBe('settings.replaced-2.json');
    expect(statSync(join(dir, 'settings.replaced-2.json')).isDirectory()).toBe(true);
    rmSync(path);
    expect(file.write(file.settings)).toBeNull();
  });
});

const isRoot = process.getuid?.() === 0;

describe.skipIf(process.platform === 'win32')('O09 settings that somebody else has placed', () => {
  test('count through a link, which stays as it is, and so does what it leads to', () => {
    const [dir, kept] = [tempDir(), join(tempDir(), 'poptray.json')];
    writeFileSync(kept, TEXT);
    chmodSync(kept, 0o644);
    symlinkSync(kept, join(dir, 'settings.json'));
    expect(openSettingsFile(dir)).toMatchObject({ fault: null, settings: { port: 1234 } });
    expect(statSync(kept).mode & 0o777).toBe(0o644);
    expect(readlinkSync(join(dir, 'settings.json'))).toBe(kept);
  });

  test('do not count where others could write them through the link, and the message says what to do', () => {
    const [dir, folder] = [tempDir(), tempDir()];
    const kept = join(folder, 'poptray.json');
    writeFileSync(kept, TEXT);
    symlinkSync(kept, join(dir, 'settings.json'));
    chmodSync(kept, 0o664);
    expect(() => openSettingsFile(dir)).toThrow(`${kept} can be written by other users`);
    expect(statSync(kept).mode & 0o777).toBe(0o664);
    chmodSync(kept, 0o644);
    chmodSync(folder, 0o775);
    expect(() => openSettingsFile(dir)).toThrow(`chmod go-w ${folder}`);
  });

  test.skipIf(!isRoot)('do not count when they belong to another user than root', () => {
    const { dir, path } = goodFolder();
    chownSync(path, 12_345, 12_345);
    rmSync(join(dir, 'settings.good.json'));
    expect(() => openSettingsFile(dir)).toThrow(`${path} belongs to another user`);
  });

  test('are kept aside when others are saved in the dashboard', () => {
    const [dir, kept] = [tempDir(), join(tempDir(), 'poptray.json')];
    writeFileSync(kept, TEXT);
    symlinkSync(kept, join(dir, 'settings.json'));
    const file = openSettingsFile(dir);
    expect(file.write({ ...file.settings, port: 5 })).toBe('settings.replaced-1.json');
    expect(lstatSync(join(dir, 'settings.json')).isFile()).toBe(true);
    expect(readlinkSync(join(dir, 'settings.replaced-1.json'))).toBe(kept);
    expect(readFileSync(kept, 'utf8')).toBe(TEXT);
    expect(file.write({ ...file.settings, port: 6 })).toBeNull();
  });

  test('of an earlier version are kept before what is saved takes their place', () => {
    const { dir, put } = goodFolder();
    const old = '{"version":1,"port":7}';
    put(old);
    const file = openSettingsFile(dir);
    expect(file.write(file.settings)).toBe('settings.replaced-1.json');
    expect(readFileSync(join(dir, 'settings.replaced-1.json'), 'utf8')).toBe(old);
  });
});
