import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './find-chromium.ts';

/** This machine's Chromium; as root it runs without its own sandbox. Throws where there is none. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium: install one, or set CHROMIUM_PATH');
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: [...(isRoot ? ['--no-sandbox'] : []), ...args] });
}
