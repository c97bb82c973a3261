import type { Page } from 'playwright-core';
import { viewTitles } from '../renderer/view-titles.ts';

/** Goes through every view of the window from its start; what the browser says against the page, for a test to find empty. */
export async function walkViews(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text()))
      complaints.push(message.text());
  });
  await page.reload();
  for (const [view, title] of viewTitles) {
    await page.evaluate(`location.hash = '#/${view}'`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
  }
  return complaints;
}
