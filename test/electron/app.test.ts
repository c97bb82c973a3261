/** The built product on the stand-in: main/index.ts with the real app, simulator and dashboard. */
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { parseSigningKey } from '../../main/audit/checkpoints/checkpoint.ts';
import { checkpointPath, readMarks } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { poptray } from '../cli/run.ts';
import { startBehindProxy } from '../support/behind-proxy.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { needsKeyring, startKeyringSession } from '../support/keyring.ts';
import { startReceiver } from '../support/receiver.ts';
import { tempDir } from '../support/temp-dir.ts';
import {
  faceOf,
  onPlayed,
  platform,
  type Start,
  startDesktop,
  startRefused,
  startRefusedWithBox,
} from './driver.ts';
import { eventually } from './eventually.ts';
import { answerCaller } from './fixture-shell.ts';
import { buildRoot, removeRoot } from './root.ts';
import { walkViews } from './walk-views.ts';

vi.setConfig({ testTimeout: 60_000 });

let root: string;
beforeAll(async () => {
  root = await buildRoot('main/index.ts', 'real');
}, 60_000);
afterAll(() => removeRoot(root));

function newStart(args: readonly string[] = ['--hidden']): Start & { readonly dataDir: string } {
  return { root, dataDir: join(tempDir(), 'data'), args: ['--port', '0', ...args] };
}

test('L34 it starts, shows a test pop of the tray in its log and its menu, and closes its port with a quit', async () => {
  const start = newStart();
  const desktop = await startDesktop(start);
  const note = join(start.dataDir, 'endpoint.json');
  const { port } = JSON.parse(readFileSync(note, 'utf8'));
  const health = () => fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok);
  expect(await health()).toBe(true);

  await desktop.do('clickMenu', 'Send a test pop');
  await eventually(() => desktop.do('notices')).toMatchObject([{ title: 'Test pop delivered' }]);
  await eventually(async () => (await desktop.do('tray')).tooltip).toMatch(
    /^poptray: ready \(simulated\)\nLast pop: \d\d:\d\d delivered, \d+ ms\nToday: 1 delivered, 0 failed$/,
  );

  desktop.do('quit').catch(() => {});
  expect(await desktop.ended).toBe(0);
  await expect(health()).rejects.toThrow();
  expect(existsSync(note)).toBe(false);
});

test('--version says which poptray this is, in a line, and nothing is started', async () => {
  const start = newStart(['--version']);
  expect(await startRefused(start)).toMatchObject({
    code: 0,
    said: `poptray ${packageJson.version}\n`,
    complaints: '',
  });
  expect(existsSync(start.dataDir)).toBe(false);
});

test('a URL of the scheme goes through the guard and the pipeline, under its caller’s name', async () => {
  const desktop = await startDesktop(newStart());
  await desktop.do('openUrl', 'poptray://trigger?user=agent-1&from=3CX&data.customerName=Ada');
  await answerCaller(desktop, 0);
  const query = { filter: { types: ['result'] }, offset: 0, limit: 5 };
  const entries = () =>
    desktop.do('invokeFrom', 'app://poptray/', 'page', 'poptray:call', ['auditQuery', query]);
  await eventually(entries).toMatchObject({
    value: { total: 1, entries: [{ userId: 'agent-1', client: 'scheme:3CX', status: 'delivered' }] },
  });
});

test('tokens, pops, webhooks and looks at pages go through the proxy that the system names', async () => {
  const { proxy, env, requests } = await startBehindProxy();
  const { host } = new URL(proxy.url);
  const desktop = await startDesktop({
    ...newStart(),
    env: {
      ...env,
      POPTRAY_APPLICATION_ID: 'crm',
      POPTRAY_TARGET_URI: 'https://crm.pops.test/agent',
      STAND_IN_PROXY: `PROXY ${host}; DIRECT`,
    },
  });
  const trigger = { userId: 'agent-1' };
  const fired = await desktop.do('invokeFrom', 'app://poptray/', 'page', 'poptray:call', [
    'popFire',
    { trigger },
  ]);
  expect(fired).toMatchObject({ value: { status: 'delivered' } });
  await eventually(requests).toEqual([
    'api.pops.test /api/v2/users/agent-1/screenpops',
    'crm.pops.test /agent',
    'hooks.pops.test /in',
    'login.pops.test /oauth/token',
  ]);
});

