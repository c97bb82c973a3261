/** The audit log recorded from its first entry on, while new days, so new segments and keys, come fast. */
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { startWriter } from '../audit/start-writer.ts';
import { createMemorySecrets, evidenceIn, openTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRecorder } from '../support/record-disk.ts';
import { tempDir } from '../support/temp-dir.ts';
import { layOut } from '../support/unsynced-disk.ts';
import { verifyLog } from '../support/verify-log.ts';
import type { Recorded } from './power-cut.ts';

interface Known {
  /** The last entry that was told to be durable. */
  readonly durable: number;
}

/** Entries come one by one, each synced on the spot; or a dozen at once, on another thread. */
export async function recordLog(how: 'alone' | 'together'): Promise<Recorded<Known>> {
  const folder = realpathSync(tempDir());
  const recorder = createRecorder(folder);
  const dataDir = join(folder, 'data');
  const options =
    how === 'alone'
      ? { dataDir, isDiskQuick: true, entriesADay: 10, atOnce: 1, entries: 30 }
      : { dataDir, entriesADay: 120, atOnce: 12, entries: 480 };
  const writer = startWriter(options, recorder.env);
  writer.stdout.resume();
  expect(await once(writer, 'close')).toEqual([0, null]);

  return {
    acts: recorder.acts(),
    folder,
    nothingKnown: { durable: 0 },

    learn(known, act) {
      const seq = act.what === 'send' && act.fd === 1 ? /^\d+(?= \d+\n$)/.exec(act.text)?.[0] : undefined;
      return seq === undefined ? known : { durable: Number(seq) };
    },

    async check(files, { durable }) {
      const dataDir = join(tempDir(), 'data');
      layOut(files, join(dataDir, '..'));
      const file = join(dataDir, 'secrets.json');
      const { secrets } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { secrets: {} };
      const evidence = existsSync(file) ? await evidenceIn(dataDir) : undefined;
      if (evidence) {
        const verdict = verifyLog(auditDir(dataDir), evidence);
        expect(['whole', 'torn'], JSON.stringify(verdict)).toContain(verdict.verdict);
        expect(verdict.entries).toBeGreaterThanOrEqual(durable);
      } else expect(durable).toBe(0);
      const clock = createFakeClock(Date.parse('2026-01-09T12:00:00Z'));
      const log = await openTestLog({ dataDir, clock, secrets: createMemorySecrets(secrets) });
      await log.add('after the power cut');
      await log.close();
      expect(log.entries.map(({ type }) => type)).not.toContain('inconsistent');
      const after = verifyLog(log.dir, (await log.evidence()) as NonNullable<typeof evidence>);
      expect(after).toMatchObject({ verdict: 'whole' });
    },
  };
}
