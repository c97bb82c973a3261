/** A keychain that is locked when poptray starts: the real program on a real gnome-keyring. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { poptray } from '../cli/run.ts';
import { openSession } from '../support/dashboard-session.ts';
import { run, startHeadless } from '../support/headless.ts';
import { needsKeyring, runWithKeyring, startKeyringSession } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

beforeEach(needsKeyring);

/** Starts poptray in the session, and opens the dashboard. */
async function start(dataDir: string, env: Readonly<Record<string, string>>) {
  const headless = await startHeadless({ dataDir, env });
  const answer = await fetch(`${headless.url}/ui/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const { path } = (await answer.json()) as { path: string };
  const session = await openSession({ url: headless.url, newLink: () => path });
  return { ...headless, ...session, status: () => session.call('status', {}) };
}

/** Waits until a pop gets through. */
async function expectDelivery(app: Awaited<ReturnType<typeof start>>): Promise<void> {
  const post = async () => (await app.post({ userId: USER })).json();
  await expect.poll(post, { timeout: 10_000 }).toMatchObject({ status: 'delivered' });
}

test('F21 with a locked keychain nothing is delivered, and why is said; once it is unlocked, poptray goes on', async () => {
  const home = tempDir();
  const dataDir = join(home, 'poptray');
  const first = await startKeyringSession(home, 'unlocked');
  const earlier = await start(dataDir, first.env);
  await expectDelivery(earlier);
  earlier.kill('SIGTERM');
  expect(await earlier.ended).toBe(0);
  await first.end();

  const session = await startKeyringSession(home, 'locked');
  const app = await start(dataDir, session.env);
  expect(await (await fetch(`${app.url}/healthz`)).json()).toEqual({ status: 'ok' });
  const ready = await fetch(`${app.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'not_ready', codes: ['secrets_locked', 'audit_unavailable'] },
  ]);
  const refused = await app.post({ userId: USER });
  expect([refused.status, await refused.json()]).toEqual([
    503,
    expect.objectContaining({
      code: 'audit_unavailable',
      detail: expect.stringContaining('The OS keychain is locked'),
      hint: expect.stringContaining('unlock it'),
    }),
  ]);
  expect(await app.status()).toMatchObject({
    auditFault: expect.stringContaining('Unlock it'),
    secretsWarning: null,
    isConfigured: true,
  });
  expect(await app.call('secretList', {})).toContainEqual({
    name: 'destination:genesys:client-secret',
    label: 'OAuth client secret of genesys',
    source: 'locked',
    origin: null,
    enteredFor: null,
  });
  const { settings } = await app.call('settingsGet', {});
  const webhooks = [{ id: 'crm', url: 'https://crm.example/hook' }];
  expect(await (await app.ask('settingsSet', { settings: { ...settings, webhooks } })).json()).toEqual({
    ok: false,
    code: 'refused',
    problem: expect.objectContaining({
      code: 'secrets_locked',
      detail: expect.stringMatching(/^The OS keychain is locked .*Unlock it/),
      hint: expect.stringContaining('then try again'),
    }),
  });
  expect((await app.call('settingsGet', {})).settings).toEqual(settings);
  expect(readFileSync(join(dataDir, 'logs', 'poptray.log'), 'utf8')).toMatch(
    /nothing is delivered until the keychain can be used .*locked/,
  );
  const { env } = session;
  const doctor = await poptray(['doctor'], { dataDir, env });
  expect(doctor.stdout).toMatch(/^FAULT {2}secrets: The OS keychain is locked/m);
  const second = run('headless.ts', ['--port', '0'], { dataDir, env });
  expect([await second.ended, second.output()]).toEqual([69, expect.stringContaining('already running')]);

  await session.unlock();
  await expectDelivery(app);
  expect(await app.status()).toMatchObject({ auditFault: null, secretsWarning: null });
  const fired = await poptray(['trigger', '--user', USER], { dataDir, env });
  expect([fired.code, fired.stderr]).toEqual([0, '']);
  app.kill('SIGTERM');
  expect(await app.ended).toBe(0);
  const verified = await poptray(['audit', 'verify'], { dataDir, env });
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('whole')]);
  expect(existsSync(join(dataDir, 'secrets.json'))).toBe(false);
});

