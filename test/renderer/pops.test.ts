import { expect, test } from 'vitest';
import { describeDashboard } from './with-dashboard.ts';

const AGENT = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

describeDashboard('pops in the dashboard', (dashboards) => {
  test('a newcomer gets from nothing to a delivered pop with one press', async () => {
    await using backend = await dashboards.start(0);
    await using dashboard = await dashboards.open(backend.url);
    const { page } = dashboard;
    await page.getByRole('button', { name: 'Send the test pop' }).click();
    await page.getByText('See the whole story').waitFor();
    await page.getByRole('link', { name: 'See it in Recent pops' }).click();
    await page.locator('table.pops .outcome-delivered').waitFor();
    expect(dashboard.faults).toEqual([]);
  });

  test('a pop from a softphone appears within a second, and its intent and result are one row', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
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
    await using backend = await dashboards.start(200);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
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

  test('a row that has the keyboard’s focus stays where it is, until the focus goes on', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
    const { page } = dashboard;
    await page.getByLabel('Outcome').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const row = page.locator('.row-button:focus');
    const before = await row.boundingBox();
    backend.app.pop({ userId: 'agent-new' });
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await row.boundingBox()).toEqual(before);
    await page.getByLabel('Outcome').focus();
    await page.getByText('agent-new').waitFor();
  });

  test('a failed pop shows its hint', async () => {
    await using backend = await dashboards.start(0);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
    backend.app.pop({ status: 'failed', success: false, code: 'upstream_forbidden' });
    await dashboard.page.getByText('Assign the OAuth client a role').waitFor();
  });

  test('C11 a refused trigger shows who sent it and which members were wrong', async () => {
    await using backend = await dashboards.start(0);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
    const { page } = dashboard;
    backend.app.pop({
      popId: null,
      type: 'refused',
      status: 'refused',
      success: false,
      code: 'invalid_trigger',
      client: 'reception-phone',
      endpoint: '/trigger-screenpop',
      errors: [
        { pointer: '/phase', detail: 'must be one of ringing, answered, ended, manual' },
        { pointer: '/customerData/#2', detail: 'must be a text' },
      ],
    });
    const row = page.locator('.row-note');
    await row.waitFor();
    expect(await row.innerText()).toMatch(/reception-phone: .*\/phase must be one of .*, and 1 more\./);
    await page.locator('.row-button').first().click();
    const story = page.getByRole('dialog');
    expect(await story.getByRole('listitem').allInnerTexts()).toEqual([
      '/phase must be one of ringing, answered, ended, manual',
      '/customerData/#2 must be a text',
    ]);
    expect(await story.locator('.facts').innerText()).toMatch(/Sent by\s+reception-phone/);
    expect(await story.locator('.facts').innerText()).toMatch(/Received at\s+\/trigger-screenpop/);
  });

  test('a test pop can be filled in and fired by keyboard alone, and its token is not kept', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(`${backend.url}#/test`);
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
    await using backend = await dashboards.start(0);
    await using dashboard = await dashboards.open(`${backend.url}#/test`);
    const { page } = dashboard;
    await page.getByRole('button', { name: 'Send test pop' }).click();
    await page.locator('#main [aria-invalid]').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('userId');
    expect(backend.app.fired).toEqual([]);
  });

  test('pause and resume are one press away and stand on the page', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(backend.url);
    const { page } = dashboard;
    await page.getByText('Pause', { exact: true }).click();
    await page.getByRole('button', { name: '15 minutes' }).click();
    await page.getByText('Pops are paused').first().waitFor();
    await page.getByRole('button', { name: 'Resume now' }).click();
    await page.locator('.banner').getByText('Pops are paused').waitFor({ state: 'detached' });
  });

  test('a lost connection is said, and mended by itself, with what was missed', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
    const { page } = dashboard;
    await page.locator('tbody.row-group').first().waitFor();
    backend.setDown(true);
    await page.getByText('Connection lost').waitFor();
    backend.app.pop({ userId: 'missed-agent' });
    backend.setDown(false);
    await page.getByText('missed-agent').waitFor();
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
  });
});
