/** Tests of the built dashboard in a real browser, over an app in memory. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { buildDashboard } from './built-dashboard.ts';
import { type DashboardPage, openDashboard } from './dashboard-page.ts';
import type { FakeOptions } from './fake-api.ts';
import { type FakeBackend, startFakeBackend } from './fake-backend.ts';

export interface WithDashboard {
  /** A backend with so many entries in its log. */
  start(entries: number, more?: Omit<FakeOptions, 'entries'>): Promise<FakeBackend>;
  open(url: string, options?: BrowserContextOptions): Promise<DashboardPage>;
}

/** Builds once for all tests that `define` makes. */
export function describeDashboard(name: string, define: (dashboard: WithDashboard) => void): void {
  describe.skipIf(HAS_NO_CHROMIUM)(name, () => {
    let built: Awaited<ReturnType<typeof buildDashboard>> | undefined;
    let browser: Browser | undefined;
    beforeAll(async () => {
      [built, browser] = await Promise.all([buildDashboard(), launchChromium()]);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await built?.[Symbol.asyncDispose]();
    });

    define({
      start(entries, more = {}) {
        if (!built) throw new Error('nothing was built');
        return startFakeBackend(built.folder, { entries, ...more });
      },
      open(url, options) {
        if (!browser) throw new Error('no browser was started');
        return openDashboard(browser, url, options);
      },
    });
  });
}
