/** Makes pictures of every view, light and dark, wide and narrow, and those of the README: `node test/renderer/screenshots.ts [outDir]`. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { SESSION_KEY } from '../../shared/session-secret.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { buildDashboard } from './built-dashboard.ts';
import { startFakeBackend } from './fake-backend.ts';

/** It is always the same moment, so that pictures differ only where the dashboard does. */
const NOW = Date.parse('2026-11-25T14:20:00Z');
const WIDTHS = [1280, 380];
const README_FOLDER = resolve(import.meta.dirname, '../../docs/images');

interface Shot {
  readonly name: string;
  readonly hash: string;
  readonly isNew?: boolean;
  readonly isWhole?: boolean;
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** The README shows it: in this scheme, at this width. */
  readonly readme?: { readonly scheme: 'light' | 'dark'; readonly width: number };
}

const shots: readonly Shot[] = [
  { name: 'first-run', hash: '', isNew: true },
  {
    name: 'first-run-delivered',
    hash: '',
    isNew: true,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Send the test pop' }).click();
      await page.getByText('See the whole story').first().waitFor();
    },
    readme: { scheme: 'light', width: 380 },
  },
  { name: 'pops-empty', hash: '#/pops', isNew: true },
  { name: 'audit-empty', hash: '#/audit', isNew: true },
  { name: 'latency-empty', hash: '#/latency', isNew: true },
  { name: 'pops', hash: '#/pops', readme: { scheme: 'light', width: 1280 } },
  { name: 'pops-tampered', hash: '#/pops' },
  { name: 'pops-in-trouble', hash: '#/pops' },
  {
    name: 'pops-pause',
    hash: '#/pops',
    prepare: (page) => page.getByText('Pause', { exact: true }).click(),
  },
  {
    name: 'pops-paused',
    hash: '#/pops',
    prepare: async (page) => {
      await page.getByText('Pause', { exact: true }).click();
      await page.getByRole('button', { name: 'Until I resume' }).click();
      await page.getByText('Resume now').waitFor();
    },
  },
  {
    name: 'story',
    hash: '#/pops',
    prepare: async (page) => {
      await page.getByLabel('Outcome').selectOption('failed');
      await page.waitForTimeout(200);
      await page.locator('.row-button').first().click();
      await page.getByText('What happened').waitFor();
    },
  },
  {
    name: 'latency',
    hash: '#/latency',
    isWhole: true,
    prepare: (page) => page.locator('canvas').nth(1).waitFor(),
    readme: { scheme: 'dark', width: 1280 },
  },
  {
    name: 'focus',
    hash: '#/focus',
    isWhole: true,
    prepare: (page) => page.locator('canvas').nth(1).waitFor(),
  },
  {
    name: 'audit',
    hash: '#/audit',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Verify' }).click();
      await page.getByText('The log is whole').first().waitFor();
    },
  },
  {
    name: 'test-pop',
    hash: '#/test',
    isWhole: true,
    prepare: async (page) => {
      await page.getByLabel('Agent').fill('3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b');
      await page.getByLabel('Name 1').fill('customerName');
      await page.getByLabel('Value 1').fill('Ada Lovelace');
      await page.getByRole('button', { name: 'Send test pop' }).click();
      await page.getByText('See the whole story').first().waitFor();
    },
  },
  { name: 'settings', hash: '#/settings', isWhole: true },
  {
    name: 'settings-destinations',
    hash: '#/settings',
    isWhole: true,
    prepare: async (page) => {
      const section = page.getByRole('region', { name: 'Destinations' });
      await section.getByRole('button', { name: 'Add a destination' }).click();
      await section.getByLabel('Address').fill('http://crm.example.com/pops');
      await page.getByRole('region', { name: 'Applications' }).getByText('Destinations').click();
      await page.getByLabel('Every destination').uncheck();
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Not saved').first().waitFor();
    },
  },
  {
    name: 'settings-refused',
    hash: '#/settings',
    prepare: async (page) => {
      await page.getByRole('region', { name: 'Endpoint and limits' }).getByLabel('Port').fill('99999');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Not saved').first().waitFor();
    },
  },
  {
    name: 'settings-secrets',
    hash: '#/settings',
    isWhole: true,
    prepare: async (page) => {
      const card = page.getByRole('region', { name: 'Secrets' });
      await card.getByRole('button', { name: 'Replace OAuth client secret' }).click();
      await card.getByRole('button', { name: 'Save' }).click();
      await card.getByText('is empty').waitFor();
    },
  },
];

