/** The Chromium behind the windows: one browser with one profile for each session, started with its first window. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { findChromium } from '../../support/find-chromium.ts';
import { fulfil } from './protocol.ts';

interface Launched {
  readonly context: Promise<BrowserContext>;
  readonly profile: string;
}

/** By the partition of their session. */
const launched = new Map<string, Launched>();

/**
 * The only context of the browser for that session. Nothing in the default one reaches a network; the others reach this
 * machine alone.
 */
export function openChromium(partition = ''): Promise<BrowserContext> {
  const there = launched.get(partition) ?? launch(partition);
  launched.set(partition, there);
  return there.context;
}

function launch(partition: string): Launched {
  const profile = mkdtempSync(join(tmpdir(), 'poptray-chromium-'));
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium');
  const isRoot = process.getuid?.() === 0;
  const options = {
    executablePath,
    headless: true,
    viewport: { width: 1100, height: 760 },
    args: [
      ...(isRoot ? ['--no-sandbox'] : []),
      '--remote-debugging-port=0',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  };
  return { context: start(), profile };

  async function start(): Promise<BrowserContext> {
    // Loaded now, because the tray alone does not need it.
    const { chromium } = await import('playwright-core');
    const context = await chromium.launchPersistentContext(profile, options);
    if (partition === '') await context.route('**/*', fulfil);
    return context;
  }
}

/** Where another process can look at the same pages. */
export function debuggingPort(): number | undefined {
  const browser = launched.get('');
  if (!browser) return undefined;
  return Number(readFileSync(join(browser.profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
}

export async function closeChromium(): Promise<void> {
  for (const { context, profile } of launched.values()) {
    await context.then((opened) => opened.close()).catch(() => {});
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