test.skipIf(platform !== 'linux')('starting at login follows the settings at once', async () => {
  const home = tempDir();
  const env = { XDG_CONFIG_HOME: home, STAND_IN_PACKAGED: '1' };
  const desktop = await startDesktop({ ...newStart(), env });
  const call = async (name: string, request: object) => {
    const answer = await desktop.do('invokeFrom', 'app://poptray/', 'page', 'poptray:call', [name, request]);
    return (answer as { value: { settings: object } }).value;
  };
  const file = join(home, 'autostart', 'poptray.desktop');
  for (const autostart of [true, false]) {
    const { settings } = await call('settingsGet', {});
    await call('settingsSet', { settings: { ...settings, autostart } });
    expect(existsSync(file)).toBe(autostart);
  }
});

test.skipIf(platform !== 'linux')(
  'F21 with a locked keychain the tray shows trouble, and is ready once it is unlocked',
  async (context) => {
    needsKeyring(context);
    const home = tempDir();
    const first = await startKeyringSession(home, 'unlocked');
    const start = newStart();
    const earlier = await startDesktop({ ...start, env: first.env });
    earlier.do('quit').catch(() => {});
    expect(await earlier.ended).toBe(0);
    await first.end();

    const session = await startKeyringSession(home, 'locked');
    const desktop = await startDesktop({ ...start, env: session.env });
    const tooltip = async () => (await desktop.do('tray')).tooltip;
    await eventually(tooltip).toContain('in trouble');
    await eventually(() => desktop.do('notices')).toMatchObject([
      { title: 'The audit log cannot be written, so nothing is delivered' },
    ]);
    await session.unlock();
    const tooltipAfterPop = async () => {
      await desktop.do('clickMenu', 'Send a test pop');
      return tooltip();
    };
    await eventually(tooltipAfterPop).toContain('poptray: ready');
  },
);

test('beside another user’s poptray it takes a free port, and tray, dashboard and doctor say which', async () => {
  await holdUsualPort();
  const start = { ...newStart(), args: ['--hidden'] };
  const desktop = await startDesktop(start);
  const { port, insteadOf } = JSON.parse(readFileSync(join(start.dataDir, 'endpoint.json'), 'utf8'));
  expect(insteadOf).toBe(8080);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).ok).toBe(true);
  expect((await desktop.do('tray')).menu.map(({ label }) => label)).toContain(`Port ${port}: 8080 is taken`);
  expect(
    await desktop.do('invokeFrom', 'app://poptray/', 'page', 'poptray:call', ['status', {}]),
  ).toMatchObject({
    value: { portInsteadOf: 8080, addresses: expect.arrayContaining([`http://127.0.0.1:${port}`]) },
  });
  const { stdout } = await poptray(['doctor'], { dataDir: start.dataDir, env: onPlayed });
  expect(stdout).toContain(`note   endpoint: listens on port ${port}, because 8080 is taken`);
});

test.each([
  ['argument', ['--port', '8080'], {}],
  ['environment', [], { POPTRAY_PORT: '8080' }],
])('a port that the %s names is not given up for another one', async (_, args, env) => {
  await holdUsualPort();
  const { code, complaints } = await startRefused({ ...newStart(), args: ['--hidden', ...args], env });
  expect(code).toBe(1);
  expect(complaints).toMatch(/poptray cannot start: Port 8080 is taken by another program\. .*POPTRAY_PORT/);
});

/** As the poptray of another user does. */
async function holdUsualPort(): Promise<void> {
  const server = createServer();
  onTestFinished(() => void server.close());
  // Another test may have it for a moment.
  await eventually(async () => {
    server.listen(8080, '127.0.0.1');
    return once(server, 'listening').then(
      () => true,
      () => false,
    );
  }).toBe(true);
}

