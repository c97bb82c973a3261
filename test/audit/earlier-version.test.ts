/** What version 0.1 has written is read, verified and continued by this one. */
import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { parseEntry } from '../../main/audit/format/entry.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { auditEntrySchema } from '../../shared/audit.ts';
import { eventOf, type LogEvent } from '../../shared/log-events.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { poptray } from '../cli/run.ts';
import { evidenceIn } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { verifyLog } from '../support/verify-log.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/data-0.1', import.meta.url));

/** An hour after its last entry. */
const AFTER = Date.parse('2026-11-11T10:00:00Z');

/** A copy with the modes that poptray gives, which git does not keep. */
function dataFolder(): string {
  const dataDir = join(tempDir(), 'data');
  cpSync(FOLDER, dataDir, { recursive: true });
  for (const file of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    chmodSync(join(file.parentPath, file.name), file.isDirectory() ? 0o700 : 0o600);
  }
  chmodSync(dataDir, 0o700);
  return dataDir;
}

test('a log of version 0.1 is whole, and all of its entries read as entries of today', async () => {
  const dataDir = dataFolder();
  expect(verifyLog(auditDir(dataDir), await evidenceIn(dataDir))).toMatchObject({
    verdict: 'whole',
    removed: 10,
    entries: 23,
  });
  const entries = [...readEntries(auditDir(dataDir))];
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 23 }, (_, index) => index + 11));
  for (const entry of entries) expect(auditEntrySchema.parse(entry)).toEqual(entry);
});

test('its keys are replayed to the byte, its call stays popped, and the log goes on and is whole', async () => {
  const dataDir = dataFolder();
  const app = await startTestApp({ dataDir, clock: createFakeClock(AFTER) });
  const first = app
    .entries()
    .find(({ idempotencyKey, type }) => idempotencyKey === 'key-3' && type === 'result');
  const trigger = { userId: USER, customerData: { customerName: 'Ada Lovelace', caseId: 'C-9' } };

  const replay = await app.post(trigger, { 'idempotency-key': 'key-3' });
  expect(replay.headers.get('idempotent-replayed')).toBe('true');
  expect(await replay.json()).toMatchObject({ status: 'delivered', popId: first?.popId });

  expect((await app.post({ ...trigger, userId: 'another' }, { 'idempotency-key': 'key-3' })).status).toBe(
    422,
  );
  expect(await (await app.post(trigger)).json()).toMatchObject({ status: 'delivered' });

  await app.stop();
  expect(verifyLog(auditDir(dataDir), await evidenceIn(dataDir))).toMatchObject({
    verdict: 'whole',
    removed: 10,
  });
  expect(app.entries().length).toBeGreaterThan(23);
});

test('its folder has all that the tests below speak of', () => {
  const entries = [...readEntries(auditDir(dataFolder()))];
  const kinds = entries.map(
    (entry) => eventOf(entry) ?? expect.fail(`nothing is read from entry ${entry.seq}`),
  );
  const count = (kind: LogEvent['kind']) => kinds.filter((event) => event.kind === kind).length;
  expect(
    ['opened', 'intent', 'result', 'refused', 'webhook', 'removed'].map((kind) => count(kind as 'opened')),
  ).toEqual([3, 4, 7, 4, 4, 1]);
});

test('its log is listed', async () => {
  const dataDir = dataFolder();
  const { code, stdout, stderr } = await poptray(['audit', 'list', '--all', '--limit', '100'], { dataDir });
  expect([code, stderr]).toEqual([0, '']);
  const rows = stdout.trimEnd().split('\n').slice(1);
  expect(rows.map((row) => row.split(/ {2,}/)[1])).toEqual(
    [...readEntries(auditDir(dataDir))].map(({ type }) => type),
  );
  expect(
    rows.filter((row) => /result +delivered +[\d.]+ ms +(yes|no) +1 +environment/.test(row)),
  ).toHaveLength(4);
  expect(rows.filter((row) => /refused +refused target_not_allowed/.test(row))).toHaveLength(1);
  expect(rows.filter((row) => /webhook +refused gone/.test(row))).toHaveLength(1);
  expect(rows.filter((row) => /removed +entries up to 10/.test(row))).toHaveLength(1);
});

test.each([
  [
    'jsonl',
    (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
  ],
  [
    'ocsf',
    (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).metadata.sequence),
  ],
  ['csv', (text: string) => [...text.matchAll(/^(\d+),2026-/gm)].map(([, seq]) => Number(seq))],
] as const)(
  'its log is exported as %s, with the members of today and nothing missing',
  async (format, seqsIn) => {
    const dataDir = dataFolder();
    const { code, stdout, stderr } = await poptray(['audit', 'export', '--format', format], { dataDir });
    // What retention has removed is no gap.
    expect([code, stderr]).toEqual([0, '']);
    expect(seqsIn(stdout)).toEqual(Array.from({ length: 23 }, (_, index) => index + 11));
    for (const column of ['destinationKey', 'mayHaveArrived', 'party', 'change', 'errors']) {
      expect(stdout).toContain(column);
    }
  },
);

test('its settings count, and its database gives way to one that says the same and more', async () => {
  const dataDir = dataFolder();
  const app = await startTestApp({ dataDir, clock: createFakeClock(AFTER) });
  expect(app.runtimeConfig.current.settings.auditKeepDays).toBe(30);
  const { dashboard } = app;
  await vi.waitFor(async () =>
    expect(await dashboard.call('status', {})).toMatchObject({ ok: true, value: { rebuilding: null } }),
  );
  const gone = { webhook: 'productivity', failure: 'gone' };
  expect(await dashboard.call('webhookQueue', {})).toMatchObject({
    value: {
      waiting: 0,
      dead: [
        { ...gone, attempts: 1, popId: '01a1c9d5-e3ae-754e-bd3e-789845ba0294' },
        { ...gone, attempts: 0, popId: '01a1c9d5-e3dd-70ae-8cd7-1bc0f9223492' },
      ],
    },
  });
  const filter = { types: ['result' as const], status: 'delivered' as const };
  expect(await dashboard.call('auditQuery', { filter, offset: 0, limit: 10 })).toMatchObject({
    value: { total: 4, entries: [{ seq: 32 }, { seq: 29 }, { seq: 17 }, { seq: 13 }] },
  });
  const story = { popId: '01a1c9d5-e3ae-754e-bd3e-789845ba0294' };
  expect(await dashboard.call('popStory', story)).toMatchObject({
    value: { entries: [{ type: 'intent' }, { type: 'result' }, { type: 'webhook' }] },
  });
});

test('an entry without members that came later reads as one in which they say nothing', () => {
  const { webhooks: _, interaction: __, ...early } = newEntry('result', { popId: 'p' });
  const stamp = { seq: 1, timestamp: '2026-11-11T09:00:00.000Z', boot: 'b', uptimeMs: 1, keyId: 'k' };
  expect(parseEntry({ ...early, ...stamp })).toMatchObject({ webhooks: [], interaction: null, popId: 'p' });
});

test.each([undefined, null, 7, 'entry', [], {}, { type: 'result' }])('%j is no entry', (written) => {
  expect(parseEntry(written)).toBeUndefined();
});
