import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { viewTitles } from './view-titles.ts';
import { describeDashboard } from './with-dashboard.ts';

/** Where the focus is, and what keeps a person from seeing it there. */
const LOOK = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: '', fault: '' };
  const name = (element.ariaLabel || element.textContent || element.name || element.tagName).trim().slice(0, 40);
  const shown = [
    getComputedStyle(element),
    getComputedStyle(element, '::after'),
    ...(element.nextElementSibling ? [getComputedStyle(element.nextElementSibling)] : []),
  ];
  const hasRing = shown.some(({ outlineStyle, outlineWidth }) => outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2);
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const at = document.elementFromPoint((left + right) / 2, Math.max(top, 0) + 4);
  const isSeen = bottom > 0 && top < innerHeight && at !== null &&
    (element.contains(at) || at.contains(element) || at.closest('label')?.control === element);
  return { name, fault: hasRing ? (isSeen ? '' : 'is covered or out of sight') : 'has no ring' };
})()`;

async function faultsOnTheWay(page: Page, most: number): Promise<{ stops: number; faults: string[] }> {
  const faults: string[] = [];
  for (let stops = 0; stops < most; stops += 1) {
    await page.keyboard.press('Tab');
    const { name, fault } = await page.evaluate<{ name: string; fault: string }>(LOOK);
    if (name === '') return { stops, faults };
    if (fault !== '') faults.push(`${name} ${fault}`);
  }
  return { stops: most, faults };
}

describeDashboard('the dashboard by keyboard', (dashboards) => {
  test.each([1280, 380])('every stop of the Tab key is seen, in every view, at %d px', async (width) => {
    await using backend = await dashboards.start(30);
    await using dashboard = await dashboards.open(backend.url, { viewport: { width, height: 700 } });
    const { page } = dashboard;
    for (const [view, title] of viewTitles) {
      await page.goto('about:blank');
      await page.goto(`${backend.url}#/${view}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      const { stops, faults } = await faultsOnTheWay(page, 80);
      expect(faults, view).toEqual([]);
      expect(stops, view).toBeGreaterThan(8);
    }
  });

  test('the story of a pop opens and closes by key, and the focus goes back to its row', async () => {
    await using backend = await dashboards.start(30);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
    const { page } = dashboard;
    await page.locator('.row-button').nth(2).focus();
    await page.keyboard.press('Enter');
    await page.getByText('What happened').waitFor();
    const { faults } = await faultsOnTheWay(page, 3);
    expect(faults).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.waitForFunction('document.activeElement === document.querySelectorAll(".row-button")[2]');
  });

  test('pops are paused and resumed by key', async () => {
    await using backend = await dashboards.start(30);
    await using dashboard = await dashboards.open(`${backend.url}#/pops`);
    const { page } = dashboard;
    await page.locator('summary', { hasText: 'Pause' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.banner', { hasText: 'Pops are paused' }).waitFor();
    await page.getByRole('button', { name: 'Resume now' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.banner', { hasText: 'Pops are paused' }).waitFor({ state: 'detached' });
  });

  test('nothing moves for who wants less motion, and nothing takes longer than 150 ms for the others', async () => {
    await using backend = await dashboards.start(30);
    const durations = `[...document.querySelectorAll('*')].flatMap((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return [...transitionDuration.split(','), ...animationDuration.split(',')].map((text) => parseFloat(text) * (text.trim().endsWith('ms') ? 1 : 1000));
    }).reduce((most, ms) => Math.max(most, ms), 0)`;
    for (const [reducedMotion, least, most] of [
      ['reduce', 0, 0],
      ['no-preference', 1, 150],
    ] as const) {
      await using dashboard = await dashboards.open(`${backend.url}#/pops`, { reducedMotion });
      await dashboard.page.locator('.row-group').first().waitFor();
      const longest = await dashboard.page.evaluate<number>(durations);
      expect(longest).toBeLessThanOrEqual(most);
      expect(longest).toBeGreaterThanOrEqual(least);
    }
  });
});
