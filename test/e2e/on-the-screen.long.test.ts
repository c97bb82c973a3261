/** What takes long on a real desktop: a browser that is slow to start, and a long race against another user. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type DesktopSession, HAS_DESKTOP, openDesktopSession } from '../support/desktop-session.ts';
import { needs } from '../support/needs.ts';
import { CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { raceOtherUser, startPops } from './on-the-screen.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });
beforeEach(
  needs('a desktop: chromium, xvfb, openbox, x11-utils, xdotool and xdg-utils (.ci/packages)', HAS_DESKTOP),
);

let session: DesktopSession;
beforeEach(async () => {
  if (HAS_DESKTOP) session = await openDesktopSession();
});
afterEach(() => session?.stop());

test('a browser that starts after 20 s was opened once more meanwhile, and shows one page of two tabs', async () => {
  const pops = await startPops(session, { totalDeadlineMs: 60_000 });
  // The first opening waits for a slow disk, the second one finds the browser ready.
  session.useBrowser(
    `times=$(cat "$HOME/times" 2>/dev/null || echo 0); echo $((times + 1)) > "$HOME/times"
[ "$times" = 0 ] && sleep 20
${session.chromium}`,
  );
  const { body } = await pops.trigger('Ada');
  expect(body).toMatchObject({ status: 'delivered' });
  await vi.waitFor(
    async () => {
      const response = await fetch(`${session.devTools()}/json/list`);
      const tabs = (await response.json()) as { type: string; title: string }[];
      const titles = tabs.filter(({ type }) => type === 'page').map(({ title }) => title);
      expect(titles.toSorted()).toEqual(['This page is shown in another tab', 'customer']);
    },
    { timeout: 30_000, interval: 200 },
  );
  // A tab behind the other one is not painted.
  expect(pops.sights.length).toBeLessThanOrEqual(1);
});

test.skipIf(!CAN_BE_ANOTHER_USER)(
  'L35 another user who reads arguments and races the browser 50 times gets nothing',
  async () => {
    await session.warmUp();
    expect(await raceOtherUser(session, 50)).toEqual({ seen: 50, won: [] });
  },
);
