/** Every test of the shell on the other systems that the stand-in plays; on Linux the quick suite runs them. */
import { expect, test } from 'vitest';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { runTests } from './run-tests.ts';

const FILES = ['app.test.ts', 'end.test.ts', 'shell.test.ts', 'window.test.ts'];
const LOCKED = 'F21 with a locked keychain the tray shows trouble, and is ready once it is unlocked';
const DESKTOP_ENTRY = 'starting at login follows the settings at once';

test.skipIf(HAS_NO_CHROMIUM).each([
  // Where there is no keyring to lock.
  ['darwin', [LOCKED, DESKTOP_ENTRY]],
  ['win32', [LOCKED, 'a data folder that others can read is told of in a dialog', DESKTOP_ENTRY]],
])('the shell’s tests hold on %s', async (platform, mayBeSkipped) => {
  const outcome = await runTests(FILES, { STAND_IN_PLATFORM: platform });
  expect(outcome.failed).toEqual([]);
  expect(outcome.skipped.filter((title) => !mayBeSkipped.includes(title))).toEqual([]);
  // What may be skipped is named above; this holds that the files were run.
  expect(outcome.passed).toBeGreaterThanOrEqual(40);
});
