/** What a disk does wrong at the worst moment: nothing is told as durable that is not, and nothing stays that was refused. */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { chainKey } from '../../main/audit/format/chain.ts';
import { lockLog } from '../../main/audit/format/lock.ts';
import { listSegments } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { createAuditLog } from '../../main/audit/writer/log-writer.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { asWritten, openTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { takeOverFs } from '../support/take-over-fs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';

const DAY_MS = 86_400_000;
const faultOf = (code: string) => Object.assign(new Error(code), { code });

/** A log without its checkpoints, and what it tells. */
function openLog(dir = tempDir()) {
  const clock = createFakeClock();
  const durable: number[] = [];
  const faults: (string | null)[] = [];
  const log = createAuditLog({
    dir,
    key: chainKey(Buffer.alloc(32, 7)),
    clock,
    lock: lockLog(dir),
    onEntry() {},
    onDurable: (seq) => durable.push(seq),
    onFault: (fault) => faults.push(fault?.message ?? null),
  });
  const add = (detail: string, until: 'written' | 'durable') =>
    log.append(newEntry('webhook', { detail }), until);
  return { dir, clock, durable, faults, log, add };
}

/** The folder of a log that was killed with two entries in it, one of them perhaps not on disk. */
async function killedLog(): Promise<string> {
  const { dir, log, add } = openLog();
  await add('left', 'durable');
  const left = tempDir();
  for (const name of listSegments(dir)) fs.copyFileSync(join(dir, name), join(left, name));
  await log.close();
  return left;
}

async function verdictOf(log: Parameters<typeof asWritten>[0]) {
  const written = asWritten(log);
  return verifyLog(written.dir, await written.evidence());
}

describe('F19 a sync that fails', () => {
  test('is told to who waits for it, as no durable entry; the next one is checked anew', async () => {
    const { log, add, durable, faults } = openLog();
    const putBack = [
      takeOverFs('fdatasync', (_fd, done) => setImmediate(done, faultOf('EIO'))),
      takeOverFs('fdatasyncSync', () => {
        throw faultOf('EIO');
      }),
    ];
    await expect(add('lost', 'durable')).rejects.toMatchObject({
      code: 'audit_unavailable',
      message: 'the audit log cannot be read or written (EIO).',
    });
    expect(durable).toEqual([]);
    expect(faults).toEqual(['the audit log cannot be read or written (EIO).']);
    for (const back of putBack) back();
    await add('kept', 'durable');
    expect([durable.at(-1), faults.at(-1)]).toEqual([3, null]);
    await log.close();
  });

  test('at a rotation is told as well', async () => {
    const { clock, log, add, durable } = openLog();
    const syncs: (() => void)[] = [];
    takeOverFs('fdatasync', (_fd, done) => syncs.push(() => done(null)));
    const first = add('first', 'durable');
    await vi.waitFor(() => expect(syncs).toHaveLength(1));
    const second = add('second', 'durable');
    await add('third', 'written');
    clock.jump(DAY_MS);
    const back = takeOverFs('fsyncSync', (fd) => {
      if (!fs.fstatSync(fd).isDirectory()) throw faultOf('EIO');
    });
    await add('of the next day', 'written');
    await expect(second).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(durable).toEqual([]);
    back();
    syncs.shift()?.();
    await first;
    await log.close();
  });

  test('of a segment that has ended is told to its own alone: the next one goes on', async () => {
    const { clock, log, add, faults } = openLog();
    const syncs: ((error: Error | null) => void)[] = [];
    const back = takeOverFs('fdatasync', (_fd, done) => syncs.push(done));
    const first = add('first', 'durable').catch(({ code }) => code);
    await vi.waitFor(() => expect(syncs).toHaveLength(1));
    clock.jump(DAY_MS);
    await add('of the next day', 'written');
    const waiting = add('waits', 'durable');
    await new Promise(setImmediate);
    back();
    syncs[0]?.(faultOf('EIO'));
    expect(await first).toBe('audit_unavailable');
    expect((await waiting).detail).toBe('waits');
    expect(faults).toEqual([]);
    await log.close();
  });
});

test('what waits at a rotation is durable first, in its segment and its folder; the file is open as long as a sync runs on it', async () => {
  const { dir, clock, log, add, durable } = openLog();
  const happened: string[] = [];
  const real = fs.fsyncSync;
  takeOverFs('fsyncSync', (fd) => {
    happened.push(fs.fstatSync(fd).isDirectory() ? 'folder' : `segment of ${fs.fstatSync(fd).ino}`);
    real(fd);
  });
  const syncs: { readonly fd: number; end(): void }[] = [];
  const back = takeOverFs('fdatasync', (fd, done) => syncs.push({ fd, end: () => done(null) }));
  const first = add('first', 'durable');
  await vi.waitFor(() => expect(syncs).toHaveLength(1));
  expect(happened).toEqual(['folder']);
  const [{ fd, end }] = syncs as [(typeof syncs)[number]];
  const { ino } = fs.statSync(join(dir, listSegments(dir)[0] as string));
  const second = add('second', 'durable').then(() => happened.push('second is told'));
  await add('third', 'written');
  clock.jump(DAY_MS);
  await add('of the next day', 'written');
  await second;
  expect(happened.slice(1)).toEqual(['folder', `segment of ${ino}`, 'second is told']);
  expect(fs.fstatSync(fd).ino).toBe(ino);
  clock.jump(DAY_MS);
  await add('of the day after that', 'written');
  const reached = [...durable];
  back();
  end();
  await first;
  // A sync that ends two segments later says nothing new: the key must not go back to that one's.
  expect(durable).toEqual(reached);
  await vi.waitFor(() => expect(inoOf(fd)).not.toBe(ino));
  await log.close();
});

