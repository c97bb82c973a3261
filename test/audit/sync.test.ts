import { expect, test, vi } from 'vitest';
import { chainKey } from '../../main/audit/format/chain.ts';
import { lockLog } from '../../main/audit/format/lock.ts';
import { createAuditLog } from '../../main/audit/writer/log-writer.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { takeOverFs } from '../support/take-over-fs.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A disk that ends a sync when it is told to. */
function takeOverSyncs(): (() => void)[] {
  const running: (() => void)[] = [];
  takeOverFs('fdatasync', (_fd, done) => running.push(() => done(null)));
  return running;
}

test('what was written under a sync is on disk soon after it, however long that sync took', async () => {
  const syncs = takeOverSyncs();
  const clock = createFakeClock();
  const dir = tempDir();
  const durable: number[] = [];
  const log = createAuditLog({
    dir,
    key: chainKey(Buffer.alloc(32, 7)),
    clock,
    lock: lockLog(dir),
    onEntry() {},
    onDurable: (seq) => durable.push(seq),
  });
  const waiting = log.append(newEntry('intent', {}), 'durable');
  await vi.waitFor(() => expect(syncs).toHaveLength(1));
  await log.append(newEntry('result', {}), 'written');
  await clock.advance(60);
  syncs.shift()?.();
  await waiting;
  await clock.advance(50);
  syncs.shift()?.();
  expect(durable).toEqual([2, 3]);
  await log.close();
});
