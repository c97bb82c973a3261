/** Tests of the built dashboard in a real browser, over the real app or over one in memory. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { readStaticFiles } from '../../main/platform/static-files.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.ts';
import { buildDashboard } from './built-dashboard.ts';
import { type DashboardPage, openDashboard } from './dashboard-page.ts';
import type { FakeOptions } from './fake-api.ts';
import { type FakeBackend, startFakeBackend } from './fake-backend.ts';

export interface WithDashboard {
  /** A backend with so many entries in its log. */
  start(entries: number, more?: Omit<FakeOptions, 'entries'>): Promise<FakeBackend>;
  /** The real app, which serves what was built. */
  startApp(options?: TestAppOptions): Promise<TestApp>;
  /** By a one-time link, as a person does. */
  openApp(app: TestApp, options?: BrowserContextOptions): Promise<DashboardPage>;
  /** In a tab without a session. */
  openBare(url: string): Promise<DashboardPage>;
  /** In a tab that has a session. */
  open(url: string, options?: BrowserContextOptions): Promise<DashboardPage>;
}

/** Builds once for all tests that `define` makes. */
export function describeDashboard(name: string, define: (dashboard: WithDashboard) => void): void {
  describe.skipIf(HAS_NO_CHROMIUM)(name, { timeout: 60_000 }, () => {
    let built: Awaited<ReturnType<typeof buildDashboard>> | undefined;
    let browser: Browser | undefined;
    beforeAll(async () => {
      [built, browser] = await Promise.all([buildDashboard(), launchChromium()]);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await built?.[Symbol.asyncDispose]();
    });

    const open = (url: string, options?: BrowserContextOptions, session?: string) => {
      if (!browser) throw new Error('no browser was started');
      return openDashboard(browser, url, options, session);
    };
    const folder = () => {
      if (!built) throw new Error('nothing was built');
      return built.folder;
    };
    define({
      start: (entries, more = {}) => startFakeBackend(folder(), { entries, ...more }),
      startApp: (options = {}) =>
        startTestApp({ ...options, readDashboard: () => readStaticFiles(folder()) }),
      openApp: (app, options) => open(app.url + app.newLink(), options),
      openBare: (url) => open(url),
      open: (url, options) => open(url, options, 'fake.secret'),
    });
  });
}
