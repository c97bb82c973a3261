import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deliveringTo } from '../support/environment.ts';
import { nobody } from '../support/servers.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';
import { poptray, startHeadless } from './run.ts';

const genesys = (url: string) => ({
  ...deliveringTo(url),
  GENESYS_CLIENT_SECRET: 'wrong',
});

test('a healthy poptray has no fault: exit 0, also before the first start', async () => {
  const fresh = await poptray(['doctor'], { dataDir: tempDir() });
  expect([fresh.code, fresh.stderr]).toEqual([0, '']);
  expect(fresh.stdout).toMatch(/^note {3}endpoint: poptray is not running/m);
  const headless = await startHeadless();
  await headless.poptray('trigger', '--user', USER);
  const { code, stdout } = await headless.poptray('doctor');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok {5}settings: port 0; applications com.example.customapp; pops on /m);
  expect(stdout).toMatch(/^ok {5}local tokens: poptray-command$/m);
  expect(stdout).toMatch(/^ok {5}audit log: 3 entries, whole$/m);
  expect(stdout).toMatch(/^note {3}audit root: still here/m);
  expect(stdout).toMatch(new RegExp(`^ok {5}endpoint: listens on port ${headless.port}$`, 'm'));
  expect(stdout).toMatch(/^note {3}destination simulator: simulated/m);
  expect(stdout).toMatch(/^ok {5}pages: com.example.customapp is not looked at$/m);
  expect(stdout).not.toContain('FAULT');
});

test('faults are found, all of them, with what to do: exit 1', async () => {
  const headless = await startHeadless();
  const folder = join(headless.dataDir, 'audit');
  const segment = join(folder, readdirSync(folder).find((name) => name.endsWith('.ndjson')) as string);
  headless.child.kill('SIGTERM');
  await headless.ended;
  writeFileSync(segment, readFileSync(segment, 'utf8').replace('opened', 'Opened'));
  writeFileSync(join(headless.dataDir, 'tokens.json'), '{', { mode: 0o600 });
  writeFileSync(join(headless.dataDir, 'settings.json'), '{"port":"x"}', { mode: 0o600 });
  const { code, stdout } = await headless.poptray('doctor', '--json');
  const findings = JSON.parse(stdout) as { check: string; verdict: string; detail: string }[];
  expect(code).toBe(1);
  const faults = findings.filter(({ verdict }) => verdict === 'fault');
  expect(faults.map(({ check }) => check)).toEqual([
    'settings',
    // Which secrets go where, the settings say.
    'secrets',
    'local tokens',
    'audit log',
    'retention',
    'destination',
    'pages',
    'webhooks',
    'shipping',
  ]);
  const detailOf = (name: string) => faults.find(({ check }) => check === name)?.detail;
  expect(detailOf('settings')).toContain('port');
  expect(detailOf('local tokens')).toContain('restore it from a backup');
  expect(detailOf('audit log')).toContain('tampered with at entry 1');
});

test('an application whose page is not on its own list is a fault of the settings', async () => {
  const dataDir = tempDir();
  const application = { id: 'crm', baseUri: 'https://a.example/', allowedOrigins: ['https://b.example'] };
  const settings = JSON.stringify({ applications: [application] });
  writeFileSync(join(dataDir, 'settings.json'), settings, { mode: 0o600 });
  const { code, stdout } = await poptray(['doctor'], { dataDir });
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(
      /^FAULT {2}settings: .*\n.*allowedOrigins: must have the page’s own origin, https:\/\/a\.example/m,
    ),
  ]);
});

test('a destination that gives no token is a fault, and one that does is not', async () => {
  const destination = await startStubDestination();
  destination.onToken(reply(401, { error: 'invalid_client' }));
  const options = { dataDir: tempDir(), env: genesys(destination.url) };
  const refused = await poptray(['doctor'], options);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(
    /^FAULT {2}destination genesys: Genesys Cloud at \S+: .*Check the region first, then client id and secret\.$/m,
  );
  expect(refused.stdout).not.toContain('wrong');
  const granted = await poptray(['doctor'], options);
  expect([granted.code, granted.stdout]).toEqual([0, expect.stringContaining('gave a token')]);
  const missing = await poptray(['doctor'], { ...options, env: { ...options.env, SIGNING_SECRET: '' } });
  expect([missing.code, missing.stdout]).toEqual([1, expect.stringContaining('not set: SIGNING_SECRET')]);
});

test('the poptray that runs looks itself, with what it was given: the shell of the command does not count', async () => {
  const destination = await startStubDestination();
  const headless = await startHeadless({ env: genesys(destination.url) });
  // As typed into a shell that knows nothing of it, and into one that has it wrong.
  for (const env of [{}, { GENESYS_REGION: 'nowhere.invalid', HTTPS_PROXY: 'no proxy' }]) {
    const { code, stdout } = await poptray(['doctor'], { dataDir: headless.dataDir, env });
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${destination.url} gave a token`)]);
    expect(stdout).toMatch(/^ok {5}proxy: none named/m);
  }
});

test('a folder that does not do is the first fault and not the last: the others are looked for all the same', async () => {
  const dataDir = join(tempDir(), 'data');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'settings.json'), '{}', { mode: 0o600 });
  chmodSync(dataDir, 0o755);
  const { code, stdout } = await poptray(['doctor', '--json'], {
    dataDir,
    env: { ...genesys(await nobody()), HTTPS_PROXY: 'socks5://proxy.example' },
  });
  const faults = (JSON.parse(stdout) as { check: string; verdict: string }[])
    .filter(({ verdict }) => verdict === 'fault')
    .map(({ check }) => check);
  expect([code, faults]).toEqual([1, ['data folder', 'proxy', 'destination genesys']]);
});

test('a webhook without its secret is a fault for doctor, as it is for a start', async () => {
  const { code, stdout } = await poptray(['doctor'], {
    dataDir: tempDir(),
    env: { PRODUCTIVITY_WEBHOOK_URL: 'https://hooks.example/in' },
  });
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^FAULT {2}webhooks: .*productivity.*secret/m)]);
});

test('why the destination cannot be reached is said, and no text sends its reader back to doctor', async () => {
  const nowhere = await nobody();
  const { code, stdout } = await poptray(['doctor'], { dataDir: tempDir(), env: genesys(nowhere) });
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining(
      `Nothing takes connections at ${new URL(nowhere).host}: it was refused. Check the port`,
    ),
  ]);
  expect(stdout).not.toMatch(/poptray doctor/);
});

test('each of several destinations has a line under its id, in the order of the settings', async () => {
  const dataDir = tempDir();
  const nowhere = await nobody();
  const destinations = [
    { id: 'desk', kind: 'simulator' },
    { id: 'crm', kind: 'http', url: `${nowhere}/pops`, auth: { kind: 'bearer' } },
    { id: 'wallboard', kind: 'http', url: `${nowhere}/pops`, required: false },
  ];
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ version: 2, destinations }), {
    mode: 0o600,
  });
  const { code, stdout } = await poptray(['doctor'], { dataDir });
  const lines = stdout.split('\n').filter((line) => / destination /.test(line));
  expect([code, lines]).toEqual([
    1,
    [
      expect.stringMatching(/^note {3}destination desk: simulated/),
      expect.stringMatching(/^FAULT {2}destination crm: .*not set: destination:crm:token$/),
      expect.stringMatching(/^ok {5}destination wallboard: .*is tried by a pop alone$/),
    ],
  ]);
  // Nobody who has other destinations wants the list made one.
  expect(lines[0]).not.toContain('GENESYS_');
});
