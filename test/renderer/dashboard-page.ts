/** A page of the dashboard that remembers what went wrong in it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { SESSION_KEY } from '../../shared/session-secret.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface DashboardPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the console, uncaught ones, and violations of the Content-Security-Policy. */
  readonly faults: string[];
  /** What axe finds, in a line each. */
  axe(): Promise<string[]>;
}

/** Opens `url` in a context of its own, whose tabs have `session` from the start, if given. Closing it throws when the page broke its Content-Security-Policy. */
export async function openDashboard(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  session?: string,
): Promise<DashboardPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  // Long enough for a machine with much else to do.
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI))",
  );
  if (session !== undefined) {
    const keep = JSON.stringify([SESSION_KEY, session]);
    await page.addInitScript(`if (location.protocol === 'http:') sessionStorage.setItem(...${keep})`);
  }
  await page.goto(url);
  await page.locator('main h1').waitFor();
  return {
    page,
    faults,
    async axe() {
      await page.evaluate(AXE);
      const found = await page.evaluate<{
        violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
      }>('axe.run(document, { resultTypes: ["violations"] })');
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
      );
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      const violations = faults.filter((fault) => /^CSP: |Content Security Policy/i.test(fault));
      if (violations.length > 0) throw new Error(violations.join('\n'));
    },
  };
}
