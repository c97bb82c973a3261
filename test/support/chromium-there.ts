/** Whether tests in a real Chromium can run here. */
import { findChromium } from './find-chromium.ts';

const isThere = findChromium() !== undefined;

// In CI a missing browser is a fault; on somebody's machine it is a reason to skip, said once for each file.
if (!isThere && process.env.CI === 'true') throw new Error('no Chromium: install one, or set CHROMIUM_PATH');
if (!isThere) process.stderr.write('skipped: no Chromium on this machine (set CHROMIUM_PATH)\n');

/** For `describe.skipIf`. */
export const HAS_NO_CHROMIUM = !isThere;