test('F21 a locked keychain that poptray has never used gets the keys once it is unlocked; no file does', async () => {
  const home = tempDir();
  const dataDir = join(home, 'poptray');
  // Makes the keyring.
  await runWithKeyring({ home, keyring: 'unlocked', dataDir: join(home, 'other') });
  const session = await startKeyringSession(home, 'locked');
  const app = await start(dataDir, session.env);
  expect((await app.post({ userId: USER })).status).toBe(503);
  await session.unlock();
  await expectDelivery(app);
  expect(await app.status()).toMatchObject({ auditFault: null, secretsWarning: null });
  expect(existsSync(join(dataDir, 'secrets.json'))).toBe(false);
});

test('F21 a keychain whose daemon is started anew under poptray is not found again, and that is said; a new start finds it', async () => {
  const home = tempDir();
  const dataDir = join(home, 'poptray');
  // Makes the keyring.
  await runWithKeyring({ home, keyring: 'unlocked', dataDir: join(home, 'other') });
  const session = await startKeyringSession(home, 'locked');
  const app = await start(dataDir, session.env);
  expect((await app.post({ userId: USER })).status).toBe(503);
  await session.restart();
  const detail = async () => ((await (await app.post({ userId: USER })).json()) as { detail: string }).detail;
  await expect
    .poll(detail, { timeout: 10_000 })
    .toContain('started anew while poptray ran. Start poptray anew');
  app.kill('SIGTERM');
  expect(await app.ended).toBe(0);
  const second = await start(dataDir, session.env);
  await expectDelivery(second);

  // What is open stays open: it needs the keychain for what changes alone.
  await session.restart();
  await expectDelivery(second);
  expect(await second.call('secretSet', { name: 'destination:genesys:client-secret', value: null })).toEqual({
    refused: expect.stringContaining('Start poptray anew. Or set GENESYS_CLIENT_SECRET'),
  });
});

test('F21 with its keys in a keychain that is out of reach it delivers nothing either, and makes no others', async () => {
  const home = tempDir();
  const dataDir = join(home, 'poptray');
  const first = await startKeyringSession(home, 'unlocked');
  const earlier = await start(dataDir, first.env);
  earlier.kill('SIGTERM');
  expect(await earlier.ended).toBe(0);
  await first.end();

  const { env } = await startKeyringSession(home, 'no-service');
  const app = await start(dataDir, env);
  const refused = await app.post({ userId: USER });
  expect([refused.status, await refused.json()]).toEqual([
    503,
    expect.objectContaining({
      detail: expect.stringContaining('is in the keychain, and none can be found here'),
    }),
  ]);
  expect(await app.status()).toMatchObject({
    auditFault: expect.stringContaining('Start the one that had it'),
  });
  app.kill('SIGTERM');
  expect(await app.ended).toBe(0);
  // Who has switched the keychain off need not wait for it.
  const off = run('headless.ts', ['--port', '0'], { dataDir });
  expect([await off.ended, off.output()]).toEqual([78, expect.stringContaining('POPTRAY_KEYCHAIN=off')]);
  expect(existsSync(join(dataDir, 'secrets.json'))).toBe(false);
});

test('O13 outside of the session bus doctor has the log judged by the poptray that runs, whose keys are in the keychain', async () => {
  const home = tempDir();
  const dataDir = join(home, 'poptray');
  const session = await startKeyringSession(home, 'unlocked');
  const app = await start(dataDir, session.env);
  await expectDelivery(app);
  const outside = { ...session.env, DBUS_SESSION_BUS_ADDRESS: '', POPTRAY_TOKEN: TOKEN };
  const whole = await poptray(['doctor'], { dataDir, env: outside });
  expect([whole.code, whole.stdout]).toEqual([
    0,
    expect.stringMatching(/^ok {5}audit log: \d+ entries, whole$/m),
  ]);

  const folder = auditDir(dataDir);
  const segment = join(folder, readdirSync(folder).find((name) => name.endsWith('.ndjson')) ?? '');
  writeFileSync(segment, readFileSync(segment, 'utf8').replace(USER, USER.replace('1', '2')));
  const tampered = await poptray(['doctor'], { dataDir, env: outside });
  expect([tampered.code, tampered.stdout]).toEqual([
    1,
    expect.stringMatching(/^FAULT {2}audit log: tampered with at entry \d+: .*"poptray reset"/m),
  ]);
  expect(await app.status()).toMatchObject({ audit: { tampered: { reason: expect.any(String) } } });

  app.kill('SIGTERM');
  await app.ended;
  const alone = await poptray(['doctor'], { dataDir, env: outside });
  expect(alone.stdout).toMatch(/^FAULT {2}audit log: .* no session bus .*DBUS_SESSION_BUS_ADDRESS/m);
});
