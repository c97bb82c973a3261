import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHeadless } from '../support/headless.ts';
import { startIdempotentDestination } from '../support/idempotent-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';
import { spawn } from 'node:child_process';

test.each([0, 1, 30])('x %s', async (n) => {
  const destination = await startIdempotentDestination(() => 1);
  const dataDir = join(tempDir(), 'data');
  const env = { GENESYS_BASE_URL: destination.url, GENESYS_CLIENT_ID: 'id', GENESYS_CLIENT_SECRET: 'secret', SIGNING_SECRET: 's',  };
  const app = await startHeadless({ dataDir, env });
  await Promise.all(Array.from({ length: n }, () => app.post({ userId: USER }).then((r) => r.text())));
  app.kill('SIGTERM');
  expect(await app.ended, app.output()).toBe(0);
});
