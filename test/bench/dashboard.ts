/** The dashboard in a real Chromium over a real headless poptray: `node test/bench/dashboard.ts`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { buildAll } from '../../scripts/build.ts';
import { isBuildStale } from '../../scripts/start/freshness.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { median } from './figure.ts';
import { fillLog } from './fill-log.ts';
import { type Frames, framesWhile } from './frames.ts';

const ROOT = join(import.meta.dirname, '../..');
const ENTRIES = 100_000;
const ROUNDS = 5;
const TOKEN = 'bench-local-token-0123456789abcdef';

export interface DashboardFigures {
  /** JavaScript of the first load, in kB (1,000 bytes) gzipped. */
  readonly firstLoadKb: number;
  /** From the press of the link to pops on the page and a free main thread, in milliseconds; the median. */
  readonly interactiveMs: number;
  /**
   * While 100,000 entries scroll by wheel and by scroll bar, five times the same: the round that other programs
   * disturbed least. What the page itself does late is in each.
   */
  readonly scrolling: Frames;
  /** While an empty page does nothing: what this machine can do just now. */
  readonly blank: Frames;
}

/** Takes about a minute. Throws without a Chromium. */
export async function benchDashboard(): Promise<DashboardFigures> {
  if (isBuildStale(ROOT)) await buildAll();
  const dataDir = mkdtempSync(join(tmpdir(), 'poptray-bench-'));
  let child: ChildProcess | undefined;
  let browser: Browser | undefined;
  try {
    await fillLog(dataDir, ENTRIES);
    const served = await startHeadless(dataDir);
    child = served.child;
    browser = await launchChromium();
    const loads: { kb: number; ms: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const load = await firstLoad(browser, served.url);
      // The first one warms up the server and is not counted.
      if (round > 0) loads.push(load);
    }
    return {
      firstLoadKb: loads[0]?.kb ?? 0,
      interactiveMs: median(loads.map(({ ms }) => ms)),
      ...(await scrollAll(browser, served.url)),
    };
  } finally {
    await browser?.close();
    child?.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function startHeadless(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['main/headless.ts', '--port', '0', '--data-dir', dataDir], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, POPTRAY_KEYCHAIN: 'off', POPTRAY_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`poptray ended with ${code}`)));
    child.stdout.on('data', (text: Buffer) => {
      const found = /listens on (\S+)/.exec(String(text))?.[1];
      if (found) resolve(found);
    });
  });
  return { child, url };
}

async function newLink(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/ui/links`, { method: 'POST', headers, body: '{}' });
  return url + ((await response.json()) as { path: string }).path;
}

/** With nothing in the browser's cache. */
async function firstLoad(browser: Browser, url: string): Promise<{ kb: number; ms: number }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const scripts: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.push(response.body());
  });
  await page.addInitScript(markInteractive);
  await page.goto(await newLink(url));
  const marked = page.locator('html[data-interactive]');
  await marked.waitFor();
  const ms = Number(await marked.getAttribute('data-interactive'));
  const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body).length);
  await context.close();
  return { kb: sizes.reduce((sum, size) => sum + size, 0) / 1000, ms };
}

/** Runs in the page: notes when the first rows are drawn and the main thread has time again. */
const markInteractive = `{
  let lastLongTask = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) lastLongTask = startTime + duration;
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    if (!document.querySelector('.row-group .row-button')) return requestAnimationFrame(look);
    requestAnimationFrame(() =>
      setTimeout(() => {
        document.documentElement.dataset.interactive = Math.max(performance.now(), lastLongTask);
      }),
    );
  };
  requestAnimationFrame(look);
}`;

async function scrollAll(browser: Browser, url: string): Promise<{ scrolling: Frames; blank: Frames }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const blank = await framesWhile(page, () => page.waitForTimeout(3000));
  await page.goto(await newLink(url));
  await page.goto(`${url}/ui/#/audit`);
  await page.locator('.audit .row:not(.waiting)').first().waitFor();
  const rounds: Frames[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await framesWhile(page, () => scrollThrough(page)));
  }
  const total = await page.locator('.view-head').textContent();
  if (!total?.includes(ENTRIES.toLocaleString('en'))) throw new Error(`the log is not whole: ${total}`);
  await context.close();
  return { scrolling: rounds.reduce((a, b) => (b.worstMs < a.worstMs ? b : a)), blank };
}

/** A hand on the wheel, then one that drags the bar from the top to the end and back. */
async function scrollThrough(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const wheel = { x: 640, y: 600, speed: 4000, gestureSourceType: 'mouse' } as const;
  await devtools.send('Input.synthesizeScrollGesture', { ...wheel, yDistance: -8000 });
  await page.evaluate(`new Promise((done) => {
    const list = document.querySelector('.audit-scroller');
    const end = list.scrollHeight - list.clientHeight;
    const began = performance.now();
    const step = () => {
      const share = Math.min(1, (performance.now() - began) / 3000);
      list.scrollTop = end * (1 - Math.abs(1 - 2 * share));
      if (share < 1) requestAnimationFrame(step);
      else done();
    };
    requestAnimationFrame(step);
  })`);
  await devtools.send('Input.synthesizeScrollGesture', { ...wheel, yDistance: 8000 });
  await devtools.detach();
}

if (import.meta.main) {
  const { firstLoadKb, interactiveMs, scrolling, blank } = await benchDashboard();
  const frames = ({ count, worstMs, late, busiestMs }: Frames) =>
    `${count} frames, worst ${worstMs.toFixed(1)} ms, ${late} over 32 ms; longest task ${busiestMs.toFixed(1)} ms of the processor`;
  process.stdout.write(
    [
      `JavaScript of the first load      ${firstLoadKb.toFixed(1)} kB gzipped`,
      `time to interactive               ${interactiveMs.toFixed(0)} ms`,
      `scrolling 100,000 entries         ${frames(scrolling)}`,
      `a blank page                      ${frames(blank)}`,
      '',
    ].join('\n'),
  );
}
