/** Where there is no time for a stop, such as when Windows ends a session: what must be safe is so before the call returns. */
import { fsyncSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { parseSigningKey } from '../../main/audit/checkpoints/checkpoint.ts';
import { checkpointPath, readMarks } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { asWritten, openTestLog } from '../support/audit-log.ts';
import { takeOverFs } from '../support/take-over-fs.ts';
import { verifyLog } from '../support/verify-log.ts';

const verdictOf = async (log: Awaited<ReturnType<typeof openTestLog>>) => {
  const { dir, evidence } = asWritten(log);
  return verifyLog(dir, await evidence('root')).verdict;
};
const signedUpTo = ({ dataDir, secrets }: Awaited<ReturnType<typeof openTestLog>>) =>
  readMarks(checkpointPath(dataDir), parseSigningKey(`${secrets.kept['audit-signing-key']}`)).at(-1)
    ?.checkpoint.count;

test('what was appended, and what still waits to be written, is in the log and signed for', async () => {
  const log = await openTestLog();
  await log.add('durable');
  const waiting = [log.add('waits'), log.add('waits as well')];
  log.audit.syncNow();
  const seqs = [...readEntries(log.dir)].map(({ seq }) => seq);
  expect(seqs).toEqual([1, 2, 3, 4]);
  expect(signedUpTo(log)).toBe(4);
  expect(await verdictOf(log)).toBe('whole');
  expect((await Promise.all(waiting)).map(({ seq }) => seq)).toEqual([3, 4]);
});

test.skipIf(process.platform !== 'linux')('the disk has both, the log first', async () => {
  const log = await openTestLog();
  await log.add('durable');
  void log.add('waits');
  const synced: string[] = [];
  const real = fsyncSync;
  takeOverFs('fsyncSync', (fd) => {
    synced.push(basename(readlinkSync(`/proc/self/fd/${fd}`)));
    real(fd);
  });
  log.audit.syncNow();
  expect(synced).toEqual([expect.stringMatching(/^audit-\d+\.ndjson$/), 'audit-checkpoint']);
});

test('whoever lives on can write and sign on', async () => {
  const log = await openTestLog();
  await log.add('before');
  log.audit.syncNow();
  log.audit.syncNow();
  await log.add('after');
  await log.close();
  expect(signedUpTo(log)).toBe(3);
  expect([await verdictOf(log), log.faults]).toEqual(['whole', []]);
});

test('it throws nothing where the disk takes nothing any more, or the log is closed', async () => {
  const log = await openTestLog();
  await log.add('durable');
  const lost = log.add('lost');
  const putBack = takeOverFs('writeSync', () => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  });
  log.audit.syncNow();
  putBack();
  await expect(lost).rejects.toMatchObject({ code: 'audit_unavailable' });
  await log.close();
  log.audit.syncNow();
  expect(await verdictOf(log)).toBe('whole');
});
