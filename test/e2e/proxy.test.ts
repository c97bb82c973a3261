import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startBehindProxy } from '../support/behind-proxy.ts';
import { startHeadless } from '../support/headless.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

test('behind a proxy, tokens, pops, webhooks and looks at pages go through it, trusted as the system trusts', async () => {
  const { proxy, env, requests } = await startBehindProxy();
  const dataDir = join(tempDir(), 'data');
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
  await vi.waitFor(() => expect(requests()).toHaveLength(4), { timeout: 5000 });
  expect(requests()).toEqual([
    `api.pops.test /api/v2/users/${USER}/screenpops`,
    'crm.pops.test /agent',
    'hooks.pops.test /in',
    'login.pops.test /oauth/token',
  ]);
  expect(new Set(proxy.tunnels)).toEqual(
    new Set(['login.pops.test:443', 'api.pops.test:443', 'hooks.pops.test:443', 'crm.pops.test:443']),
  );
});
