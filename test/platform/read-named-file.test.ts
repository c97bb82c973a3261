import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMatrices } from '../../main/compatibility/extension-matrices.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { readPrivateFile } from '../../main/platform/private-file.ts';
import { readNamedFile } from '../../main/platform/read-named-file.ts';
import { createExporters } from '../../main/shipping/exporters.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { tempDir } from '../support/temp-dir.ts';

const MIB = 1024 * 1024;
const isUnix = process.platform !== 'win32';

function pipe(): string {
  const path = join(tempDir(), 'pipe');
  expect(spawnSync('mkfifo', ['-m', '600', path]).status).toBe(0);
  return path;
}

describe('W04 a file that the settings name', () => {
  test('is read up to 1 MiB', () => {
    const path = join(tempDir(), 'file');
    writeFileSync(path, Buffer.alloc(MIB, 'a'));
    expect(readNamedFile(path)).toHaveLength(MIB);
    writeFileSync(path, Buffer.alloc(MIB + 1, 'a'));
    expect(() => readNamedFile(path)).toThrow(expect.objectContaining({ code: 'too_large' }));
    writeFileSync(path, 'short');
    expect(readNamedFile(path).toString()).toBe('short');
    expect(() => readNamedFile(`${path}x`)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test.skipIf(!isUnix)('is no pipe, device or folder, and a link leads to what it leads to', () => {
    const folder = tempDir();
    mkdirSync(join(folder, 'folder'));
    symlinkSync('/dev/zero', join(folder, 'link'));
    for (const path of [pipe(), '/dev/zero', '/dev/null', join(folder, 'folder'), join(folder, 'link')])
      expect(() => readNamedFile(path), path).toThrow(expect.objectContaining({ code: 'not_a_file' }));
    writeFileSync(join(folder, 'ca.pem'), 'pem');
    symlinkSync('ca.pem', join(folder, 'ca'));
    expect(readNamedFile(join(folder, 'ca')).toString()).toBe('pem');
  });

  test.skipIf(!isUnix)(
    'neither holds poptray up nor fills its memory: certificates, keys, matrices',
    async () => {
      const shipping = (path: string) => [
        {
          id: 'siem',
          kind: 'syslog',
          host: '127.0.0.1',
          port: 1,
          certFile: path,
          keyFile: pipe(),
          caFile: path,
        },
      ];
      const deps = {
        instance: 'i',
        clock: createSystemClock(),
        secrets: { get: async () => undefined },
        proxies: { env: {} },
        newFigures: () => ({ observe() {}, figures: async () => [] }),
        tell() {},
      };
      for (const path of [pipe(), '/dev/zero']) {
        const settings = settingsSchema.parse({ shipping: shipping(path) });
        const exporter = createExporters(settings.shipping, deps as never).get('siem');
        await expect(exporter?.deliver(new AbortController().signal)).rejects.toMatchObject({
          code: 'not_a_file caFile',
        });
      }
      expect(() => readPrivateFile(pipe())).toThrow('not a regular file');
      const settings = settingsSchema.parse({});
      const applications = settings.applications.map((one) => ({ ...one, extensionMatrix: pipe() }));
      const { unfit } = await openMatrices({ ...settings, applications }, tempDir());
      expect(unfit).toMatchObject([{ reason: 'the file is not a regular file' }]);
    },
  );
});
