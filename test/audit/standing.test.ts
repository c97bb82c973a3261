/** Issue 10, point 5: "tampered" stands until it is closed. */
import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeTampered, openStanding, putVerdict, readStanding } from '../../main/audit/verify/standing.ts';
import { UNJUDGED, type Verdict } from '../../main/audit/verify/verify.ts';
import { tempDir } from '../support/temp-dir.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const found = (verdict: Verdict['verdict'], seq?: number): Verdict => ({
  ...UNJUDGED,
  verdict,
  ...(seq !== undefined && { fault: { segment: 's', line: 1, seq, reason: `fault at ${seq}` } }),
});

test('F20 it stays after a restart and after whatever later checks say; of several the first stands', () => {
  const later = fc.constantFrom(
    found('whole'),
    found('torn', 9),
    found('no-key'),
    found('not-all-vouched-for', 2),
    found('tampered', 5),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(later, fc.boolean())), (checks) => {
      const dataDir = tempDir();
      let record = openStanding(dataDir);
      putVerdict(record, found('tampered', 7), NOW);
      checks.forEach(([verdict, isRestarted], index) => {
        if (isRestarted) record = openStanding(dataDir);
        putVerdict(record, verdict, NOW + index + 1);
        expect(record.now().checked).toMatchObject({ verdict: verdict.verdict });
      });
      const tampered = { at: '2026-11-23T12:00:00.000Z', seq: 7, reason: 'fault at 7' };
      expect([record.now().tampered, readStanding(dataDir).tampered]).toEqual([tampered, tampered]);
    }),
    { numRuns: 20 },
  );
});

test.each(['whole', 'torn', 'no-key', 'not-all-vouched-for'] as const)(
  '%s is told, and does not stand',
  (verdict) => {
    const record = openStanding(tempDir());
    putVerdict(record, found(verdict, 3), NOW);
    expect(record.now()).toMatchObject({ tampered: null, checked: { verdict, seq: 3 } });
    putVerdict(record, found('whole'), NOW + 1);
    expect(record.now()).toMatchObject({ tampered: null, checked: { verdict: 'whole', seq: null } });
  },
);

test('closing it says what stood, and another time nothing', () => {
  const dataDir = tempDir();
  putVerdict(openStanding(dataDir), found('tampered', 7), NOW);
  const record = openStanding(dataDir);
  expect(closeTampered(record)).toMatchObject({ seq: 7 });
  expect(closeTampered(record)).toBe(null);
  expect(readStanding(dataDir)).toMatchObject({ tampered: null, checked: null });
});

test('what another process found is not written over, and is told once it is looked for', () => {
  const dataDir = tempDir();
  let news = 0;
  const here = openStanding(dataDir, () => {
    news += 1;
  });
  putVerdict(openStanding(dataDir), found('tampered', 7), NOW);
  here.look();
  here.look();
  expect([here.now().tampered?.seq, news]).toEqual([7, 1]);
  rmSync(join(dataDir, 'audit-standing.json'));
  putVerdict(openStanding(dataDir), found('tampered', 8), NOW);
  const checked = { at: '2026-11-23T12:00:01Z', verdict: 'whole', seq: null, reason: null } as const;
  here.set({ checked });
  expect(readStanding(dataDir)).toMatchObject({ checked, tampered: { seq: 8 } });
});

test('is the owner’s alone; without anything to say there is no file', () => {
  const dataDir = tempDir();
  const path = join(dataDir, 'audit-standing.json');
  const record = openStanding(dataDir);
  record.set({ checked: null });
  expect(statSync(path, { throwIfNoEntry: false })).toBe(undefined);
  putVerdict(record, found('tampered', 7), NOW);
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a record that cannot be used counts as tampered, not as nothing', () => {
  const dataDir = tempDir();
  const path = join(dataDir, 'audit-standing.json');
  for (const text of ['', '{', '[]', '{"tampered":{}}']) {
    writeFileSync(path, text, { mode: 0o600 });
    expect(readStanding(dataDir).tampered).toMatchObject({
      seq: null,
      reason: expect.stringContaining('cannot be used'),
    });
  }
  if (process.platform === 'win32') return;
  writeFileSync(path, '{}', { mode: 0o600 });
  expect(readStanding(dataDir).tampered).toBe(null);
  chmodSync(path, 0o666);
  expect(readStanding(dataDir).tampered).not.toBe(null);
});

test('what cannot be written stands here all the same, and is written with the next', () => {
  const dataDir = join(tempDir(), 'gone');
  const record = openStanding(dataDir);
  expect(() => putVerdict(record, found('tampered', 7), NOW)).toThrow('ENOENT');
  expect(record.now().tampered?.seq).toBe(7);
  expect(() => putVerdict(record, found('whole'), NOW)).toThrow('ENOENT');
  expect(record.now().tampered?.seq).toBe(7);
});
