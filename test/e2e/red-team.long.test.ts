/** What a red team did to version 0.1, done again to what is built, by another user of the machine where it was one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ensureDataDir } from '../../main/platform/data-dir.ts';
import { writePrivateFile } from '../../main/platform/private-file.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { requestText } from '../endpoint/raw-connection.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { type HeadlessOptions, run, startHeadless } from '../support/headless.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { needs } from '../support/needs.ts';
import { openLink } from '../support/open-link.ts';
import { becomeOtherUser, CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { serve } from '../support/servers.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

const ROOT = join(import.meta.dirname, '../..');
const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1024 * 1024;

const needsOtherUser = needs('to become another user: root on Linux', CAN_BE_ANOTHER_USER);

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), '--if-stale']);
}, 120_000);

/** The built program, serving. */
async function start({ env = {}, settings }: { env?: HeadlessOptions['env']; settings?: object } = {}) {
  const parent = tempDir();
  // The folder of another user is as open as their home may be.
  chmodSync(parent, 0o755);
  const dataDir = join(parent, 'data');
  ensureDataDir(dataDir);
  if (settings) writePrivateFile(join(dataDir, 'settings.json'), JSON.stringify({ version: 1, ...settings }));
  const options = { dataDir, env, isBuilt: true };
  const headless = await startHeadless(options);
  const poptray = async (...args: string[]) => {
    const command = run('cli.ts', args, options);
    expect(await command.ended, command.output()).toBe(0);
    return command.output();
  };
  const link = async () => /http:\S+/.exec(await poptray('dashboard'))?.[0] ?? '';
  return {
    ...headless,
    dataDir,
    port: Number(new URL(headless.url).port),
    poptray,
    link,
    /** A session of the dashboard, as its page has one. */
    async session() {
      const { headers } = await openLink(await link());
      return {
        headers,
        call: async (name: string, request: object) => {
          const body = JSON.stringify(request);
          const init = { method: 'POST', headers: { ...headers, ...JSON_TYPE }, body };
          return (await (await fetch(`${headless.url}/ui/api/${name}`, init)).json()) as {
            ok: boolean;
            code?: string;
            value: unknown;
          };
        },
      };
    },
    pop: async () => (await headless.post({ userId: USER })).status,
    /** In the log so far. */
    entries: (): AuditEntry[] =>
      globSync('audit/audit-*.jsonl', { cwd: dataDir })
        .flatMap((file) => readFileSync(join(dataDir, file), 'utf8').split('\n').filter(Boolean))
        .map((line) => JSON.parse(line)),
    /** Of all that it keeps, in bytes. */
    size: () =>
      readdirSync(dataDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0),
    programLog: () => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8'),
    /** Resident, in bytes. */
    memory: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${headless.pid}/status`, 'utf8'))?.[1]) * 1024,
  };
}

describe('another user of the machine', () => {
  test.skipIf(HAS_NO_CHROMIUM)('H1 with a web page’s help gets no dashboard', async (context) => {
    needsOtherUser(context);
    const { url, port, link, session } = await start();
    const thief = await becomeOtherUser();
    expect(await thief.uid()).not.toBe(process.getuid?.());
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const page = await (await browser.newContext()).newPage();
    await page.goto(await link());
    await page.getByText('Simulator.').waitFor();

    const foreign = await page.context().newPage();
    await foreign.goto('data:text/html,a foreign page');
    await foreign.evaluate(`location = ${JSON.stringify(thief.url)}`);
    await foreign.waitForFunction('document.title === "done"');
    const cookie = (await thief.cookies()).find((pair) => pair.startsWith(`poptray_${port}=`)) ?? '';
    expect(cookie).not.toBe('');
    const [, value = ''] = cookie.split('=');
    const own = { ...JSON_TYPE, 'sec-fetch-site': 'same-origin', origin: url, cookie };
    for (const headers of [
      own,
      { ...own, [SESSION_HEADER]: value },
      { ...own, authorization: `Bearer ${value}` },
    ])
      for (const path of ['settingsGet', 'settingsSet', 'tokenCreate', 'export', 'events']) {
        const method = path === 'export' || path === 'events' ? 'GET' : 'POST';
        const call = { url: `${url}/ui/api/${path}`, method, headers };
        const { status, body } = await thief.call(method === 'GET' ? call : { ...call, body: '{}' });
        expect([401, 403], `${path}: ${body}`).toContain(status);
      }
    expect((await (await session()).call('tokenList', {})).value).toHaveLength(1);
  });

  test('M2 stops no pop with 1,050 pairings that are begun and never ended', async (context) => {
    needsOtherUser(context);
    const { port, pop, poptray, url } = await start();
    const thief = await becomeOtherUser();
    const headers = { authorization: undefined, 'content-length': '17' };
    const text = requestText(port, { path: '/pairings', headers, body: '' });
    await thief.hold({ port, text, count: 1050 });
    const statuses = [];
    for (let fired = 0; fired < 85; fired += 1) statuses.push(await pop());
    expect(statuses).toEqual(Array(85).fill(200));
    // Also while one is open, whose code may be in the body.
    await poptray('pair', 'crm', '--port', new URL(url).port);
    await thief.hold({ port, text, count: 1050 });
    for (let fired = 0; fired < 85; fired += 1) statuses.push(await pop());
    expect(statuses).toEqual(Array(170).fill(200));
  });

  test('M3 does not fill the disk with 20,000 requests that are refused', async (context) => {
    needsOtherUser(context);
    const { url, size, entries, pop } = await start();
    expect(await pop()).toBe(200);
    const thief = await becomeOtherUser();
    const before = size();
    const trigger = {
      url: `${url}/trigger-screenpop`,
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"userId":"a"}',
    };
    const statuses = await thief.flood({ ...trigger, count: 20_000 });
    expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe(20_000);
    for (const status of Object.keys(statuses)) expect(['401', '429']).toContain(status);
    expect(size() - before).toBeLessThan(64 * 1024);
    expect(entries().filter(({ type }) => type === 'refused').length).toBeLessThan(30);
    expect(await pop()).toBe(200);
  });

  test('M6 gets 404 for what the dashboard does not have, and fills no log with it', async (context) => {
    needsOtherUser(context);
    const { url, programLog, size } = await start();
    const thief = await becomeOtherUser();
    const [log, before] = [programLog(), size()];
    const headers = { ...JSON_TYPE, 'sec-fetch-site': 'same-origin' };
    const call = { url: `${url}/ui/api/${'x'.repeat(300)}`, method: 'POST', headers, body: '{}' };
    expect(await thief.flood({ ...call, count: 5000 })).toEqual({ 404: 5000 });
    expect(programLog()).toBe(log);
    expect(size() - before).toBeLessThan(64 * 1024);
  });

  test('W05 is refused what two servers could read differently', async (context) => {
    needsOtherUser(context);
    const { port } = await start();
    const thief = await becomeOtherUser();
    const twice = [
      { authorization: ['Bearer other', `Bearer ${TOKEN}`] },
      { authorization: [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`] },
      { 'content-type': ['application/json', 'text/plain'] },
      { 'content-length': undefined, 'transfer-encoding': 'gzip, chunked' },
    ];
    for (const headers of twice) {
      const text = requestText(port, { headers, body: '{"userId":"a"}' });
      expect(await thief.send({ port, text }), JSON.stringify(headers)).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  test('W06 closes no pairing with wrong guesses, and none with the right one', async (context) => {
    needsOtherUser(context);
    const { url, poptray } = await start();
    const code = /\b\d{3} ?\d{3}\b/.exec(await poptray('pair', 'crm'))?.[0].replace(' ', '') ?? '';
    expect(code).toMatch(/^\d{6}$/);
    const thief = await becomeOtherUser();
    const guess = (text: string) => ({
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ code: text }),
    });
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    expect(await thief.flood({ url: `${url}/pairings`, ...guess(wrong), count: 60 })).toEqual({ 403: 60 });
    expect((await thief.call({ url: `${url}/pairings`, ...guess(code) })).status).toBe(403);
    expect((await fetch(`${url}/pairings`, guess(code))).status).toBe(200);
  });
});

