import { expect, test } from 'vitest';
import { problemOf } from '../../main/pipeline/errors.ts';
import { SecretsLocked } from '../../main/secrets/secrets.ts';
import { makeCause } from '../../shared/causes.ts';
import { describeDashboard } from './with-dashboard.ts';

describeDashboard('the states of the dashboard', (dashboards) => {
  test('every view that has data says when it cannot be had, and has it after another try', async () => {
    await using backend = await dashboards.start(200);
    await using dashboard = await dashboards.open(backend.url);
    const { page } = dashboard;
    for (const view of ['pops', 'latency', 'focus', 'audit', 'settings']) {
      backend.setFailing({ ok: false, code: 'internal' });
      await page.goto('about:blank');
      await page.goto(`${backend.url}#/${view}`);
      await page.getByRole('alert').first().waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      backend.setFailing(undefined);
      await page.evaluate(
        `document.querySelectorAll('[role="alert"] button').forEach((button) => button.click())`,
      );
      await page.getByRole('alert').first().waitFor({ state: 'detached' });
    }
  });

  test('while the history is being built anew, nothing is taken for empty, and it is loaded again when it is whole', async () => {
    await using backend = await dashboards.start(0, { status: { rebuilding: 0.42 } });
    await using dashboard = await dashboards.open(backend.url);
    const { page } = dashboard;
    await page.locator('.banner', { hasText: '42 %' }).waitFor();
    for (const [view, title] of [
      ['', 'Recent pops'],
      ['#/latency', 'Latency'],
      ['#/focus', 'Focus success'],
      ['#/audit', 'Audit history'],
    ] as const) {
      await page.goto(backend.url + view);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.locator('.loading').waitFor();
    }
    const asked = page.waitForRequest('**/api/auditQuery');
    backend.app.setStatus({ rebuilding: null });
    await asked;
    await page.getByText('Nothing yet').waitFor();
    expect(await page.locator('.banner', { hasText: 'built anew' }).count()).toBe(0);
    expect(dashboard.faults).toEqual([]);
  });

  test('secrets that were entered for another place have a banner each, with the way to the settings', async () => {
    const secretFaults = ['client', 'signing'].map(
      (name) =>
        `The ${name} secret was entered for https://a.example and is not used for https://b.example: enter it again.`,
    );
    await using backend = await dashboards.start(0, { status: { secretFaults } });
    await using dashboard = await dashboards.open(backend.url);
    const { page } = dashboard;
    for (const fault of secretFaults) await page.locator('.banner', { hasText: fault }).waitFor();
    expect(await dashboard.axe()).toEqual([]);
    await page.locator('.banner', { hasText: 'The client secret' }).getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    backend.app.setStatus({ secretFaults: [] });
    await page.locator('.banner', { hasText: 'was entered for' }).first().waitFor({ state: 'detached' });
    expect(dashboard.faults).toEqual([]);
  });

  test('a destination that takes no pop is said as what keeps pops from agents, and not as something beside them', async () => {
    const trouble = { part: 'destination', name: 'Genesys Cloud at https://api.pops.test' } as const;
    const why = 'It takes no pop. Nothing takes connections at api.pops.test: it was refused.';
    const troubles = [{ ...trouble, since: '2026-11-30T09:00:00.000Z', code: 'refused', why, waiting: null }];
    await using backend = await dashboards.start(0, { status: { troubles } });
    await using dashboard = await dashboards.open(backend.url);
    const banner = dashboard.page.locator('.banner-bad', {
      hasText: `In trouble: destination ${trouble.name}`,
    });
    await banner.filter({ hasText: why }).waitFor();
    expect(await banner.textContent()).not.toContain('Pops go on');
    expect(await dashboard.axe()).toEqual([]);
    backend.app.setStatus({ troubles: [] });
    await banner.waitFor({ state: 'detached' });
  });

  test('settings that cannot be saved while the keychain is locked say so, with the way out', async () => {
    await using backend = await dashboards.start(50);
    await using dashboard = await dashboards.open(`${backend.url}#/settings`);
    const { page } = dashboard;
    await page.getByLabel('Address').first().fill('https://hooks.example.com/other');
    const problem = problemOf(new SecretsLocked(makeCause('keychain_locked', { reason: 'shut' })));
    backend.setFailing({ ok: false, code: 'refused', problem });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page
      .locator('.save-bar', {
        hasText:
          'Not saved. The secrets cannot be read now. The OS keychain is locked or refuses poptray (shut). Unlock it',
      })
      .waitFor();
    await page.locator('.save-bar', { hasText: 'then try again' }).waitFor();
    backend.setFailing(undefined);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.save-bar', { hasText: 'Saved, and in effect' }).waitFor();
  });

  test('a session that has ended is said on the page, with the way back', async () => {
    await using backend = await dashboards.start(200);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
    const { page } = dashboard;
    backend.setFailing('ended');
    await page.getByLabel('Outcome').selectOption('failed');
    await page.locator('.banner', { hasText: 'This session is not open any more' }).waitFor();
  });
});
