import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ensureDataDir } from '../../main/platform/data-dir.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { startHeadless } from '../support/headless.ts';
import { needsRsyslog, type Rsyslog, startRsyslog } from '../support/rsyslog.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, USER } from '../support/test-app.ts';

const shippingTo = ({ port }: Rsyslog) => ({
  shipping: [{ id: 'siem', kind: 'syslog' as const, host: '127.0.0.1', port, tls: false }],
});

/** Waits until all are there, and looks for anything that is not in the log. */
async function expectAll(rsyslog: Rsyslog, entries: readonly AuditEntry[]): Promise<void> {
  const seqs = () => new Set(rsyslog.entries().map(({ seq }) => seq)).size;
  await vi.waitFor(() => expect(seqs()).toBe(entries.length), { timeout: 60_000 });
  expect(rsyslog.entries().filter((entry) => !isDeepStrictEqual(entry, entries[entry.seq - 1]))).toEqual([]);
}

describe('a real rsyslog misses nothing and gets nothing that the log does not hold', () => {
  beforeEach(needsRsyslog);

  test('although poptray is killed at any moment, 15 times', async () => {
    const rsyslog = await startRsyslog();
    const dataDir = join(tempDir(), 'data');
    ensureDataDir(dataDir);
    const settings = shippingTo(rsyslog);
    writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
    for (let turn = 0; turn < 15; turn += 1) {
      const child = await startHeadless({ dataDir });
      await Promise.all(Array.from({ length: 5 }, () => child.post({ userId: USER })));
      // Deliveries begin a second after the start.
      await wait(900 + Math.random() * 300);
      void child.post({ userId: USER }).catch(() => {});
      child.kill('SIGKILL');
      await child.ended;
    }
    const app = await startTestApp({ dataDir, settings });
    await expectAll(rsyslog, app.entries());
  });

  test('although it is itself restarted under load, 10 times', async () => {
    const rsyslog = await startRsyslog();
    const app = await startTestApp({ settings: shippingTo(rsyslog) });
    const load = new AbortController();
    const firing = (async () => {
      while (!load.signal.aborted) {
        await app.post({ userId: USER });
        await wait(2);
      }
    })();
    for (let turn = 0; turn < 10; turn += 1) {
      await wait(800 + Math.random() * 600);
      await rsyslog.stop();
      await wait(Math.random() * 500);
      await rsyslog.start();
    }
    load.abort();
    await firing;
    await expectAll(rsyslog, app.entries());
  });
}, 240_000);