test('H2 the dashboard’s operations aim no stored secret elsewhere, and no update feed', async () => {
  const [ours, thiefs] = await Promise.all([startStubDestination(), startStubDestination()]);
  const { session, post } = await start();
  const { call } = await session();
  const aim = async (baseUrl: string, secrets: object[] = []) => {
    const { settings } = (await call('settingsGet', {})).value as { settings: object };
    const destination = { kind: 'genesys-cloud', baseUrl, clientId: 'client', scope: '' };
    return call('settingsSet', { settings: { ...settings, destination }, secrets });
  };
  const secrets = ['client-secret', 'signing-secret'].map((name) => ({ name, value: `MARKED-${name}` }));
  await aim(ours.url, secrets);
  const shown = (await (await post({ userId: USER })).json()) as { popId: string };
  expect(ours.pops).toHaveLength(1);

  expect(await aim(thiefs.url)).toMatchObject({ ok: true });
  expect(await call('popSendAgain', { popId: shown.popId, asNew: true })).toMatchObject({
    ok: true,
    value: { code: 'not_configured' },
  });
  expect((await post({ userId: USER, customerData: { name: 'MARKED-CUSTOMER' } })).status).not.toBe(200);
  expect([thiefs.pops, thiefs.tokenCalls]).toEqual([[], []]);
  const { settings } = (await call('settingsGet', {})).value as { settings: object };
  expect(await call('settingsSet', { settings: { ...settings, updateFeed: thiefs.url } })).toMatchObject({
    value: { errors: [{ pointer: '/updateFeed' }] },
  });
});

test('M5 a token reply of 200 MiB in a few hundred bytes of brotli is not unpacked', async () => {
  const text = Buffer.alloc(200 * MIB, ' ');
  const bomb = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  const asked: unknown[] = [];
  const destination = await serve(({ headers }, response) => {
    asked.push(headers['accept-encoding']);
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'br' }).end(bomb);
  });
  const { pop, memory } = await start({
    env: {
      GENESYS_BASE_URL: destination,
      GENESYS_CLIENT_ID: 'client',
      GENESYS_CLIENT_SECRET: 'secret',
      SIGNING_SECRET: 'secret',
    },
  });
  const before = memory();
  expect(await pop()).toBeGreaterThanOrEqual(500);
  expect(memory() - before).toBeLessThan(100 * MIB);
  expect(new Set(asked)).toEqual(new Set(['identity']));
});

test.skipIf(process.platform === 'win32')(
  'W04 a pipe in the place of a certificate holds no start up',
  async () => {
    const path = join(tempDir(), 'pipe');
    expect(spawnSync('mkfifo', ['-m', '600', path]).status).toBe(0);
    const receiver = { id: 'siem', kind: 'syslog', host: '127.0.0.1', port: 1 };
    for (const caFile of [path, '/dev/zero']) {
      const { pop, memory } = await start({ settings: { shipping: [{ ...receiver, caFile }] } });
      expect(await pop()).toBe(200);
      expect(memory()).toBeLessThan(400 * MIB);
    }
  },
);

test('W07 no one-time link gets into a journal', async () => {
  const { output, kill, ended, link } = await start();
  expect(await link()).toMatch(/\/ui\/open\?code=/);
  kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(output()).toContain('For a link to the dashboard');
  expect(output()).not.toContain('/ui/open');
});
