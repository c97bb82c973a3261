import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { createMemorySecrets } from '../support/audit-log.ts';
import { needsKeyring, startKeyringSession } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';
import { misjudged, type Row, tamperAll } from './tamper-all.ts';

const SCRIPT = join(import.meta.dirname, 'tamper-script.ts');

describe.each([true, false])('M01 all tamperings, before a start and after one, root here: %s', (hasRoot) => {
  test('with the keys in a file', async () => {
    const secrets = createMemorySecrets({}, 'file');
    const rows = await tamperAll({ dataDir: join(tempDir(), 'data'), secrets, source: 'file', hasRoot });
    expect(misjudged(rows, 'file')).toEqual([]);
    expect(rows.length).toBeGreaterThan(1000);
  });

  describe('with the keys in a real gnome-keyring', () => {
    beforeEach(needsKeyring);

    test('nothing is called whole that is not', { timeout: 1_800_000 }, async () => {
      const home = tempDir();
      const { env } = await startKeyringSession(home, 'unlocked');
      const args = [SCRIPT, join(home, 'poptray'), hasRoot ? 'root' : 'none'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 1 << 26 });
      const { rows, source } = JSON.parse(stdout) as { rows: Row[]; source: string };
      expect(source).toBe('keychain');
      expect(misjudged(rows, 'keychain')).toEqual([]);
      expect(rows.length).toBeGreaterThan(1000);
    });
  });
});