test('a Windows session that ends at once leaves the log whole, signed to its last entry, and no note of the port', async () => {
  const start = { ...newStart(), env: { STAND_IN_PLATFORM: 'win32' } };
  const desktop = await startDesktop(start);
  await desktop.do('clickMenu', 'Send a test pop');
  await eventually(() => desktop.do('notices')).toMatchObject([{ title: 'Test pop delivered' }]);
  desktop.do('endSession', 'at once').catch(() => {});
  await desktop.ended;
  const types = [...readEntries(auditDir(start.dataDir))].map(({ type }) => type);
  expect(types).toContain('result');
  const { secrets } = JSON.parse(readFileSync(join(start.dataDir, 'secrets.json'), 'utf8'));
  const signer = parseSigningKey(secrets['audit-signing-key']);
  expect(readMarks(checkpointPath(start.dataDir), signer).at(-1)?.checkpoint.count).toBe(types.length);
  expect(existsSync(join(start.dataDir, 'endpoint.json'))).toBe(false);
  const { code, stdout } = await poptray(['audit', 'verify'], { dataDir: start.dataDir, env: onPlayed });
  expect([code, stdout]).toEqual([0, expect.stringContaining('whole')]);
});

test('settings that do not fit are told of in a dialog, and nothing is started', async () => {
  const start = newStart();
  mkdirSync(start.dataDir, { mode: 0o700 });
  writeFileSync(join(start.dataDir, 'settings.json'), '{"port":"many"}', { mode: 0o600 });
  const { code, complaints } = await startRefused(start);
  expect(code).toBe(1);
  expect(complaints).toMatch(/poptray cannot start: settings\.json.*port/s);
});

test('the box that tells of a start that failed stops everything, and holds up no start that comes after it', async () => {
  const start = newStart();
  const settings = join(start.dataDir, 'settings.json');
  mkdirSync(start.dataDir, { mode: 0o700 });
  writeFileSync(settings, '{"port":"many"}', { mode: 0o600 });
  const failed = await startRefusedWithBox({ ...start, env: { STAND_IN_ANSWER_MS: '60000' } });
  writeFileSync(settings, '{"version":1}', { mode: 0o600 });
  const desktop = await startDesktop(start);
  await desktop.do('clickMenu', 'Send a test pop');
  await eventually(() => desktop.do('notices')).toMatchObject([{ title: 'Test pop delivered' }]);
  expect(failed.hasEnded()).toBe(false);
});

test.skipIf(platform === 'win32')('a data folder that others can read is told of in a dialog', async () => {
  const start = newStart();
  mkdirSync(start.dataDir);
  writeFileSync(join(start.dataDir, 'other'), '');
  chmodSync(start.dataDir, 0o755);
  const { code, complaints } = await startRefused(start);
  expect(code).toBe(1);
  expect(complaints).toMatch(/poptray cannot start: .* is open to other users\..* run chmod 700/);
});

test.skipIf(HAS_NO_CHROMIUM)(
  'every view of the dashboard opens in the window, over IPC, without a word against it in the console',
  async () => {
    const desktop = await startDesktop(newStart([]));
    const page = await desktop.page();
    expect(await walkViews(page)).toEqual([]);
    await desktop.do('clickMenu', 'Settings');
    await eventually(() => page.evaluate('location.hash')).toBe('#/settings');
  },
  40_000,
);

test('trouble beside the pops shows in the tray’s face, tooltip and menu, and goes with its end', async () => {
  const receiver = await startReceiver();
  const start = newStart();
  mkdirSync(start.dataDir, { mode: 0o700 });
  const webhooks = [{ id: 'crm', url: receiver.url }];
  writeFileSync(join(start.dataDir, 'settings.json'), JSON.stringify({ webhooks }), { mode: 0o600 });
  const desktop = await startDesktop(start);
  const tray = async () => {
    const { image, tooltip, menu } = await desktop.do('tray');
    const lines = menu.map(({ label }) => label).filter((label) => label?.includes('n trouble'));
    return [image.split('/').at(-1), tooltip.split('\n').slice(0, 2), lines];
  };
  const face = (state: string) => faceOf(state).slice(1);
  await eventually(tray).toEqual([
    face('degraded'),
    ['poptray: in trouble (simulated)', 'In trouble: webhook crm'],
    ['In trouble: webhook crm: the dashboard says why'],
  ]);
  const secret = { name: 'webhook-secret:crm', value: WEBHOOK_SECRET };
  const page = ['app://poptray/', 'page', 'poptray:call'] as const;
  await desktop.do('answer', 0);
  expect(await desktop.do('invokeFrom', ...page, ['secretSet', secret])).toMatchObject({ ok: true });
  await eventually(tray).toEqual([face('ready'), ['poptray: ready (simulated)', 'No pop yet'], []]);
});
