/** The list of destinations in the settings, in a real browser over the real app. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Settings } from '../../shared/settings.ts';
import { describeDashboard, type WithDashboard } from '../renderer/with-dashboard.ts';
import type { TestApp } from '../support/test-app.ts';

const TWO: Settings['destinations'] = [
  { id: 'desk', kind: 'simulator' },
  { id: 'crm', kind: 'http', url: 'https://crm.example/pops' } as never,
];

async function open(dashboards: WithDashboard, settings: Partial<Settings> = {}) {
  const app = await dashboards.startApp({ settings });
  const dashboard = await dashboards.openApp(app);
  const { page } = dashboard;
  await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
  const list = page.getByRole('region', { name: 'Destinations' });
  await list.waitFor();
  /** The legends, in order. */
  const ids = () => list.locator('legend').allTextContents();
  return { app, dashboard, page, list, ids };
}

function saved(app: TestApp): Settings {
  return JSON.parse(readFileSync(join(app.dataDir, 'settings.json'), 'utf8'));
}

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  // Not the live region, which still has the text of the save before.
  await page.locator('.save-bar').getByText('Saved, and in effect', { exact: true }).waitFor();
}

describeDashboard('the list of destinations', (dashboards) => {
  test('one is added, moved up and down, and taken away again; axe finds nothing on the way', async () => {
    const { app, dashboard, page, list, ids } = await open(dashboards);
    await using _ = dashboard;
    expect(await ids()).toEqual(['simulator']);
    // There is nothing to move it past, and one has to stay.
    expect(await list.getByRole('button').allTextContents()).toEqual([' Add a destination']);
    await list.getByRole('button', { name: 'Add a destination' }).click();
    const added = list.getByRole('group').nth(1);
    await added.getByLabel('Kind').selectOption('http');
    await added.getByLabel('Id', { exact: true }).fill('crm');
    await added.getByLabel('Address', { exact: true }).fill('https://crm.example/pops');
    await list
      .getByRole('group', { name: 'crm' })
      .getByLabel(/^Required/)
      .uncheck();
    expect(await dashboard.axe()).toEqual([]);
    await list.getByRole('button', { name: 'Move crm up' }).click();
    expect(await ids()).toEqual(['crm', 'simulator']);
    await save(page);
    expect(saved(app).destinations).toMatchObject([
      { id: 'crm', kind: 'http', url: 'https://crm.example/pops', required: false },
      { id: 'simulator', kind: 'simulator' },
    ]);
    await list.getByRole('button', { name: 'Move crm down' }).click();
    await save(page);
    expect(saved(app).destinations.map(({ id }) => id)).toEqual(['simulator', 'crm']);
    // The simulator's agent desktop shows what goes there, whatever else gets it.
    expect(app.desktopLink()).toMatch(/^http:/);
    await list.getByRole('button', { name: 'Remove simulator' }).click();
    await save(page);
    expect(saved(app).destinations.map(({ id }) => id)).toEqual(['crm']);
    expect(app.desktopLink()).toBeNull();
    expect(dashboard.faults).toEqual([]);
  });

  test('whoever tries another kind and goes back saves that kind’s members alone', async () => {
    const { app, dashboard, page, list } = await open(dashboards, { destinations: TWO });
    await using _ = dashboard;
    const crm = list.getByRole('group', { name: 'crm' });
    await crm.getByLabel('Kind').selectOption('genesys-screenpops');
    await crm.getByLabel('Client id').fill('typed');
    await crm.getByLabel('Kind').selectOption('simulator');
    await save(page);
    expect(saved(app).destinations).toEqual([
      { id: 'desk', kind: 'simulator' },
      { id: 'crm', kind: 'simulator' },
    ]);
    await crm.getByLabel('Kind').selectOption('http');
    await crm.getByLabel('Address', { exact: true }).fill('https://crm.example/other');
    await save(page);
    expect(Object.keys(saved(app).destinations[1] ?? {})).not.toContain('region');
    expect(saved(app).destinations[1]).toMatchObject({ kind: 'http', url: 'https://crm.example/other' });
    expect(dashboard.faults).toEqual([]);
  });

  test('an application tries them in turn, in an order of its own; then none of them is asked to be required', async () => {
    const { app, dashboard, page, list } = await open(dashboards, {
      destinations: TWO.map((one) => ({ ...one, required: one.id === 'desk' ? undefined : false })) as never,
    });
    await using _ = dashboard;
    const application = page.getByRole('group', { name: 'com.example.customapp' });
    await application.locator('summary', { hasText: 'Destinations' }).click();
    await application.getByLabel('Of several').selectOption('first');
    expect(await list.getByLabel(/^Required/).count()).toBe(0);
    await application.getByLabel(/^Every destination/).uncheck();
    await application.getByLabel('desk').uncheck();
    await application.getByLabel('desk').check();
    await application.getByText('In this order: crm, desk.').waitFor();
    expect(await dashboard.axe()).toEqual([]);
    await save(page);
    expect(saved(app).applications[0]).toMatchObject({ destinations: ['crm', 'desk'], mode: 'first' });
    expect(saved(app).destinations.map(({ required }) => required)).toEqual([undefined, undefined]);
    expect(dashboard.faults).toEqual([]);
  });

  test('a refused save goes to the member that is wrong, in the destination whose it is, and says what to do', async () => {
    const { app, dashboard, page, list } = await open(dashboards, { destinations: TWO });
    await using _ = dashboard;
    const before = saved(app);
    const press = () => page.getByRole('button', { name: 'Save', exact: true }).click();
    const crm = list.getByRole('group', { name: 'crm' });
    await crm.getByLabel('Address', { exact: true }).fill('http://crm.example/pops');
    await press();
    await page.getByText('Not saved: one thing is wrong').first().waitFor();
    await crm
      .locator('.field', { hasText: 'Address' })
      .locator('.field-error', { hasText: 'https' })
      .waitFor();
    await list.getByRole('group', { name: 'desk' }).locator('.field-error').waitFor({ state: 'detached' });
    await crm.getByLabel('Address', { exact: true }).and(page.locator(':focus')).waitFor();
    expect(await dashboard.axe()).toEqual([]);

    await crm.getByLabel('Address', { exact: true }).fill('https://crm.example/pops');
    await crm.getByLabel('Id', { exact: true }).fill('Desk');
    await press();
    const second = list.getByRole('group', { name: 'Desk', exact: true }).last();
    await second
      .locator('.field', { hasText: 'Id' })
      .locator('.field-error', { hasText: 'desk is there already' })
      .waitFor();
    expect(saved(app)).toEqual(before);
    await second.getByLabel('Id', { exact: true }).fill('crm');
    await crm.getByLabel('Address', { exact: true }).fill('https://crm.example/others');
    await save(page);
    expect(await list.locator('.field-error').count()).toBe(0);
    expect(dashboard.faults).toEqual([]);
  });

  test('a banner names those that lack something, while pops need them', async () => {
    const lacking = { kind: 'http', url: 'https://crm.example/pops', auth: { kind: 'bearer' } };
    const { dashboard, page, list } = await open(dashboards, {
      destinations: [
        TWO[0],
        { ...lacking, id: 'crm' },
        { ...lacking, id: 'board', required: false },
      ] as never,
    });
    await using _ = dashboard;
    await page
      .locator('.banner', {
        hasText: 'Not configured: crm, board. Pops that need them fail until they are.',
      })
      .waitFor();
    await list.getByRole('button', { name: 'Remove crm' }).click();
    await save(page);
    await page.locator('.banner', { hasText: 'Not configured' }).waitFor({ state: 'detached' });
    expect(dashboard.faults).toEqual([]);
  });

  test('all of it goes by keyboard, and the focus stays with what was moved, added or next to what was taken away', async () => {
    const { app, dashboard, page, list, ids } = await open(dashboards, { destinations: TWO });
    await using _ = dashboard;
    const focused = () =>
      page.evaluate(
        '(({ ariaLabel, textContent, tagName }) => ariaLabel || textContent.trim() || tagName)(document.activeElement)',
      );
    await list.getByRole('button', { name: 'Move crm up' }).focus();
    await page.keyboard.press('Enter');
    expect(await ids()).toEqual(['crm', 'desk']);
    // It is the first one by now: it cannot go up further.
    expect(await focused()).toBe('Move crm down');
    await page.keyboard.press('Space');
    expect(await ids()).toEqual(['desk', 'crm']);
    expect(await focused()).toBe('Move crm up');

    await list.getByRole('button', { name: 'Add a destination' }).focus();
    await page.keyboard.press('Enter');
    await list.getByRole('group').last().getByLabel('Kind').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('Built-in');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('trial');
    expect(await ids()).toEqual(['desk', 'crm', 'trial']);

    await list.getByRole('button', { name: 'Remove crm' }).focus();
    await page.keyboard.press('Enter');
    expect(await ids()).toEqual(['desk', 'trial']);
    expect(await focused()).toBe('Remove trial');
    await page.keyboard.press('Enter');
    expect(await ids()).toEqual(['desk']);
    expect(await focused()).toBe('Add a destination');
    await page.getByRole('button', { name: 'Save', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.save-bar').getByText('Saved, and in effect', { exact: true }).waitFor();
    expect(saved(app).destinations.map(({ id }) => id)).toEqual(['desk']);
    expect(dashboard.faults).toEqual([]);
  });

  test.each([
    ['Applications', 'Add an application', 'New application'],
    ['Webhooks', 'Add a webhook', 'productivity'],
    ['Receivers of the audit log', 'Add a syslog receiver', 'New receiver'],
  ])('so does it in the list of %s', async (title, add, name) => {
    const { dashboard, page } = await open(dashboards);
    await using _ = dashboard;
    const section = page.getByRole('region', { name: title });
    await section.getByRole('button', { name: add }).focus();
    await page.keyboard.press('Enter');
    const added = section.getByRole('group', { name, exact: true });
    await added.getByLabel('Id', { exact: true }).and(page.locator(':focus')).waitFor();
    await added.getByRole('button', { name: /^Remove/ }).focus();
    await page.keyboard.press('Enter');
    await added.waitFor({ state: 'detached' });
    await section.getByRole('button', { name: add }).and(page.locator(':focus')).waitFor();
    expect(dashboard.faults).toEqual([]);
  });
});
