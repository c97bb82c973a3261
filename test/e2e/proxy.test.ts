import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startBehindProxy } from '../support/behind-proxy.ts';
import { startHeadless } from '../support/headless.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

test('behind a proxy, all calls go through it, trusted as the system trusts: tokens, pops, webhooks, looks at pages, the log', async () => {
  const { proxy, env, requests } = await startBehindProxy();
  const dataDir = join(tempDir(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const shipping = [{ id: 'otel', kind: 'otlp', url: 'https://otel.pops.test', signals: ['logs'] }];
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ shipping }), { mode: 0o600 });
  const poptray = await startHeadless({
    dataDir,
    env: {
      ...env,
      HTTPS_PROXY: proxy.url,
      POPTRAY_APPLICATION_ID: 'crm',
      POPTRAY_TARGET_URI: 'https://crm.pops.test/agent',
    },
  });
  const response = await poptray.post({ userId: USER });
  expect([response.status, await response.json()]).toMatchObject([200, { status: 'delivered' }]);
  const distinct = () => [...new Set(requests())];
  await vi.waitFor(() => expect(distinct()).toHaveLength(5), { timeout: 12_000 });
  expect(distinct()).toEqual([
    `api.pops.test /api/v2/users/${USER}/screenpops`,
    'crm.pops.test /agent',
    'hooks.pops.test /in',
    'login.pops.test /oauth/token',
    'otel.pops.test /v1/logs',
  ]);
  expect(new Set(proxy.tunnels)).toEqual(
    new Set([
      'login.pops.test:443',
      'api.pops.test:443',
      'hooks.pops.test:443',
      'crm.pops.test:443',
      'otel.pops.test:443',
    ]),
  );
});
