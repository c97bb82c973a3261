/** Whoever can change all files of the data folder, but not the keychain. */
import { once } from 'node:events';
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import type { Verdict } from '../../main/audit/verify/verify.ts';
import { poptray } from '../cli/run.ts';
import { needsKeyring, startKeyringSession } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startWriter } from './start-writer.ts';

/** A user with a keychain, and poptray's data folder. */
async function logIn() {
  const home = tempDir();
  const dataDir = join(home, 'poptray');
  const { env } = await startKeyringSession(home, 'unlocked');
  return {
    dataDir,
    async write(entries: number) {
      const writer = startWriter({ dataDir, entriesADay: entries, atOnce: 1, entries }, env);
      expect(await once(writer, 'exit')).toEqual([0, null]);
    },
    async verify() {
      const { code, stdout } = await poptray(['audit', 'verify', '--json'], { dataDir, env });
      return { code, ...(JSON.parse(stdout) as Verdict) };
    },
  };
}

describe('with the checkpoint in the keychain', () => {
  beforeEach(needsKeyring);

  test('an old copy of all files in their place is found, with the first entry that is missing', async () => {
    const { dataDir, write, verify } = await logIn();
    const copy = join(tempDir(), 'copy');
    await write(3);
    cpSync(dataDir, copy, { recursive: true });
    expect(await verify()).toMatchObject({ code: 0, verdict: 'whole', entries: 4 });
    await write(2);
    expect(await verify()).toMatchObject({ code: 0, verdict: 'whole', entries: 6 });
    rmSync(dataDir, { recursive: true });
    cpSync(copy, dataDir, { recursive: true });
    for (const folder of [dataDir, auditDir(dataDir)]) chmodSync(folder, 0o700);
    expect(await verify()).toMatchObject({ code: 1, verdict: 'tampered', fault: { seq: 5 } });
  });

  test('a tail that was cut at the end of a line, and with it the checkpoint’s file, is found', async () => {
    const { dataDir, write, verify } = await logIn();
    await write(5);
    const dir = auditDir(dataDir);
    const path = join(dir, listSegments(dir)[0] as string);
    const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
    expect(lines).toHaveLength(6);
    writeFileSync(path, lines.slice(0, 4).join(''));
    rmSync(join(dataDir, 'audit-checkpoint'));
    expect(await verify()).toMatchObject({ code: 1, verdict: 'tampered', fault: { seq: 5 } });
  });
});
