/** Who administers is on record: issue 10, point 6. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { noteChange } from '../../main/audit/changes/change-notes.ts';
import { createChanges } from '../../main/audit/changes/record-changes.ts';
import type { AuditLog } from '../../main/pipeline/ports.ts';
import { writePrivateFile } from '../../main/platform/private-file.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { poptray } from '../cli/run.ts';
import { openSession } from '../support/dashboard-session.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestApp } from '../support/test-app.ts';

const ACTOR = { client: 'poptray-command', by: 'user ada' };
const FACTS = { subject: 'token', action: 'created', name: 'crm' } as const;

const changesIn = (app: Pick<TestApp, 'entries'>) => app.entries().filter(({ type }) => type === 'changed');
const said = ({ client, change }: AuditEntry) => [client, change?.subject, change?.action, change?.name];

test('M04 what a session of the dashboard changes stands in the log: who, what, and no secret', async () => {
  const shipping = [
    { id: 'siem', kind: 'otlp', url: 'http://127.0.0.1:1', signals: ['logs'], secretHeader: 'x-key' },
  ] as const;
  const app = await startTestApp({ settings: { shipping } as never });
  const session = await openSession(app);
  const { settings } = await session.call('settingsGet', {});
  await session.call('settingsSet', {
    settings: { ...settings, webhooks: [{ id: 'ours', url: 'https://hook.example/in?key=hidden' }] },
  });
  await session.call('settingsSet', { settings: { ...settings, dedupeWindowMs: 20_000 } });
  await session.call('secretSet', { name: 'shipper-secret:siem', value: 'top-secret-value' });
  await session.call('secretSet', { name: 'shipper-secret:siem', value: null });
  const { token } = (await session.call('tokenCreate', { name: 'crm' })) as { token: string };
  await session.call('tokenRevoke', { name: 'crm' });
  await session.call('tokenRevoke', { name: 'crm' });
  await session.call('pairingOpen', { name: 'page' });
  await session.call('pairingClose', {});
  await session.call('pause', { for: 30 });
  await session.call('pause', { for: null });
  await session.call('auditVerify', {});
  await (await session.get('/ui/api/export?format=csv')).text();
  const [own] = await session.call('sessionList', {});
  await session.call('sessionEnd', { id: own?.id ?? '' });

  const changes = changesIn(app);
  expect(changes.map(said)).toEqual(
    [
      ['session', 'opened', expect.any(String)],
      ['settings', 'changed', null],
      ['secret', 'set', 'shipper-secret:siem'],
      ['secret', 'cleared', 'shipper-secret:siem'],
      ['token', 'created', 'crm'],
      ['token', 'revoked', 'crm'],
      ['pairing', 'opened', 'page'],
      ['pairing', 'closed', null],
      ['pause', 'begun', '30 minutes'],
      ['pause', 'ended', null],
      ['verification', 'made', 'whole'],
      ['export', 'made', 'csv'],
      ['session', 'ended', expect.any(String)],
    ].map((what) => ['dashboard', ...what]),
  );
  expect(new Set(changes.map(({ change }) => change?.by)).size).toBe(1);
  expect(changes[0]?.change?.by).toMatch(/^session [\w-]{8}$/);
  const log = JSON.stringify(app.entries());
  for (const secret of ['top-secret-value', token, 'hidden']) expect(log).not.toContain(secret);
});

test('a webhook that could not be saved is no change; one that was names its host', async () => {
  const app = await startTestApp({ env: { PRODUCTIVITY_WEBHOOK_SECRET: undefined } });
  const { value } = (await app.dashboard.call('settingsGet', {})) as never as {
    value: { settings: object };
  };
  const webhooks = [{ id: 'ours', url: 'https://hook.example/in' }];
  await app.dashboard.call('settingsSet', { settings: { ...value.settings, webhooks } });
  const shipping = [{ id: 'siem', kind: 'otlp', url: 'https://otlp.example' }];
  await app.dashboard.call('settingsSet', { settings: { ...value.settings, shipping } });
  const [change, ...others] = changesIn(app).map((entry) => entry.change);
  expect(others).toEqual([]);
  expect(change).toMatchObject({ hosts: { before: [], after: ['otlp.example'] } });
  expect(change?.members).toContain('/shipping/0/url');
  expect(change?.by).toMatch(/^user /);
});

test('a settings file that was changed while poptray was away is a change of nobody known', async () => {
  const dataDir = join(tempDir(), 'data');
  const first = await startTestApp({ dataDir, settings: { dedupeWindowMs: 10_000 } });
  await first.stop();
  expect(changesIn(first)).toEqual([]);
  writePrivateFile(join(dataDir, 'settings.json'), JSON.stringify({ dedupeWindowMs: 15_000 }));
  const second = await startTestApp({ dataDir });
  await second.stop();
  expect(changesIn(second).map(({ client, change }) => [client, change?.by, change?.members])).toEqual([
    ['settings.json', null, ['/dedupeWindowMs']],
  ]);
});

test('what the command does is on record: at once where poptray runs, else from the next start on', async () => {
  const dataDir = join(tempDir(), 'data');
  const app = await startTestApp({ dataDir });
  const run = (...args: string[]) => poptray([...args, '--data-dir', dataDir]);
  expect((await run('token', 'create', 'phone')).code).toBe(0);
  await vi.waitFor(() => expect(changesIn(app).map(said)).toHaveLength(1), { timeout: 10_000 });
  await app.stop();
  expect((await run('token', 'revoke', 'phone')).code).toBe(0);
  expect((await run('audit', 'verify')).code).toBe(0);
  const later = await startTestApp({ dataDir });
  await later.stop();
  expect(changesIn(later).map(said)).toEqual([
    ['poptray-command', 'token', 'created', 'phone'],
    ['poptray-command', 'token', 'revoked', 'phone'],
    ['poptray-command', 'verification', 'made', 'whole'],
  ]);
  expect(changesIn(later)[1]?.detail).toMatch(/^noted at \d{4}-/);
  const list = await run('audit', 'list');
  expect(list.stdout).toMatch(/changed\s+token revoked \(phone\); by user /);
}, 60_000);

test('all that the command administers is on record, by the user that ran it, and no secret', async () => {
  const dataDir = join(tempDir(), 'data');
  await (await startTestApp({ dataDir })).stop();
  const run = async (args: string[], input = '') => {
    const { code, stdout } = await poptray(args, { dataDir, input });
    expect([args, code]).toEqual([args, 0]);
    return stdout;
  };
  await run(['secret', 'set', 'destination:genesys:client-secret'], 'top-secret-value');
  await run(['secret', 'clear', 'destination:genesys:client-secret']);
  const token = (await run(['token', 'create', 'phone'])).trim();
  await run(['token', 'revoke', 'phone']);
  await run(['audit', 'export', '--format', 'csv']);
  await run(['audit', 'root', join(tempDir(), 'root')]);
  await run(['audit', 'verify']);
  await run(['reset', '--yes']);
  const later = await startTestApp({ dataDir });
  await later.stop();
  const changes = changesIn(later);
  // What was noted before the reset comes in with the start after it, behind the reset.
  expect(changes.map(({ change }) => [change?.subject, change?.action, change?.name])).toEqual([
    ['reset', 'made', expect.stringMatching(/^audit-/)],
    ['secret', 'set', 'destination:genesys:client-secret'],
    ['secret', 'cleared', 'destination:genesys:client-secret'],
    ['token', 'created', 'phone'],
    ['token', 'revoked', 'phone'],
    ['export', 'made', 'csv'],
    ['root', 'exported', null],
    ['verification', 'made', 'whole'],
  ]);
  for (const { client, change } of changes)
    expect([client, change?.by]).toEqual(['poptray-command', expect.stringMatching(/^user ./)]);
  const log = JSON.stringify(later.entries());
  for (const secret of ['top-secret-value', token]) expect(log).not.toContain(secret);
}, 120_000);

test('how a pairing ended is on record: with whom, or that nobody came, or somebody guessed', async () => {
  const clock = createFakeClock();
  const app = await startTestApp({ clock });
  const open = async (name: string) => {
    const { value } = (await app.dashboard.call('pairingOpen', { name })) as {
      value: { code: string };
    };
    return value.code;
  };
  const pair = (code: string) =>
    fetch(`${app.url}/pairings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://crm.example' },
      body: JSON.stringify({ code }),
    });
  expect((await pair(await open('one'))).status).toBe(200);
  const right = await open('two');
  const wrong = String((Number(right) + 1) % 1_000_000).padStart(6, '0');
  // Where the system does not tell whose they are, it takes more of them.
  const outcomes = () => changesIn(app).map(({ change }) => change?.action);
  for (let guess = 0; guess < 50 && !outcomes().includes('locked'); guess += 1) await pair(wrong);
  await open('three');
  await clock.advance(120_000);
  await vi.waitFor(() => expect(outcomes()).toContain('expired'), { timeout: 10_000 });
  const ended = changesIn(app).flatMap(({ change }) =>
    change?.subject === 'pairing' && change.action !== 'opened'
      ? [[change.action, change.name, change.hosts]]
      : [],
  );
  expect(ended).toEqual([
    ['paired', 'one', { before: [], after: ['crm.example'] }],
    ['locked', 'two', { before: [], after: ['crm.example'] }],
    ['expired', 'three', null],
  ]);
});

function setUp(append: AuditLog['append']) {
  const dataDir = tempDir();
  const clock = createFakeClock();
  const faults: unknown[] = [];
  const start = () =>
    createChanges({ dataDir, audit: { append }, clock, onFault: (fault) => faults.push(fault) });
  const waiting = () => readdirSync(join(dataDir, 'changes')).length;
  return { dataDir, clock, faults, start, waiting };
}

test('a change while the log is shut waits beside it, and is in it once it can be', async () => {
  let isShut = true;
  const written: unknown[] = [];
  const { clock, start, waiting, faults } = setUp(async (entry) => {
    if (isShut) throw new Error('shut');
    written.push([entry.change?.name, entry.client, entry.detail]);
    return entry as AuditEntry;
  });
  const changes = start();
  await changes.record(ACTOR, FACTS);
  await clock.advance(5000);
  expect([written, waiting()]).toEqual([[], 1]);
  isShut = false;
  await clock.advance(1000);
  expect(written).toEqual([['crm', 'poptray-command', 'noted at 2026-11-23T12:00:00.000Z']]);
  expect([waiting(), faults]).toEqual([0, []]);
  await changes.stop();
});

test('what a crash has brought in twice bears the same id; nothing is lost', async () => {
  const written: (string | null)[] = [];
  const { dataDir, clock, start } = setUp(async (entry) => {
    written.push(entry.correlationId);
    return entry as AuditEntry;
  });
  noteChange(dataDir, ACTOR, FACTS, clock.now());
  const name = readdirSync(join(dataDir, 'changes'))[0] ?? '';
  const changes = start();
  await changes.stop();
  expect(written).toEqual([name.replace('.json', '')]);
});

test('what is no note holds up none', async () => {
  const written: unknown[] = [];
  const { dataDir, clock, start } = setUp(async (entry) => {
    written.push(entry.change?.name);
    return entry as AuditEntry;
  });
  mkdirSync(join(dataDir, 'changes'), { mode: 0o700 });
  const bad = ['', '{', '{"at":"now"}', '[]', JSON.stringify({ at: '2026-11-23T12:00:00Z', client: 'x' })];
  for (const [at, text] of bad.entries())
    writeFileSync(join(dataDir, 'changes', `00000000-0000-7000-8000-00000000000${at}.json`), text, {
      mode: 0o600,
    });
  mkdirSync(join(dataDir, 'changes', '00000000-0000-7000-8000-0000000000ff.json'));
  noteChange(dataDir, ACTOR, FACTS, clock.now());
  const changes = start();
  await clock.advance(3000);
  expect(written).toEqual(['crm']);
  await changes.stop();
});
