import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSystemClock } from '../../main/platform/clock.ts';
import { readTrustedFile } from '../../main/platform/trusted-file.ts';
import { createExporters } from '../../main/shipping/exporters.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { tempDir } from '../support/temp-dir.ts';

const isRoot = process.getuid?.() === 0;

/** A file in a folder of its own, in this user's hands alone. */
function place() {
  const folder = join(tempDir(), 'folder');
  mkdirSync(folder);
  const path = join(folder, 'file');
  writeFileSync(path, 'text');
  chmodSync(path, 0o644);
  return { folder, path };
}

describe.skipIf(process.platform === 'win32')('a file that somebody else may have placed', () => {
  test('is read where only this user and root can change it, also when all can read it', () => {
    expect(readTrustedFile(place().path).toString()).toBe('text');
    // Root's, behind links or not.
    expect(readTrustedFile('/etc/passwd').toString()).toContain('root');
    expect(readTrustedFile('/etc/os-release').length).toBeGreaterThan(0);
  });

  test.each([0o664, 0o646, 0o602])('is refused with mode %o', (mode) => {
    const { path } = place();
    chmodSync(path, mode);
    expect(() => readTrustedFile(path)).toThrow(`${path} can be written by other users`);
  });

  test.each([0o775, 0o757, 0o772])('is refused in a folder with mode %o, at any height', (mode) => {
    const { folder, path } = place();
    const deeper = join(folder, 'deeper');
    mkdirSync(deeper);
    writeFileSync(join(deeper, 'file'), 'text');
    chmodSync(folder, mode);
    for (const one of [path, join(deeper, 'file')])
      expect(() => readTrustedFile(one)).toThrow(`${folder} can be written by other users`);
    // As in /tmp: others can put files beside it, and not in its place.
    chmodSync(folder, 0o1777);
    expect(readTrustedFile(path).toString()).toBe('text');
  });

  test.skipIf(!isRoot)('is refused when it, its folder or a link to it belongs to another user', () => {
    const one = place();
    chownSync(one.path, 12_345, 12_345);
    expect(() => readTrustedFile(one.path)).toThrow(`${one.path} belongs to another user`);
    const two = place();
    chownSync(two.folder, 12_345, 12_345);
    expect(() => readTrustedFile(two.path)).toThrow(`${two.folder} belongs to another user`);
  });

  test('is found through links, absolute and relative, if all that they lead through is as safe', () => {
    const { folder, path } = place();
    const links = tempDir();
    symlinkSync(path, join(links, 'absolute'));
    symlinkSync('absolute', join(links, 'relative'));
    symlinkSync(folder, join(links, 'to-folder'));
    for (const link of ['absolute', 'relative', 'to-folder/file'])
      expect(readTrustedFile(join(links, link)).toString()).toBe('text');
    chmodSync(links, 0o777);
    expect(() => readTrustedFile(join(links, 'absolute'))).toThrow(`${links} can be written`);
    chmodSync(links, 0o700);
    chmodSync(folder, 0o777);
    for (const link of ['absolute', 'relative', 'to-folder/file'])
      expect(() => readTrustedFile(join(links, link))).toThrow(`${folder} can be written`);
  });

  test('is not looked for for ever where links lead in a circle', () => {
    const links = tempDir();
    symlinkSync('b', join(links, 'a'));
    symlinkSync('a', join(links, 'b'));
    expect(() => readTrustedFile(join(links, 'a'))).toThrow('too many links');
  });

  test('is missing in the words of the file system', () => {
    expect(() => readTrustedFile(join(tempDir(), 'nothing'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});

test.skipIf(process.platform === 'win32')(
  'authorities that others could change are not taken for those of a receiver, nor is a key through their link',
  async () => {
    const deps = {
      instance: 'i',
      clock: createSystemClock(),
      secrets: { get: async () => undefined },
      proxies: { env: {} },
      newFigures: () => ({ observe() {}, figures: async () => [] }),
      tell() {},
    };
    const failure = async (files: object) => {
      const receiver = { id: 'siem', kind: 'syslog', host: '127.0.0.1', port: 1, ...files };
      const { shipping } = settingsSchema.parse({ shipping: [receiver] });
      const exporter = createExporters(shipping, deps as never).get('siem');
      return exporter?.deliver(new AbortController().signal).catch(({ code }) => code);
    };
    const { path } = place();
    chmodSync(path, 0o666);
    expect(await failure({ caFile: path })).toBe('not_trusted caFile');
    const [key, links] = [place(), tempDir()];
    chmodSync(key.path, 0o600);
    symlinkSync(key.path, join(links, 'key'));
    chmodSync(links, 0o777);
    expect(await failure({ certFile: key.path, keyFile: join(links, 'key') })).toBe('not_trusted keyFile');
    // In safe hands a link is as good as the file, which has to be private.
    chmodSync(links, 0o755);
    chmodSync(key.path, 0o644);
    expect(await failure({ certFile: key.path, keyFile: join(links, 'key') })).toBe('not_private keyFile');
  },
);
