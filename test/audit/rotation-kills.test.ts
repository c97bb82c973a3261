import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { gatherEvidence } from '../../main/audit/checkpoints/evidence.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { createMemorySecrets } from '../support/audit-log.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';
import { startWriter } from './start-writer.ts';

const KILLS = Number(process.env.KILLS ?? 8);

/** Lets the writer write until it is killed, at any moment from its start on; returns what it acknowledged last. */
async function killedWriter(dataDir: string, day: number) {
  const child = startWriter({ dataDir, firstDay: day, entriesADay: 3, atOnce: 1 });
  let last = { seq: 0, day };
  createInterface(child.stdout).on('line', (line) => {
    const [seq, day] = line.split(' ').map(Number) as [number, number];
    last = { seq, day };
  });
  const ended = once(child, 'close');
  // Half of them in the middle of the writing, the others also while it starts.
  if (randomInt(2) === 0) await once(child.stdout, 'data');
  await wait(randomInt(250));
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  return last;
}

test(`kill -9 while keys step from segment to segment, ${KILLS} times, leaves a log that opens and verifies`, {
  timeout: 240_000,
}, async () => {
  const dataDir = join(tempDir(), 'data');
  let [acknowledged, day] = [0, 0];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const last = await killedWriter(dataDir, day);
    acknowledged = Math.max(acknowledged, last.seq);
    day = last.day + 1;
    const file = join(dataDir, 'secrets.json');
    const { secrets } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { secrets: {} };
    const { 'audit-root': root, ...live } = secrets;
    // Killed before there were keys, and so before there was a log.
    if (live['audit-key'] === undefined) continue;
    for (const kept of [secrets, live]) {
      const evidence = await gatherEvidence(createMemorySecrets(kept), checkpointPath(dataDir));
      const verdict = verifyLog(auditDir(dataDir), evidence as NonNullable<typeof evidence>);
      expect(['whole', 'torn'], JSON.stringify(verdict)).toContain(verdict.verdict);
      expect(verdict.entries).toBeGreaterThanOrEqual(acknowledged);
    }
  }
  const segments = [...readEntries(auditDir(dataDir))].filter(({ type }) => type === 'opened');
  // How many there are is up to the machine.
  expect(segments.length).toBeGreaterThan(1);
});
