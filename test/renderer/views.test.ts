import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { viewTitles } from './view-titles.ts';
import { describeDashboard } from './with-dashboard.ts';

describeDashboard('the views of the dashboard', (dashboards) => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing on any view, %s, and no view breaks a rule',
    async (colorScheme) => {
      await using backend = await dashboards.start(2000, {
        status: {
          secretsWarning: 'There is no keychain.',
          portInsteadOf: 8080,
          auditFault: 'the disk is full',
          audit: {
            tampered: { at: '2026-11-25T08:00:00.000Z', seq: 1234, reason: 'it was changed or moved' },
            checked: {
              at: '2026-11-25T09:00:00.000Z',
              verdict: 'not-all-vouched-for',
              seq: 2000,
              reason: 'from here on there is neither a key nor a checkpoint',
            },
          },
          settingsFault: 'settings.json has settings that do not fit:\n  port: Invalid input',
          troubles: [
            {
              part: 'receiver',
              name: 'siem',
              since: '2026-11-25T08:00:00.000Z',
              code: 'CERT_HAS_EXPIRED',
              why: 'its certificate has expired',
              waiting: 1234,
            },
            {
              part: 'notices',
              name: '',
              since: '2026-11-25T09:00:00.000Z',
              code: 'x',
              why: 'y',
              waiting: null,
            },
          ],
          pausedUntil: 'until-resumed',
          rebuilding: 0.4279,
        },
      });
      await using dashboard = await dashboards.open(backend.url, {
        colorScheme,
        reducedMotion: 'reduce',
      });
      const { page } = dashboard;
      for (const [view, title] of viewTitles) {
        await page.goto(`${backend.url}#/${view}`);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        await page.evaluate(
          'for (const details of document.querySelectorAll("main details")) details.open = true',
        );
        expect(await dashboard.axe(), view).toEqual([]);
      }
      await page.goto(`${backend.url}#/pops`);
      await page
        .locator('.banner', {
          hasText:
            /^In trouble: receiver siem since .*\. Its certificate has expired\. 1,234 waiting for it\. Pops go on\.$/,
        })
        .waitFor();
      await page.locator('.banner', { hasText: 'In trouble: notices since' }).waitFor();
      await page
        .locator('.banner', { hasText: 'The audit log was tampered with, from entry 1,234 on' })
        .waitFor();
      await page.locator('.banner', { hasText: 'Not all of the audit log is vouched for' }).waitFor();
      await page.locator('.banner', { hasText: 'built anew from the audit log: 42 %' }).waitFor();
      await page.locator('.row-button').first().click();
      await page.getByText('What happened').waitFor();
      expect(await dashboard.axe(), 'story').toEqual([]);
      expect(dashboard.faults).toEqual([]);
    },
  );

  test('a hundred thousand entries scroll, by wheel and by key', async () => {
    await using backend = await dashboards.start(100_000);
    await using dashboard = await dashboards.open(`${backend.url}#/audit`);
    const { page } = dashboard;
    await page.getByText('100,000 entries').waitFor();
    expect(await page.locator('.audit tbody tr').count()).toBeLessThan(60);
    await page.evaluate('document.querySelector(".audit-scroller").scrollTop = 2_000_000');
    await page.locator('tr[aria-rowindex="50010"] .col-outcome .outcome').waitFor();
    await page.evaluate('document.querySelector(".audit-scroller").scrollTop = 1e9');
    await page.locator('tr[aria-rowindex="100001"] .col-outcome .outcome').waitFor();
    await page.locator('tr[aria-rowindex="99995"] button').focus();
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowUp');
    expect(await page.evaluate('document.activeElement.closest("tr").ariaRowIndex')).toBe('99992');
    expect(dashboard.faults).toEqual([]);
  });

  test('the audit history filters, verifies with a verdict, and exports', async () => {
    await using backend = await dashboards.start(1000);
    await using dashboard = await dashboards.open(`${backend.url}#/audit`);
    const { page } = dashboard;
    await page.getByText('1,000 entries').waitFor();
    await page.getByLabel('Outcome').selectOption('failed');
    await page.getByText('1,000 entries').waitFor({ state: 'detached' });
    await page.locator('tr[aria-rowindex="2"] .col-outcome .outcome-failed').waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('Nothing was changed, taken out or put in').waitFor();
    const [asked, download] = await Promise.all([
      page.waitForRequest('**/api/export?*'),
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    expect(asked.url()).toContain('format=csv');
    expect(decodeURIComponent(asked.url())).toContain('"status":"failed"');
    expect(download.suggestedFilename()).toBe('poptray-audit.csv');
    expect(readFileSync(await download.path(), 'utf8')).toBe('seq,timestamp\r\n');
  });

  test('a page that may not be framed is explained, in the settings and before a test pop', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(`${backend.url}#/test`);
    const { page } = dashboard;
    await page.getByLabel('Agent').fill('3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b');
    await page.getByText('The page may not be shown in').waitFor();
    await page.goto(`${backend.url}#/settings`);
    await page.getByText('Framing', { exact: true }).click();
    await page.getByText('list each page around it in frame-ancestors').waitFor();
    await page.getByRole('button', { name: 'Look at the page now' }).click();
    await page.getByText('For genesys: The page may be shown in').waitFor();
    await page.getByText('For desk, crm: It is not known').waitFor();
    expect(dashboard.faults).toEqual([]);
  });

  test('settings say at the field what is wrong, and mark what the environment sets', async () => {
    await using backend = await dashboards.start(50, { fromEnvironment: ['rateLimit'] });
    await using dashboard = await dashboards.open(`${backend.url}#/settings`);
    const { page } = dashboard;
    await page.getByLabel('Page', { exact: true }).fill('http://crm.example');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('must be an absolute https URL').waitFor();
    expect(await page.getByLabel('Rate limit').isDisabled()).toBe(true);
    await page.getByText('10 attempts: its receiver answered 503').waitFor();
    await page.getByLabel('Page', { exact: true }).fill('https://crm.internal.net/agent');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved, and in effect').first().waitFor();
  });

  test('a token is shown once, and revoked after a second press', async () => {
    await using backend = await dashboards.start(0);
    await using dashboard = await dashboards.open(`${backend.url}#/settings`);
    const { page } = dashboard;
    await page.getByLabel('New token for').fill('desk-phone');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('pt_Zm9v').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain('pt_Zm9v');
    await page.getByRole('button', { name: 'Revoke desk-phone' }).click();
    await page.getByRole('button', { name: 'Revoke now desk-phone' }).click();
    await page.getByText('None yet.').waitFor();
  });

  test('L16 a page is paired with a code, and the person sees how it went', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(`${backend.url}#/settings`);
    const { page } = dashboard;
    const pair = page.getByRole('button', { name: 'Pair a page' });
    await pair.click();
    await page.getByText('needs a name').waitFor();
    await page.getByLabel('New token for').fill('crm');
    await pair.click();
    await page.getByText('there is a token of that name').waitFor();
    const end = { type: 'pairing', name: 'desk', origin: 'https://crm.example' } as const;
    for (const [outcome, note] of [
      ['locked', 'The code was wrong five times'],
      ['expired', 'Nobody came with the code in time'],
      ['paired', 'https://crm.example may now fire pops as desk'],
    ] as const) {
      await page.getByLabel('New token for').fill('desk');
      await pair.click();
      await page.getByText('482 913').waitFor();
      expect(await dashboard.axe()).toEqual([]);
      backend.app.tell({ ...end, outcome });
      await page.locator('.once', { hasText: note }).waitFor();
      expect(await page.getByText('482 913').count()).toBe(0);
    }
    await page.getByLabel('New token for').fill('desk');
    await pair.click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('482 913').waitFor({ state: 'detached' });
    expect(dashboard.faults).toEqual([]);
  });

  // 380 px is the tray window, 1081 and 810 px where columns go; 640 and 320 px are what a zoom of 200 % and 400 % leave of a page of 1280 px.
  test.each([1081, 810, 640, 380, 320])('nothing is wider than a page of %d px', async (width) => {
    const secretsWarning = `Secrets are kept in /home/${'a'.repeat(64)}/.config/poptray/secrets.json.`;
    await using backend = await dashboards.start(500, { status: { secretsWarning } });
    await using dashboard = await dashboards.open(backend.url, { viewport: { width, height: 700 } });
    const { page } = dashboard;
    for (const [view, title] of viewTitles) {
      await page.goto(`${backend.url}#/${view}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(width);
    }
    expect(dashboard.faults).toEqual([]);
  });

  test('a button that cannot be pressed looks so under the pointer too', async () => {
    await using backend = await dashboards.start(0);
    await using dashboard = await dashboards.open(`${backend.url}#/settings`, { reducedMotion: 'reduce' });
    const save = dashboard.page.getByRole('button', { name: 'Save', exact: true });
    await dashboard.page.getByText('Everything is saved').waitFor();
    const look = () =>
      dashboard.page.evaluate(`(({ backgroundColor, color }) => [backgroundColor, color])(
        getComputedStyle([...document.querySelectorAll('button')].find((one) => one.textContent === 'Save')))`);
    const before = await look();
    await save.hover({ force: true });
    expect(await look()).toEqual(before);
  });

  test('the checks themselves can fail', async () => {
    await using backend = await dashboards.start(0);
    const dashboard = await dashboards.open(backend.url);
    await dashboard.page.evaluate(
      `document.querySelector('main').insertAdjacentHTML('beforeend', '<img src="./icon.svg"><p style="color:red">bad</p>')`,
    );
    expect((await dashboard.axe()).join()).toContain('image-alt');
    await expect(dashboard[Symbol.asyncDispose]()).rejects.toThrow('CSP: style-src-attr');
  });

  test('in Electron the page goes through the bridge, and through nothing else', async () => {
    await using backend = await dashboards.start(20);
    await using dashboard = await dashboards.open(backend.url);
    const { page } = dashboard;
    await page.addInitScript(`{
      const listeners = new Set();
      const headers = { '${SESSION_HEADER}': 'fake.secret' };
      const answer = (name, body) => fetch('api/' + name, { method: 'POST', headers, body: JSON.stringify(body) });
      window.calls = [];
      window.BroadcastChannel = undefined;
      window.tell = (event) => listeners.forEach((listener) => listener(event));
      window.poptray = {
        call: (name, body) => (calls.push(name), answer(name, body).then((response) => response.json())),
        subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
        exportLog: async (format) => (calls.push(format), { ok: true, value: { saved: true } }),
      };
    }`);
    await page.goto(`${backend.url}#/audit`);
    await page.reload();
    await page.getByText('20 entries').waitFor();
    await page.getByRole('button', { name: 'JSON Lines' }).click();
    expect(await page.evaluate('calls')).toEqual(expect.arrayContaining(['status', 'auditQuery', 'jsonl']));
    await page.evaluate(
      `tell({ type: 'status', status: ${JSON.stringify({
        ...(await backend.app.handlers.status({})),
        auditFault: 'the disk is full',
      })} })`,
    );
    await page.getByText('Nothing can be delivered').waitFor();
    expect(dashboard.faults).toEqual([]);
  });
});
