/** Makes pictures of every view, light and dark, wide and narrow: `node test/renderer/screenshots.ts [outDir]`. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/launch-chromium.ts';
import { buildDashboard } from './built-dashboard.ts';
import { startFakeBackend } from './fake-backend.ts';

interface Shot {
  readonly name: string;
  readonly hash: string;
  readonly isNew?: boolean;
  readonly prepare?: (page: Page) => Promise<unknown>;
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
  },
  { name: 'pops-empty', hash: '#/pops', isNew: true },
  { name: 'pops', hash: '#/pops' },
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
  { name: 'latency', hash: '#/latency', prepare: (page) => page.locator('canvas').nth(1).waitFor() },
  { name: 'focus', hash: '#/focus', prepare: (page) => page.locator('canvas').nth(1).waitFor() },
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
    prepare: async (page) => {
      await page.getByLabel('Agent').fill('3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b');
      await page.getByLabel('Name 1').fill('customerName');
      await page.getByLabel('Value 1').fill('Ada Lovelace');
      await page.getByRole('button', { name: 'Send test pop' }).click();
      await page.getByText('See the whole story').first().waitFor();
    },
  },
  { name: 'settings', hash: '#/settings' },
  {
    name: 'settings-refused',
    hash: '#/settings',
    prepare: async (page) => {
      await page.getByLabel('Port').fill('99999');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Not saved').first().waitFor();
    },
  },
];

const out = resolve(process.argv[2] ?? 'test-results/screenshots');
await mkdir(out, { recursive: true });
await using built = await buildDashboard();
const browser = await launchChromium();
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 380]) {
    for (const shot of shots) await take(browser, shot, colorScheme, width);
  }
}
await browser.close();

/** One picture in a browser context of its own. */
async function take(
  browser: Browser,
  shot: Shot,
  colorScheme: 'light' | 'dark',
  width: number,
): Promise<void> {
  await using backend = await startFakeBackend(built.folder, {
    entries: shot.isNew ? 0 : 20_000,
    fromEnvironment: shot.isNew ? [] : ['rateLimit'],
    ...(!shot.isNew && {
      status: {
        isSimulated: shot.name === 'pops',
        destination: 'Genesys Cloud, mypurecloud.ie',
        ...(shot.name === 'test-pop' && { pausedUntil: Date.now() + 900_000 }),
        ...(shot.name === 'settings' && { secretsWarning: 'There is no keychain on this computer.' }),
      },
    }),
  });
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height: width > 500 ? 800 : 760 },
  });
  const page = await context.newPage();
  await page.goto(backend.url + shot.hash);
  await page.locator('main h1').waitFor();
  await shot.prepare?.(page);
  await page.waitForTimeout(250);
  await page.screenshot({ path: join(out, `${shot.name}-${colorScheme}-${width}.png`) });
  await context.close();
}
