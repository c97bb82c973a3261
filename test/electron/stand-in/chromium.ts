/** The Chromium behind the windows: one browser with one profile, started with the first window. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { findChromium } from '../../support/find-chromium.ts';
import { fulfil } from './protocol.ts';

let launched: { context: Promise<BrowserContext>; profile: string } | undefined;

/** The browser's only context; nothing in it reaches a network. */
export function openChromium(): Promise<BrowserContext> {
  launched ??= launch();
  return launched.context;
}

function launch(): { context: Promise<BrowserContext>; profile: string } {
  const profile = mkdtempSync(join(tmpdir(), 'poptray-chromium-'));
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium');
  const isRoot = process.getuid?.() === 0;
  const options = {
    executablePath,
    headless: true,
    viewport: { width: 1100, height: 760 },
    args: [...(isRoot ? ['--no-sandbox'] : []), '--remote-debugging-port=0'],
  };
  return { context: start(), profile };

  async function start(): Promise<BrowserContext> {
    // Loaded now, because the tray alone does not need it.
    const { chromium } = await import('playwright-core');
    const context = await chromium.launchPersistentContext(profile, options);
    await context.route('**/*', fulfil);
    return context;
  }
}

/** Where another process can look at the same pages. */
export function debuggingPort(): number | undefined {
  if (!launched) return undefined;
  return Number(readFileSync(join(launched.profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
}

export async function closeChromium(): Promise<void> {
  if (!launched) return;
  const { context, profile } = launched;
  await context.then((opened) => opened.close()).catch(() => {});
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
