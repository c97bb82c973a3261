import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDashboard, hasChromium, launchChromium } from './built-dashboard.ts';
import { openDashboard } from './dashboard-page.ts';
import { startFakeBackend } from './fake-backend.ts';

const AGENT = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const VIEWS = [
  ['start', 'Your first pop'],
  ['pops', 'Recent pops'],
  ['latency', 'Latency'],
  ['focus', 'Focus success'],
  ['audit', 'Audit history'],
  ['test', 'Test pop'],
  ['settings', 'Settings'],
] as const;

test('there is a browser to test the dashboard with', ({ skip }) => {
  if (!hasChromium && !process.env.CI) skip('no Chromium at /usr/bin/chromium: the dashboard was not tested');
  expect(hasChromium).toBe(true);
});

describe.skipIf(!hasChromium)('the dashboard', () => {
  let built: Awaited<ReturnType<typeof buildDashboard>>;
  let browser: Browser;
  beforeAll(async () => {
    [built, browser] = await Promise.all([buildDashboard(), launchChromium()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await built?.[Symbol.asyncDispose]();
  });

  const start = (entries: number, more = {}) => startFakeBackend(built.folder, { entries, ...more });

  test.each(['light', 'dark'] as const)(
    'axe finds nothing on any view, %s, and no view breaks a rule',
    async (colorScheme) => {
      await using backend = await start(2000, {
        status: {
          secretsWarning: 'There is no keychain.',
          auditFault: 'the disk is full',
          pausedUntil: 'until-resumed',
        },
      });
      await using dashboard = await openDashboard(browser, backend.url, {
        colorScheme,
        reducedMotion: 'reduce',
      });
      const { page } = dashboard;
      for (const [view, title] of VIEWS) {
        await page.goto(`${backend.url}#/${view}`);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        await page.evaluate(
          'for (const details of document.querySelectorAll("main details")) details.open = true',
        );
        expect(await dashboard.axe(), view).toEqual([]);
      }
      await page.goto(`${backend.url}#/pops`);
      await page.locator('.row-button').first().click();
      await page.getByText('What happened').waitFor();
      expect(await dashboard.axe(), 'story').toEqual([]);
      expect(dashboard.faults).toEqual([]);
    },
    60_000,
  );

  test('a newcomer gets from nothing to a delivered pop with one press', async () => {
    await using backend = await start(0);
    await using dashboard = await openDashboard(browser, backend.url);
    const { page } = dashboard;
    await page.getByRole('button', { name: 'Send the test pop' }).click();
    await page.getByText('See the whole story').waitFor();
    await page.getByRole('link', { name: 'See it in Recent pops' }).click();
    await page.locator('table.pops .outcome-delivered').waitFor();
    expect(dashboard.faults).toEqual([]);
  });

  test('a pop from a softphone appears within a second, and its intent and result are one row', async () => {
    await using backend = await start(50);
    await using dashboard = await openDashboard(browser, `${backend.url}#/pops`);
    const { page } = dashboard;
    await page.locator('tbody.row-group').nth(20).waitFor();
    const popId = crypto.randomUUID();
    backend.app.pop({
      popId,
      type: 'intent',
      status: null,
      userId: 'live-agent',
      latencyMs: null,
      phases: null,
    });
    await page.getByText('Delivering', { exact: true }).waitFor({ timeout: 1000 });
    backend.app.pop({ popId, userId: 'live-agent' });
    await page.getByText('Delivering', { exact: true }).waitFor({ state: 'detached', timeout: 1000 });
    expect(await page.getByText('live-agent').count()).toBe(1);
  });

  test('what is being read does not move when a pop arrives', async () => {
    await using backend = await start(200);
    await using dashboard = await openDashboard(browser, `${backend.url}#/pops`);
    const { page } = dashboard;
    await page.locator('tbody.row-group').nth(30).waitFor();
    await page.evaluate('scrollTo(0, 400)');
    const row = page.locator('tbody.row-group').nth(20);
    const before = await row.boundingBox();
    backend.app.pop({});
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await row.boundingBox()).toEqual(before);
    await page.getByRole('button', { name: '1 new' }).click();
    await page.getByRole('button', { name: '1 new' }).waitFor({ state: 'detached' });
  });

  test('a failed pop shows its hint', async () => {
    await using backend = await start(0);
    await using dashboard = await openDashboard(browser, `${backend.url}#/pops`);
    backend.app.pop({ status: 'failed', success: false, code: 'upstream_forbidden' });
    await dashboard.page.getByText('Assign the OAuth client a role').waitFor();
  });

  test('a test pop can be filled in and fired by keyboard alone, and its token is not kept', async () => {
    await using backend = await start(50);
    await using dashboard = await openDashboard(browser, `${backend.url}#/test`);
    const { page } = dashboard;
    const { keyboard } = page;
    await page.getByLabel('Agent').focus();
    await keyboard.type(AGENT);
    for (let step = 0; step < 3; step++) await keyboard.press('Tab');
    await keyboard.type('customerName');
    await keyboard.press('Tab');
    await keyboard.type('Ada Lovelace');
    for (let step = 0; step < 3; step++) await keyboard.press('Tab');
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await keyboard.type('very-secret-token');
    await page.getByText('sessionToken=••••••').first().waitFor();
    await page.getByRole('button', { name: 'Send test pop' }).focus();
    await keyboard.press('Enter');
    await page.getByRole('status').getByText('Delivered in').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Send test pop');
    expect(backend.app.fired).toMatchObject([
      { userId: AGENT, customerData: { customerName: 'Ada Lovelace' }, sessionToken: 'very-secret-token' },
    ]);
    await page.waitForTimeout(400);
    expect(await page.content()).not.toContain('very-secret-token');
    expect(await page.getByLabel('Session token').inputValue()).toBe('');
  });

  test('a form that is wrong says where, and sends nothing', async () => {
    await using backend = await start(0);
    await using dashboard = await openDashboard(browser, `${backend.url}#/test`);
    const { page } = dashboard;
    await page.getByRole('button', { name: 'Send test pop' }).click();
    await page.locator('#main [aria-invalid]').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('userId');
    expect(backend.app.fired).toEqual([]);
  });

  test('a hundred thousand entries scroll, by wheel and by key', async () => {
    await using backend = await start(100_000);
    await using dashboard = await openDashboard(browser, `${backend.url}#/audit`);
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
  }, 30_000);

  test('the audit history filters, verifies with a verdict, and exports', async () => {
    await using backend = await start(1000);
    await using dashboard = await openDashboard(browser, `${backend.url}#/audit`);
    const { page } = dashboard;
    await page.getByText('1,000 entries').waitFor();
    await page.getByLabel('Outcome').selectOption('failed');
    await page.getByText('1,000 entries').waitFor({ state: 'detached' });
    await page.locator('tr[aria-rowindex="2"] .col-outcome .outcome-failed').waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('Nothing was changed, removed or added').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    expect(download.url()).toContain('format=csv');
    expect(decodeURIComponent(download.url())).toContain('"status":"failed"');
  });

  test('settings say at the field what is wrong, and mark what the environment sets', async () => {
    await using backend = await start(50, { fromEnvironment: ['rateLimit'] });
    await using dashboard = await openDashboard(browser, `${backend.url}#/settings`);
    const { page } = dashboard;
    await page.getByLabel('Page', { exact: true }).fill('http://crm.example');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('must be an absolute https URL').waitFor();
    expect(await page.getByLabel('Rate limit').isDisabled()).toBe(true);
    await page.getByLabel('Page', { exact: true }).fill('https://crm.internal.net/agent');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved, and in effect').first().waitFor();
  });

  test('a token is shown once, and revoked after a second press', async () => {
    await using backend = await start(0);
    await using dashboard = await openDashboard(browser, `${backend.url}#/settings`);
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

  test('pause and resume are one press away and stand on the page', async () => {
    await using backend = await start(50);
    await using dashboard = await openDashboard(browser, backend.url);
    const { page } = dashboard;
    await page.getByText('Pause', { exact: true }).click();
    await page.getByRole('button', { name: '15 minutes' }).click();
    await page.getByText('Pops are paused').first().waitFor();
    await page.getByRole('button', { name: 'Resume now' }).click();
    await page.locator('.banner').getByText('Pops are paused').waitFor({ state: 'detached' });
  });

  test('a lost connection is said, and mended by itself, with what was missed', async () => {
    await using backend = await start(50);
    await using dashboard = await openDashboard(browser, `${backend.url}#/pops`);
    const { page } = dashboard;
    await page.locator('tbody.row-group').first().waitFor();
    backend.setDown(true);
    await page.getByText('Connection lost').waitFor();
    backend.app.pop({ userId: 'missed-agent' });
    backend.setDown(false);
    await page.getByText('missed-agent').waitFor();
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
  });

  test('nothing is wider than the tray window, 380 px', async () => {
    await using backend = await start(500);
    await using dashboard = await openDashboard(browser, backend.url, {
      viewport: { width: 380, height: 700 },
    });
    const { page } = dashboard;
    for (const [view, title] of VIEWS) {
      await page.goto(`${backend.url}#/${view}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(380);
    }
    expect(dashboard.faults).toEqual([]);
  }, 30_000);
});
