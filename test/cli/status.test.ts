import { expect, test } from 'vitest';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startReceiver, status } from '../support/receiver.ts';
import { USER } from '../support/test-app.ts';
import { poptray, start, startHeadless } from './run.ts';

test('poptray status says in a few lines how it stands, and 0 when it can deliver', async () => {
  const headless = await startHeadless();
  const { code, stdout } = await headless.poptray('status');
  expect(stdout).toMatch(
    /^poptray 0\.1\.0 listens on http:\/\/127\.0\.0\.1:\d+.*\nready: pops go to the built-in Genesys Cloud simulator/,
  );
  expect(stdout).toContain('SIMULATED');
  expect(code).toBe(0);
  const { stdout: json } = await headless.poptray('status', '--json');
  expect(JSON.parse(json)).toMatchObject({ version: '0.1.0', unready: [], troubles: [] });
});

test('poptray status says which webhook has trouble, why and since when', async () => {
  const receiver = await startReceiver();
  receiver.answer = status(503);
  const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const headless = await startHeadless({ env });
  await headless.poptray('trigger', '--user', USER);
  await receiver.got(1);
  const lines = async () => (await headless.poptray('status')).stdout;
  await expect
    .poll(lines, { timeout: 20_000 })
    .toMatch(/^webhook productivity: in trouble since \S+Z: its receiver answered 503; 1 waiting$/m);
});

test('poptray status says what keeps it from delivering, and exits 1', async () => {
  const headless = await startHeadless({ env: { GENESYS_REGION: 'mypurecloud.com' } });
  expect(await headless.poptray('status')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^NOT READY.*\n {2}not_configured: /m),
  });
});

test('poptray status is for the owner of the machine, not for a softphone', async () => {
  const headless = await startHeadless();
  const token = (await headless.poptray('token', 'create', 'phone')).stdout.trim();
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`http://127.0.0.1:${headless.port}/status`, { headers })).status).toBe(403);
});

test('without a poptray, status says so: 69', async () => {
  expect(await poptray(['status'])).toMatchObject({
    code: 69,
    stderr: expect.stringContaining('not running'),
  });
});

test('--version says which poptray this is, of the command and of headless', async () => {
  for (const program of ['cli.ts', 'headless.ts'] as const) {
    const { ended } = start(program, ['--version']);
    expect(await ended).toEqual({ code: 0, stdout: 'poptray 0.1.0\n', stderr: '' });
  }
});
