import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { asWritten, createMemorySecrets, evidenceIn, openTestLog } from '../support/audit-log.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';
import type { BusyWriterOptions } from './busy-writer.ts';
import { startWriter } from './start-writer.ts';

const PRELOAD = `--import=${new URL('../support/die-before.ts', import.meta.url)}`;
/** Of a clock that nobody has checked. */
const PRESENT = { at: 0, boot: 'another', uptimeMs: 0, isChecked: false };
const DAY = { entriesADay: 2, atOnce: 1 };

/** Returns the last entry that it acknowledged; `isOver` once there is no such call. */
async function killedBefore(
  call: number,
  options: Pick<BusyWriterOptions, 'dataDir' | 'firstDay' | 'keepDays'>,
) {
  const env = { NODE_OPTIONS: PRELOAD, DIE_BEFORE: String(call) };
  const child = startWriter({ ...DAY, ...options, entries: 3 }, env);
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
  const acknowledged = Math.max(0, ...[...said.matchAll(/^(\d+) \d+$/gm)].map(([, seq]) => Number(seq)));
  return { acknowledged, isOver: code === 0, removed: Number(/^removed (\d+)$/m.exec(said)?.[1] ?? 0) };
}

function secretsIn(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'secrets.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).secrets : {};
}

interface Case {
  readonly what: string;
  /** Days that the log has before, two entries and an opening each. */
  readonly days: number;
  readonly keepDays?: number;
  /** Entries that are gone at the end. */
  readonly removes: number;
}

test.each<Case>([
  { what: 'a first start', days: 0, removes: 0 },
  { what: 'two rotations, their checkpoints and a stop', days: 1, removes: 0 },
  { what: 'a removal of two segments', days: 3, keepDays: 2.5, removes: 6 },
])(
  'kill -9 before each call that changes a file, of $what, leaves a log that verifies and goes on',
  async ({ days, keepDays, removes }) => {
    const base = join(tempDir(), 'data');
    if (days > 0) {
      const child = startWriter({ ...DAY, dataDir: base, firstDay: 0, entries: 2 * days });
      child.stdout.resume();
      expect(await once(child, 'close')).toEqual([0, null]);
    }
    const removedAfter = new Set<number>();
    let call = 1;
    for (; ; call += 1) {
      const dataDir = join(tempDir(), 'data');
      if (days > 0) {
        cpSync(base, dataDir, { recursive: true });
        chmodSync(dataDir, 0o700);
      }
      const options = { dataDir, firstDay: days, ...(keepDays !== undefined && { keepDays }) };
      const { acknowledged, isOver, removed } = await killedBefore(call, options);
      // Killed before there were keys, and so before there was a log.
      if (secretsIn(dataDir)['audit-key'] !== undefined) {
        const found = verifyLog(auditDir(dataDir), await evidenceIn(dataDir));
        expect(['whole', 'torn'], `before call ${call}: ${found.fault?.reason}`).toContain(found.verdict);
        expect(found.removed + found.entries, `before call ${call}`).toBeGreaterThanOrEqual(acknowledged);
        removedAfter.add(found.removed);
        if (isOver) expect([removed, found.removed]).toEqual([removes, removes]);
      }
      const log = await openTestLog({ dataDir, secrets: createMemorySecrets(secretsIn(dataDir)) });
      expect((await log.add('goes on')).seq).toBeGreaterThan(acknowledged);
      if (keepDays !== undefined) {
        // What was begun is ended: no file is left of what is gone.
        log.audit.syncNow();
        await log.removeOld(365 * 86_400_000, PRESENT, Number.POSITIVE_INFINITY);
        const { removed: gone } = verifyLog(log.dir, await asWritten(log).evidence());
        expect(
          readdirSync(log.dir).filter((name) => Number(/\d{12}/.exec(name)?.[0] ?? gone + 1) <= gone),
        ).toEqual([]);
      }
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
    // Kills before the removal was noted, and after.
    expect([...removedAfter].sort()).toEqual(removes > 0 ? [0, removes] : [0]);
  },
);