const out = resolve(process.argv[2] ?? 'test-results/screenshots');
for (const folder of [out, README_FOLDER]) await mkdir(folder, { recursive: true });
await using built = await buildDashboard();
const browser = await launchChromium();
for (const scheme of ['light', 'dark'] as const) {
  for (const width of WIDTHS) {
    for (const shot of shots) await take(browser, shot, scheme, width);
  }
}
await browser.close();

/** One picture in a browser context of its own. */
async function take(browser: Browser, shot: Shot, scheme: 'light' | 'dark', width: number): Promise<void> {
  const isSimulated = shot.isNew === true || shot.name === 'pops';
  await using backend = await startFakeBackend(built.folder, {
    entries: shot.isNew ? 0 : 60_000,
    fromEnvironment: shot.isNew ? [] : ['rateLimit'],
    elsewhere:
      shot.name === 'settings-secrets'
        ? [
            ['destination:genesys:client-secret', 'https://login.mypurecloud.com'],
            ['destination:genesys:signing-secret', ''],
          ]
        : [],
    now: () => NOW,
    status: {
      isSimulated,
      destination: isSimulated ? 'the built-in simulator' : 'Genesys Cloud, mypurecloud.ie',
      ...(shot.name === 'pops-tampered' && {
        audit: {
          tampered: { at: '2026-11-25T09:12:00.000Z', seq: 41_207, reason: 'it was changed or moved' },
          checked: { at: '2026-11-25T14:02:00.000Z', verdict: 'whole', seq: null, reason: null },
        },
      }),
      ...(shot.name === 'pops-in-trouble' && {
        troubles: [
          {
            part: 'webhook',
            name: 'productivity',
            since: '2026-11-24T09:12:00.000Z',
            code: 'refused',
            why: 'Nothing takes connections at hooks.productivity.corp.example:8443: it was refused. Check the port of the address in the settings. If it is right, the server there does not run, or a firewall refuses: ask who runs it.',
            waiting: 1234,
          },
          {
            part: 'extension matrix',
            name: 'wiki',
            since: '2026-11-25T14:02:00.000Z',
            code: 'matrix_unfit',
            why: 'the extension matrix of wiki cannot be used, so pops of that application are refused: the file cannot be read: ENOENT. Mend the file, then start poptray again or save the settings in the dashboard',
            waiting: null,
          },
        ],
      }),
      ...(shot.name === 'settings' && {
        secretsWarning:
          'Secrets are kept unencrypted in ~/.config/poptray/secrets.json, which only you can read: no OS keychain (the Secret Service does not answer).',
      }),
    },
  });
  const context = await browser.newContext({
    colorScheme: scheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Dublin',
    viewport: { width, height: width > 500 ? 800 : 760 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.clock.setFixedTime(NOW);
  await page.addInitScript(`sessionStorage.setItem('${SESSION_KEY}', 'fake.secret')`);
  await page.goto(backend.url + shot.hash);
  await page.locator('main h1').waitFor();
  await shot.prepare?.(page);
  await page.waitForTimeout(250);
  const name = `${shot.name}-${scheme}-${width}`;
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: shot.isWhole ?? false });
  if (shot.readme?.scheme === scheme && shot.readme.width === width)
    await page.screenshot({ path: join(README_FOLDER, `${shot.name}.png`) });
  await context.close();
}
