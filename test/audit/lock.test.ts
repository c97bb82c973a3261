import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { isLogLocked, LockUnfit, LogLocked, lockLog } from '../../main/audit/format/lock.ts';
import { asWritten, openTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { verifyLog } from '../support/verify-log.ts';

const lockOf = (dir: string) => join(dir, 'writer.lock');

describe('in the place of the lock', () => {
  const strangers: [string, (path: string, dir: string) => void][] = [
    ['a folder', (path) => mkdirSync(path)],
    ['a file with something in it', (path) => writeFileSync(path, 'mine')],
    ['a link to a file', (path, dir) => link(path, join(dir, 'elsewhere'))],
    ['a link to nothing', (path) => symlinkSync('nowhere', path)],
    ['a pipe that nobody reads', (path) => execFileSync('mkfifo', [path])],
    ['a device', (path) => symlinkSync('/dev/zero', path)],
    ['a hard link of another file', (path, dir) => hardLink(path, join(dir, 'elsewhere'))],
  ];
  // Windows has neither pipes of that kind nor links for everyone.
  const here = process.platform === 'win32' ? strangers.slice(0, 2) : strangers;

  test.each(here)('L19 %s makes no start wait, is left as it is, and is named', (_, make) => {
    const dir = tempDir();
    make(lockOf(dir), dir);
    expect(() => lockLog(dir)).toThrow(LockUnfit);
    expect(() => lockLog(dir)).toThrow(/writer\.lock is not the empty file that poptray locks: move it away/);
    expect(isLogLocked(dir)).toBe(false);
  });

  test.each(here)('%s beside it, where SQLite would have its journal, makes no difference', (_, make) => {
    const dir = tempDir();
    make(`${lockOf(dir)}-journal`, dir);
    const lock = lockLog(dir);
    expect(isLogLocked(dir)).toBe(true);
    expect(() => lockLog(dir)).toThrow(LogLocked);
    lock.release();
    expect(isLogLocked(dir)).toBe(false);
  });

  function link(path: string, to: string): void {
    writeFileSync(to, '');
    symlinkSync(to, path);
  }

  function hardLink(path: string, to: string): void {
    writeFileSync(to, 'somebody’s');
    linkSync(to, path);
  }
});

describe.skipIf(process.platform === 'win32')('a lock that is removed under its writer', () => {
  const losses: [string, (path: string) => void][] = [
    ['removed', (path) => rmSync(path)],
    ['replaced', (path) => replace(path)],
    ['gone with its folder', (path) => renameSync(join(path, '..'), join(path, '..', '..', 'away'))],
  ];

  test.each(losses)('%s: nothing more is appended or signed, and why is said once', async (_, lose) => {
    const clock = createFakeClock();
    const log = await openTestLog({ clock });
    await log.add('before');
    lose(lockOf(log.dir));
    for (let turn = 0; turn < 2; turn += 1)
      await expect(log.add('refused')).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(log.logFaults).toEqual([
      expect.stringMatching(/writer\.lock was removed or replaced.*start poptray anew/),
    ]);
    const before = readFileSync(checkpointPath(log.dataDir));
    await clock.advance(60_000);
    await log.close();
    expect(readFileSync(checkpointPath(log.dataDir))).toEqual(before);
    expect(log.secrets.kept['audit-checkpoint']).toBeUndefined();
    expect(log.entries.map(({ detail }) => detail)).not.toContain('refused');
  });

  test('is seen by whoever asks, without an entry', async () => {
    const log = await openTestLog();
    await log.add('before');
    log.audit.look();
    expect(log.logFaults).toEqual([]);
    replace(lockOf(log.dir));
    log.audit.look();
    expect(log.logFaults).toEqual([expect.stringContaining('writer.lock')]);
  });

  test('is taken up again once the same file is back', async () => {
    const log = await openTestLog();
    await log.add('before');
    renameSync(lockOf(log.dir), `${lockOf(log.dir)}.away`);
    await expect(log.add('refused')).rejects.toMatchObject({ code: 'audit_unavailable' });
    renameSync(`${lockOf(log.dir)}.away`, lockOf(log.dir));
    await log.add('after');
    expect(log.logFaults).toEqual([expect.any(String), null]);
    await log.close();
    expect(await verdictOf(log)).toMatchObject({ verdict: 'whole', entries: 3 });
  });

  test('leaves the log to the next writer alone, whole, whatever the first one still does', async () => {
    const clock = createFakeClock();
    const first = await openTestLog({ clock });
    await first.add('of the first');
    rmSync(lockOf(first.dir));
    const second = await openTestLog({ dataDir: first.dataDir, secrets: first.secrets, clock });
    for (let turn = 0; turn < 3; turn += 1) {
      await second.add(`of the second, ${turn}`);
      await expect(first.add('refused')).rejects.toMatchObject({ code: 'audit_unavailable' });
      clock.jump(86_400_000);
      await clock.advance(10_000);
    }
    await second.close();
    await first.close();
    expect(await verdictOf(first)).toMatchObject({ verdict: 'whole', entries: 7, segments: 3 });
  });

  test('F29 W16 lets a second poptray show no key that the first has shown, nor the first one that of the second', async () => {
    const stub = await startStubDestination();
    const first = await startTestApp({ destination: stub.url });
    const trigger = (idempotencyKey: string) => ({ userId: USER, idempotencyKey });
    expect((await first.post(trigger('one'))).status).toBe(200);
    rmSync(lockOf(join(first.dataDir, 'audit')));
    const second = await startTestApp({ destination: stub.url, dataDir: first.dataDir });
    expect((await second.post(trigger('one'))).status).toBe(200);
    expect((await second.post(trigger('two'))).status).toBe(200);
    // Once it reads of it in the history that both share, it replays what the second one has shown; it shows nothing itself.
    expect([200, 503]).toContain((await first.post(trigger('two'))).status);
    const refused = await first.post(trigger('three'));
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      503,
      'audit_unavailable',
    ]);
    expect(stub.pops).toHaveLength(2);
    const ready = await fetch(`${first.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('audit_unavailable')]);
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
  });

  function replace(path: string): void {
    writeFileSync(`${path}.new`, '');
    renameSync(`${path}.new`, path);
  }
});

async function verdictOf(log: Parameters<typeof asWritten>[0]) {
  const written = asWritten(log);
  return verifyLog(written.dir, await written.evidence());
}
