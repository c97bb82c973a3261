/** The dashboard's session in a real browser, beside another user's server, an extension and other pages of this machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { SESSION_HEADER, SESSION_KEY } from '../../shared/session-secret.ts';
import { describeDashboard } from '../renderer/with-dashboard.ts';
import { findChromium } from '../support/find-chromium.ts';
import { becomeOtherUser, CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { TestApp } from '../support/test-app.ts';

const refusals = (app: TestApp) => app.entries().filter(({ type }) => type === 'refused');

describeDashboard('the session of the dashboard', (dashboards) => {
  test.skipIf(!CAN_BE_ANOTHER_USER)(
    'S01 another user’s server on this machine gets the cookie, and can do nothing with it',
    async () => {
      const app = await dashboards.startApp();
      await using dashboard = await dashboards.openApp(app);
      const { page } = dashboard;
      const thief = await becomeOtherUser();
      expect(await thief.uid()).not.toBe(process.getuid?.());

      // As a foreign page would send the person there.
      const theirs = await page.context().newPage();
      await theirs.goto('data:text/html,a foreign page');
      await theirs.evaluate(`location = ${JSON.stringify(thief.url)}`);
      await theirs.waitForFunction('document.title === "done"');
      const cookies = await thief.cookies();
      const cookie = cookies.find((pair) => pair.startsWith(`poptray_${app.endpoint.port}=`)) ?? '';
      expect(cookie).not.toBe('');

      const before = app.runtimeConfig.current.settings;
      const value = cookie.split('=')[1] ?? '';
      const own = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
      const body = JSON.stringify({
        settings: { ...before, destinations: [{ id: 'x', kind: 'genesys-screenpops', baseUrl: thief.url }] },
      });
      for (const headers of [
        { ...own, cookie },
        { ...own, cookie, [SESSION_HEADER]: value },
        { ...own, cookie, origin: app.url, [SESSION_HEADER]: value },
        { cookie, 'content-type': 'application/json' },
        { ...own, authorization: `Bearer ${value}` },
      ])
        for (const path of ['settingsSet', 'settingsGet', 'tokenCreate', 'auditQuery', 'sessionList']) {
          const url = `${app.url}/ui/api/${path}`;
          const answer = await thief.call({ url, method: 'POST', headers, body });
          expect([path, [401, 403].includes(answer.status), answer.status]).toEqual([
            path,
            true,
            answer.status,
          ]);
        }
      for (const path of [
        '/ui/api/events',
        '/ui/api/export',
        '/ui/links',
        `/ui/open?code=${value}`,
        '/ui/open',
      ]) {
        const answer = await thief.call({ url: app.url + path, headers: { ...own, cookie } });
        expect([path, answer.body.includes('schema'), answer.body.includes(SESSION_KEY)]).toEqual([
          path,
          false,
          false,
        ]);
        expect([path, answer.cookies]).toEqual([path, []]);
      }
      expect(app.runtimeConfig.current.settings).toBe(before);
      // The person goes on.
      await page.getByRole('link', { name: 'Settings' }).first().click();
      await page.getByRole('heading', { name: 'Sessions in browsers' }).waitFor();
      expect(dashboard.faults).toEqual([]);
    },
  );

  test.skipIf(!CAN_BE_ANOTHER_USER)(
    'S02 a cookie that a server on another port overwrites, or puts before ours, locks nobody out',
    async () => {
      const app = await dashboards.startApp();
      await using dashboard = await dashboards.openApp(app);
      const { page } = dashboard;
      const name = `poptray_${app.endpoint.port}`;
      const thief = await becomeOtherUser();
      await thief.plant([
        `${name}=planted; Path=/ui/; HttpOnly; SameSite=Strict`,
        `${name}=planted-too; Path=/ui/api/; HttpOnly`,
        ...Array.from({ length: 200 }, (_, n) => `many${n}=x; Path=/ui/`),
      ]);
      const theirs = await page.context().newPage();
      await theirs.goto(thief.url);
      await theirs.waitForFunction('document.title === "done"');
      const kept = await page.context().cookies(`${app.url}/ui/`);
      expect(kept.filter((cookie) => cookie.name === name).map(({ value }) => value)).not.toContain(
        undefined,
      );
      expect(kept.find((cookie) => cookie.name === name && cookie.path === '/ui/')?.value ?? 'planted').toBe(
        'planted',
      );

      await page.reload();
      await page.getByText('Simulator.').waitFor();
      await page.getByRole('link', { name: 'Recent pops' }).first().click();
      await app.post({ userId: 'agent-live' });
      await page.locator('.row-group', { hasText: 'agent-live' }).waitFor();
      expect(refusals(app)).toEqual([]);
      expect(dashboard.faults).toEqual([]);
    },
  );

  test('S03 an extension that may call this machine reads nothing, and changes nothing', async () => {
    const app = await dashboards.startApp();
    const context = await launchWithExtension();
    const page = await context.newPage();
    await page.goto(app.url + app.newLink());
    await page.getByText('Simulator.').waitFor();
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const results = await worker.evaluate<[string, number, string][]>(`(async () => {
      const results = [];
      for (const [path, init] of [
        ['events', {}], ['export', {}], ['export?format=csv', {}], ['status', { method: 'POST', body: '{}' }],
        ['settingsGet', { method: 'POST', body: '{}' }], ['tokenCreate', { method: 'POST', body: '{"name":"x"}' }],
      ])
        for (const more of [{}, { '${SESSION_HEADER}': 'guess.guess' }]) {
          const headers = { 'content-type': 'application/json', ...more };
          const response = await fetch('${app.url}/ui/api/' + path, { ...init, headers, credentials: 'include' });
          results.push([path, response.status, response.status === 200 ? await response.text() : '']);
        }
      return results;
    })()`);
    expect(results.length).toBe(12);
    for (const [path, status] of results) expect([path, status]).toEqual([path, 403]);
    // It may well call: what it is told apart by is what the browser says of it.
    expect(await worker.evaluate(`fetch('${app.url}/healthz').then(({ status }) => status)`)).toBe(200);
  });

  test('S04 a page of another port of this machine, with the browser’s cookie, reads nothing and changes nothing', async () => {
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openApp(app);
    const theirs = await dashboard.page.context().newPage();
    await theirs.goto(
      await serve((_request, response) =>
        response.setHeader('content-type', 'text/html').end('<!doctype html><title>theirs</title>'),
      ),
    );
    const tried = await theirs.evaluate(`(async () => {
      const results = [];
      for (const headers of [{}, { '${SESSION_HEADER}': 'guess.guess' }])
        for (const mode of ['cors', 'no-cors'])
          for (const path of ['events', 'export', 'status'])
            results.push(await fetch('${app.url}/ui/api/' + path, {
              method: path === 'status' ? 'POST' : 'GET', mode, credentials: 'include',
              headers: mode === 'cors' ? headers : {}, ...(path === 'status' && { body: '{}' }),
            }).then((response) => response.type, () => 'failed'));
      return [...new Set(results)];
    })()`);
    // Not even an answer that it could not read: they are for pages of their own origin (CORP).
    expect(tried).toEqual(['failed']);
    // Nobody tells it the secret either.
    const heard = await theirs.evaluate(`new Promise((resolve) => {
      const channel = new BroadcastChannel('${SESSION_KEY}');
      channel.onmessage = ({ data }) => resolve(data);
      channel.postMessage({ wanted: true });
      setTimeout(resolve, 500, 'nothing');
    })`);
    expect(heard).toBe('nothing');
    expect(new Set(refusals(app).map(({ code }) => code))).toEqual(new Set(['forbidden_origin']));
  });

  test('S06 a page without a session says how to get one, asks for nothing and leaves no entries; a link in another tab brings it back', async () => {
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openBare(`${app.url}/ui/`);
    const { page } = dashboard;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByRole('heading', { name: 'This page has no session' }).waitFor();
    await page.getByText('poptray dashboard', { exact: true }).waitFor();
    // By focus or by time it does not begin to ask either.
    await page.evaluate('dispatchEvent(new Event("focus"))');
    await page.waitForTimeout(1500);
    expect(asked.filter((url) => url.includes('/ui/api/'))).toEqual([]);
    expect(app.entries().filter(({ type }) => type !== 'opened')).toEqual([]);
    expect(await dashboard.axe()).toEqual([]);

    const other = await page.context().newPage();
    await other.goto(app.url + app.newLink());
    await page.getByText('Simulator.').waitFor();
    expect(dashboard.faults).toEqual([]);
  });

  test('S06 a page whose session has ended asks once and no more', async () => {
    const app = await dashboards.startApp();
    await app.post({ userId: 'agent-before' });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByText('agent-before').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const id = (await app.dashboard.call('sessionList', {})) as { value?: { id: string }[] };
    await app.dashboard.call('sessionEnd', { id: id.value?.[0]?.id ?? '' });
    await page.locator('.banner', { hasText: 'This session is not open any more' }).waitFor();
    const before = asked.length;
    expect(before).toBeLessThanOrEqual(2);
    await page.getByRole('link', { name: 'Latency' }).first().click();
    await page.getByRole('alert').waitFor();
    await page.waitForTimeout(1500);
    expect(asked.slice(before).filter((path) => path.startsWith('/ui/api/'))).toEqual([]);
    expect(refusals(app)).toEqual([]);
  });

  test('S07 another tab of the same address has the session too, until somebody signs out', async () => {
    const app = await dashboards.startApp();
    await app.post({ userId: 'agent-before' });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByText('agent-before').waitFor();
    const second = await page.context().newPage();
    await second.goto(`${app.url}/ui/#/settings`);
    const row = second.locator('li', { hasText: ', this page' });
    await row.getByText(/^Chrome \d+ on Linux, this page$/).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'This page has no session' }).waitFor();
    expect(await page.content()).not.toContain('agent-before');
    await second.locator('.banner', { hasText: 'This session is not open any more' }).waitFor();
    for (const tab of [page, second])
      expect(await tab.evaluate(`sessionStorage.getItem('${SESSION_KEY}')`)).toBeNull();
    // Going back does not bring it back.
    await page.reload();
    await page.getByRole('heading', { name: 'This page has no session' }).waitFor();
  });

  test('S07 signing out counts in this tab at once, whether poptray answers or not', async () => {
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.route('**/ui/api/sessionEnd', () => {});
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'This page has no session' }).waitFor();
    expect(await page.evaluate(`sessionStorage.getItem('${SESSION_KEY}')`)).toBeNull();
  });

  test('S06 a link that was used says so, with the way to a new one', async () => {
    const app = await dashboards.startApp();
    const link = app.url + app.newLink();
    await fetch(link);
    await using dashboard = await dashboards.openBare(link);
    await dashboard.page.getByRole('heading', { name: 'This link cannot be used any more' }).waitFor();
  });

  test('S05 the secret is in no address, no history, no cookie and no storage that outlives the tab', async () => {
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    const secret = await page.evaluate<string>(`sessionStorage.getItem('${SESSION_KEY}')`);
    expect(page.url()).not.toContain(secret);
    expect(await page.evaluate('history.length')).toBe(2);
    expect(JSON.stringify(await page.context().cookies())).not.toContain(secret.split('.')[1]);
    expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);
    expect(await page.content()).not.toContain(secret);
  });
});

/** A browser with an extension that has host permission for this machine, as many have for all hosts. */
async function launchWithExtension(): Promise<BrowserContext> {
  const folder = join(tempDir(), 'extension');
  mkdirSync(folder);
  const manifest = {
    manifest_version: 3,
    name: 'reads along',
    version: '1.0',
    host_permissions: ['http://127.0.0.1/*'],
    background: { service_worker: 'worker.js' },
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'worker.js'), '');
  const isRoot = process.getuid?.() === 0;
  const context = await chromium.launchPersistentContext(join(tempDir(), 'profile'), {
    executablePath: findChromium() ?? '',
    args: [
      ...(isRoot ? ['--no-sandbox'] : []),
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
      '--disable-features=DisableLoadExtensionCommandLineSwitch',
    ],
  });
  onTestFinished(() => context.close());
  return context;
}
