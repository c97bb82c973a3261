/** The agent desktop in a real browser. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStaticFiles, type StaticFile } from '../../main/platform/static-files.ts';
import { buildDashboard } from '../renderer/built-dashboard.ts';
import { type DashboardPage, openDashboard } from '../renderer/dashboard-page.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { nobody, serve } from '../support/servers.ts';
import { type SimulatedDesktop, startSimulatedDesktop } from '../support/simulated-desktop.ts';

const ADA = { customerName: 'Ada Lovelace', caseId: 'C-1' };

describe.skipIf(HAS_NO_CHROMIUM)('the agent desktop', () => {
  let browser: Browser | undefined;
  let files: ReadonlyMap<string, StaticFile> = new Map();
  beforeAll(async () => {
    await using built = await buildDashboard();
    files = readStaticFiles(built.folder);
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  const start = () => startSimulatedDesktop({ files });
  const open = (desktop: SimulatedDesktop, options?: BrowserContextOptions): Promise<DashboardPage> => {
    if (!browser) throw new Error('no browser was started');
    return openDashboard(browser, desktop.newLink(), options);
  };

  test('shows a pop as it comes: who calls, its page in a frame, its URL, and what the page read', async () => {
    await using desktop = await start();
    await using opened = await open(desktop);
    const { page } = opened;
    await page.getByRole('heading', { name: 'Waiting for a call' }).waitFor();
    expect(await desktop.pop({ ...ADA, note: '<b>“50 %” & more</b>' })).toBe(true);

    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    const frame = page.frameLocator('iframe');
    await frame.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    await frame.getByText('<b>“50 %” & more</b>').waitFor();
    const facts = page.getByRole('complementary');
    await facts.getByText('C-1', { exact: true }).waitFor();
    await facts.getByText('yes, measured here').waitFor();
    expect(await page.locator('.address-text').textContent()).toBe(
      `${desktop.page}#customerName=Ada%20Lovelace&caseId=C-1&note=%3Cb%3E%E2%80%9C50%20%25%E2%80%9D%20%26%20more%3C%2Fb%3E`,
    );
    expect(opened.faults).toEqual([]);
  });

  test('keeps what came before it was opened, and says of that what nobody measured', async () => {
    await using desktop = await start();
    expect(await desktop.pop(ADA)).toBeNull();
    await using opened = await open(desktop);
    await opened.page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    await opened.page.getByText('nobody said').waitFor();
  });

  test('leaves a session token unread until it is asked for', async () => {
    await using desktop = await start();
    await using opened = await open(desktop);
    const { page } = opened;
    await desktop.pop({ sessionToken: 'tok-4711', ...ADA });
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    expect(await page.locator('body').textContent()).not.toContain('tok-4711');
    expect(await page.frameLocator('iframe').locator('body').textContent()).not.toContain('tok-4711');
    await page.getByRole('button', { name: 'Show the session token' }).click();
    expect(await page.locator('.address-text').textContent()).toContain('sessionToken=tok-4711');
  });

  test('says in words why a page cannot be framed, and what Genesys Cloud would do', async () => {
    await using desktop = await start();
    await using opened = await open(desktop);
    const { page } = opened;
    const refusing = (name: string, value: string) =>
      serve((_request, response) => response.setHeader(name, value).end('<!doctype html><h1>Hers</h1>'));
    const popOn = (url: string) => desktop.pop(ADA, { uri: `${url}/agent#customerName=Ada` });

    await popOn(await refusing('x-frame-options', 'DENY'));
    const note = page.getByRole('alert');
    await note.getByText('This page does not let itself be framed').waitFor();
    await note.getByText('may not show it either').waitFor();
    expect(await page.locator('iframe').count()).toBe(0);

    await popOn(await refusing('content-security-policy', 'frame-ancestors https://apps.mypurecloud.com'));
    await note.getByText('may show it: the page lists that one').waitFor();

    await popOn(await nobody());
    await note.getByText('This page cannot be reached').waitFor();
    expect(await opened.axe()).toEqual([]);
    await note.getByRole('button', { name: 'Frame it all the same' }).click();
    await page.locator('iframe').waitFor();

    await popOn(await refusing('x-other', 'none'));
    await page.frameLocator('iframe').getByRole('heading', { name: 'Hers' }).waitFor();
    // The browser says what those pages forbid; nothing else was wrong.
    const others = opened.faults
      .splice(0)
      .filter((fault) => !/frame-ancestors|X-Frame-Options|ERR_/i.test(fault));
    expect(others).toEqual([]);
  });

  test('goes from pop to pop by the keyboard', async () => {
    await using desktop = await start();
    await using opened = await open(desktop);
    const { page } = opened;
    for (const customerName of ['Ada Lovelace', 'Grace Hopper', 'Mary Shelley'])
      await desktop.pop({ customerName });
    const stage = page.getByRole('region', { name: 'The call' }).getByRole('heading');
    await expect.poll(() => stage.textContent()).toBe('Mary Shelley');
    await page.locator('.call-row[aria-current]').focus();
    await page.keyboard.press('ArrowDown');
    expect(await stage.textContent()).toBe('Grace Hopper');
    await page.keyboard.press('End');
    expect(await stage.textContent()).toBe('Ada Lovelace');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Ada Lovelace');
    await page.keyboard.press('ArrowDown');
    expect(await stage.textContent()).toBe('Ada Lovelace');
    await page.keyboard.press('Home');
    expect(await stage.textContent()).toBe('Mary Shelley');
    await page.frameLocator('iframe').getByRole('heading', { name: 'Mary Shelley' }).waitFor();
  });

  test.each([
    ['light', 1440],
    ['light', 380],
    ['dark', 1440],
    ['dark', 380],
  ] as const)('axe finds nothing in it, and nothing is cut off: %s, %d px', async (colorScheme, width) => {
    await using desktop = await start();
    await using opened = await open(desktop, { colorScheme, viewport: { width, height: 800 } });
    expect(await opened.axe()).toEqual([]);
    await desktop.pop({ ...ADA, long: 'x'.repeat(1000), 'call.queue': 'Sales' });
    await opened.page.frameLocator('iframe').getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    expect(await opened.axe()).toEqual([]);
    expect(await opened.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  test('two hundred pops leave fifty rows, one frame and no more of anything', async () => {
    await using desktop = await start();
    await using opened = await open(desktop);
    const { page } = opened;
    const session = await page.context().newCDPSession(page);
    const measure = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { documents, nodes } = await session.send('Memory.getDOMCounters');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      return { documents, nodes, usedSize };
    };
    const popMany = async (count: number) => {
      for (let done = 0; done < count; done += 10)
        await Promise.all(
          Array.from({ length: 10 }, (_, index) => desktop.pop({ ...ADA, note: `n${index}`.repeat(50) })),
        );
    };
    await popMany(60);
    const before = await measure();
    await popMany(140);
    const after = await measure();
    expect([await page.locator('.call-row').count(), await page.locator('iframe').count()]).toEqual([50, 1]);
    expect(after.documents).toBeLessThanOrEqual(before.documents + 5);
    expect(after.nodes).toBeLessThan(before.nodes * 1.2);
    expect(after.usedSize).toBeLessThan(before.usedSize + 1_000_000);
  }, 120_000);

  test('comes back by itself when the simulator does', async () => {
    await using desktop = await start();
    await using opened = await open(desktop);
    const { page } = opened;
    await desktop.pop(ADA);
    await desktop.stop();
    await page.getByText('poptray does not answer').waitFor();
    await desktop.startAgain();
    await page.getByText('On queue').waitFor();
    expect(await desktop.pop({ customerName: 'Grace Hopper' })).toBe(true);
    await page.getByRole('heading', { name: 'Grace Hopper' }).first().waitFor();
    expect(await page.locator('.call-row').count()).toBe(2);
  });

  test('a link that was used says so, unless another tab has the session to share', async () => {
    await using desktop = await start();
    const link = desktop.newLink();
    await fetch(link);
    if (!browser) throw new Error('no browser was started');
    await using used = await openDashboard(browser, link);
    await used.page.getByRole('heading', { name: 'This link cannot be used any more' }).waitFor();
    expect(await used.axe()).toEqual([]);
    const other = await used.page.context().newPage();
    await other.goto(desktop.newLink());
    await used.page.getByRole('heading', { name: 'Waiting for a call' }).waitFor();
    expect(await used.page.evaluate('location.href + document.cookie + localStorage.length')).toBe(
      `${link}0`,
    );
  });

  test('a page of another origin gets nothing of it, by script, in a frame, or from the customer’s page', async () => {
    await using desktop = await start();
    await using opened = await open(desktop);
    const theirs = await opened.page.context().newPage();
    await theirs.goto(
      await serve((_request, response) =>
        response
          .setHeader('content-type', 'text/html')
          .end(`<!doctype html><title>theirs</title><iframe src="${desktop.baseUrl}/desktop/"></iframe>`),
      ),
    );
    await desktop.pop(ADA);
    const link = desktop.newLink();
    const tried = await theirs.evaluate(`(async () => {
      const results = [];
      for (const mode of ['cors', 'no-cors'])
        for (const url of ['${desktop.baseUrl}/desktop/api/events', '${desktop.baseUrl}/desktop/', '${link}'])
          results.push(await fetch(url, { mode, credentials: 'include' }).then(({ type }) => type, () => 'failed'));
      return [...new Set(results)];
    })()`);
    expect(tried).toEqual(['failed']);
    // Its frame is empty, and the link still there for its owner.
    expect(await theirs.frames()[1]?.evaluate('document.getElementById("app")')).toBeNull();
    expect((await fetch(link)).status).toBe(200);
    // What is shown in the frame has an origin of its own.
    const customer = opened.page.frames().find((frame) => frame.url().startsWith(desktop.page));
    expect(await customer?.evaluate('self.origin')).toBe('null');
    expect(
      await customer?.evaluate(
        '(() => { try { return typeof parent.document; } catch { return "refused"; } })()',
      ),
    ).toBe('refused');
  });
});
