/** F16: old entries and a wall clock that jumps, with the real program; a minute passes until it looks for them. */
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { readTroubles } from '../../main/observability/troubles.ts';
import { createSecrets } from '../../main/secrets/secrets.ts';
import { poptray } from '../cli/run.ts';
import { createMemorySecrets, openTestLog } from '../support/audit-log.ts';
import { makeCertificates } from '../support/certificates.ts';
import { deliveringTo } from '../support/environment.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startHeadless } from '../support/headless.ts';
import { serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

vi.setConfig({ testTimeout: 300_000 });

const DAY = 86_400_000;
const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
if (LIBRARY === undefined && process.env.CI === 'true' && process.platform === 'linux')
  throw new Error('no libfaketime: apt-get install libfaketime');

/** Six days of entries, the first so many days ago, of a machine that was turned off each night; 30 days are to be kept. */
async function writeSixDays(firstDaysAgo: number): Promise<string> {
  const dataDir = join(tempDir(), 'data');
  const secrets = createMemorySecrets({}, 'file');
  for (let day = 0; day < 6; day += 1) {
    const start = Date.now() - (firstDaysAgo - day) * DAY;
    const log = await openTestLog({
      dataDir,
      secrets,
      clock: { ...createFakeClock(start), boot: `boot of day ${day}` },
    });
    await log.add(`of day ${day}`);
    await log.close();
  }
  const unavailable = { kind: 'off', reason: 'POPTRAY_KEYCHAIN=off' } as const;
  const kept = createSecrets({ env: {}, dataDir, keychain: { unavailable } });
  for (const [name, value] of Object.entries(secrets.kept)) await kept.set(name as 'audit-key', value);
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ auditKeepDays: 30 }), { mode: 0o600 });
  return dataDir;
}

/** A poptray that has shown a pop; `tls`: its destination has a certificate. */
async function start(dataDir: string, tls: boolean, env: Record<string, string>) {
  const certificates = makeCertificates();
  const authority = join(tempDir(), 'authority.pem');
  writeFileSync(authority, certificates.authority.cert);
  const url = await serve(
    (request, response) => {
      const isToken = request.url === '/oauth/token';
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          isToken
            ? { access_token: 'a-token', token_type: 'bearer', expires_in: 86_400 }
            : { id: 'pop-1', status: 'delivered', windowFocused: true, deliveryTimeMs: 1 },
        ),
      );
    },
    tls ? certificates.good : undefined,
  );
  const app = await startHeadless({
    dataDir,
    env: {
      ...deliveringTo(url),
      NODE_EXTRA_CA_CERTS: authority,
      ...env,
    },
  });
  expect((await app.post({ userId: USER })).status).toBe(200);
  return app;
}

const segmentsIn = (dataDir: string) => listSegments(auditDir(dataDir));
const WAIT = { timeout: 150_000, interval: 250 };

describe.skipIf(LIBRARY === undefined)('old entries', () => {
  test('F16 are kept while the clock is twenty years ahead and only plain HTTP says otherwise', async () => {
    const dataDir = await writeSixDays(6);
    const before = segmentsIn(dataDir);
    await start(dataDir, false, {
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME: '+7300d',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    const waiting = () => readTroubles(dataDir).find(({ part }) => part === 'retention');
    await vi.waitFor(() => expect(waiting()).toBeDefined(), WAIT);
    expect(segmentsIn(dataDir).slice(0, before.length)).toEqual(before);
    const { code: told, since = '' } = waiting() ?? {};
    expect(told).toBe('clock_doubted');
    expect(Date.parse(since)).toBeGreaterThan(Date.now() + 7000 * DAY);
    const { code, stdout } = await poptray(['audit', 'verify'], { dataDir });
    expect([code, stdout]).toEqual([0, expect.stringContaining('whole')]);
    const doctor = await poptray(['doctor'], { dataDir });
    expect(doctor.stdout).toContain(`since ${since}`);
    expect(doctor.stdout).toContain('6 files of the log seem old and are kept');
  });

  test('F16 go while the clock is right and a server says so over TLS', async () => {
    const dataDir = await writeSixDays(46);
    const before = segmentsIn(dataDir);
    expect(before).toHaveLength(6);
    await start(dataDir, true, {});
    await vi.waitFor(() => expect(segmentsIn(dataDir)).toHaveLength(1), WAIT);
    expect(before).not.toContain(segmentsIn(dataDir)[0]);
    expect((await poptray(['audit', 'verify'], { dataDir })).code).toBe(0);
  });
});
