import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { asWritten, createMemorySecrets, evidenceIn, openTestLog } from '../support/audit-log.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';
import { startWriter } from './start-writer.ts';

const PRELOAD = `--import=${new URL('../support/die-before.ts', import.meta.url)}`;
const DAY = { entriesADay: 2, atOnce: 1 };

/** Returns the last entry that it acknowledged; `isOver` once there is no such call. */
async function killedBefore(call: number, dataDir: string, firstDay: number) {
  const env = { NODE_OPTIONS: PRELOAD, DIE_BEFORE: String(call) };
  const child = startWriter({ ...DAY, dataDir, firstDay, entries: 3 }, env);
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
  return { acknowledged: Number.parseInt(said.trim().split('\n').at(-1) ?? '', 10) || 0, isOver: code === 0 };
}

function secretsIn(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'secrets.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).secrets : {};
}

test.each([
  ['of a first start', 0],
  ['of two rotations, their checkpoints and a stop', 1],
])(
  'kill -9 before each call that changes a file, %s, leaves a log that verifies and goes on',
  async (_, days) => {
    const base = join(tempDir(), 'data');
    if (days > 0) {
      const child = startWriter({ ...DAY, dataDir: base, firstDay: 0, entries: 2 });
      child.stdout.resume();
      expect(await once(child, 'close')).toEqual([0, null]);
    }
    let call = 1;
    for (; ; call += 1) {
      const dataDir = join(tempDir(), 'data');
      if (days > 0) {
        cpSync(base, dataDir, { recursive: true });
        chmodSync(dataDir, 0o700);
      }
      const { acknowledged, isOver } = await killedBefore(call, dataDir, days);
      // Killed before there were keys, and so before there was a log.
      if (secretsIn(dataDir)['audit-key'] !== undefined) {
        const { verdict, entries, fault } = verifyLog(auditDir(dataDir), await evidenceIn(dataDir));
        expect(['whole', 'torn'], `before call ${call}: ${fault?.reason}`).toContain(verdict);
        expect(entries, `before call ${call}`).toBeGreaterThanOrEqual(acknowledged);
      }
      const log = await openTestLog({ dataDir, secrets: createMemorySecrets(secretsIn(dataDir)) });
      expect((await log.add('goes on')).seq).toBeGreaterThan(acknowledged);
      await log.close();
      expect([call, log.inconsistency(), log.faults]).toEqual([call, null, []]);
      const written = asWritten(log);
      expect([call, verifyLog(written.dir, await written.evidence())]).toMatchObject([
        call,
        { verdict: 'whole' },
      ]);
      if (isOver) break;
    }
    expect(call).toBeGreaterThan(30);
  },
);
