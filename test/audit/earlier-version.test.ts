/** What version 0.1 has written is read, verified and continued by this one. */
import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseEntry } from '../../main/audit/format/entry.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { auditEntrySchema } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
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

test('an entry without members that came later reads as one in which they say nothing', () => {
  const { webhooks: _, interaction: __, ...early } = newEntry('result', { popId: 'p' });
  const stamp = { seq: 1, timestamp: '2026-11-11T09:00:00.000Z', boot: 'b', uptimeMs: 1, keyId: 'k' };
  expect(parseEntry({ ...early, ...stamp })).toMatchObject({ webhooks: [], interaction: null, popId: 'p' });
});

test.each([undefined, null, 7, 'entry', [], {}, { type: 'result' }])('%j is no entry', (written) => {
  expect(parseEntry(written)).toBeUndefined();
});