describe('what a killed writer has left', () => {
  test('is on disk before the log says so', async () => {
    const left = await killedLog();
    const { log, durable } = openLog(left);
    const told: number[][] = [];
    const real = fs.fsyncSync;
    takeOverFs('fsyncSync', (fd) => {
      told.push([...durable]);
      real(fd);
    });
    log.open();
    expect(told).toEqual([[]]);
    expect(durable).toEqual([2]);
    await log.close();
  });

  test('F19 is never told as durable where that fails: a second sync would succeed without it', async () => {
    const left = await killedLog();
    const { log, durable, faults } = openLog(left);
    let syncs = 0;
    const back = takeOverFs('fsyncSync', () => {
      syncs += 1;
      if (syncs === 1) throw faultOf('EIO');
    });
    expect(() => log.open()).toThrow('the audit log cannot be read or written (EIO).');
    expect([syncs, durable]).toEqual([1, []]);
    expect(faults).toEqual(['the audit log cannot be read or written (EIO).']);
    back();
    await log.close();
  });
});

function inoOf(fd: number): number | undefined {
  try {
    return fs.fstatSync(fd).ino;
  } catch {
    return undefined;
  }
}

test('what waits at the stop is durable before it is told', async () => {
  const { log, add } = openLog();
  const happened: string[] = [];
  const syncs: (() => void)[] = [];
  takeOverFs('fdatasync', (_fd, done) => syncs.push(() => done(null)));
  const first = add('first', 'durable');
  await vi.waitFor(() => expect(syncs).toHaveLength(1));
  const real = fs.fsyncSync;
  takeOverFs('fsyncSync', (fd) => {
    happened.push('sync');
    real(fd);
  });
  const second = add('second', 'durable').then(() => happened.push('told'));
  const closing = log.close();
  // Nobody else gets the log as long as a sync of it runs.
  await new Promise(setImmediate);
  expect(happened).toEqual([]);
  syncs.shift()?.();
  await Promise.all([first, second, closing]);
  expect(happened).toEqual(['sync', 'told']);
});

test('F19 the key stays when the first line of a segment cannot be written, and the log whole', async () => {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  await log.add('day 0');
  await clock.advance(5000);
  clock.jump(DAY_MS);
  const free = takeOverFs('writeSync', () => {
    throw faultOf('ENOSPC');
  });
  await expect(log.add('refused')).rejects.toMatchObject({ code: 'audit_unavailable' });
  free();
  expect(log.secrets.kept['audit-key']).toMatch(/^0:/);
  await log.add('day 1');
  await log.close();
  expect(log.secrets.kept['audit-key']).toMatch(/^1:/);
  expect(log.entries.map(({ type }) => type)).not.toContain('inconsistent');
  expect(await verdictOf(log)).toMatchObject({ verdict: 'whole', segments: 2 });
});

test('F19 a disk that is full in the middle of a group leaves nothing of it', async () => {
  const log = await openTestLog();
  await log.add('before');
  const { writeSync } = fs;
  let writes = 0;
  const free = takeOverFs('writeSync', (...given) => {
    writes += 1;
    if (writes > 1) throw faultOf('ENOSPC');
    // The first of the two lines, and some of the second.
    const [fd, bytes] = given as unknown as [number, Buffer];
    return writeSync(fd, bytes, 0, bytes.indexOf(10) + 100);
  });
  const group = await Promise.allSettled([log.add('refused 1'), log.add('refused 2')]);
  free();
  expect(group.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await log.add('after');
  expect([...readEntries(log.dir)].map(({ detail }) => detail).slice(1)).toEqual(['before', 'after']);
  await log.close();
  expect(await verdictOf(log)).toMatchObject({ verdict: 'whole', entries: 3 });
});

test('a segment ends at 64 MiB', async () => {
  const { dir, log, add } = openLog();
  const detail = 'x'.repeat(1_000_000);
  for (let index = 0; index < 70; index += 1) await add(detail, 'written');
  await log.close();
  const sizes = listSegments(dir).map((name) => fs.statSync(join(dir, name)).size);
  expect(sizes).toHaveLength(2);
  expect(sizes[0]).toBeGreaterThanOrEqual(64 * 1024 * 1024);
  expect(sizes[0]).toBeLessThan(65 * 1024 * 1024 + 2000);
});

test('checkpoints follow each other 50 ms apart, however many entries come', async () => {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  const many = () => Promise.all(Array.from({ length: 150 }, (_, index) => log.add(`${index}`)));
  const counted = () => Number(log.checkpoint()?.split('\n')[1]);
  await many();
  await vi.waitFor(() => expect(counted()).toBe(151));
  await many();
  await clock.advance(49);
  expect(counted()).toBe(151);
  await clock.advance(1);
  expect(counted()).toBe(301);
  await log.close();
});
