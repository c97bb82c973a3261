/** The page in the default browser of this machine, which is opened on a one-time page of ours. */
import { delay } from '../../../shared/delay.ts';
import type { AttemptResult, Pop, PreparedPop, Timing } from '../../pipeline/ports.ts';
import type { Opener } from '../../platform/browser.ts';
import type { DestinationDeps, PageOnScreen } from '../destination-type.ts';
import type { ShownKeys } from './shown-keys.ts';

/** A browser that has not come for its page after so long, in milliseconds, is opened once more. */
const COLD_MS = 12_000;
const OPENINGS = 2;

export function prepareInBrowser(
  { uri, idempotencyKey }: Pop,
  keys: ShownKeys,
  { clock, screen }: Pick<DestinationDeps, 'clock' | 'screen'>,
): PreparedPop {
  let page: PageOnScreen | undefined;
  let openings = 0;
  let beganAt = 0;
  return {
    endpoint: '/pop/{id}',
    preview: () => ({ method: 'GET', url: uri, headers: {}, body: '' }),
    attempt,
  };

  async function attempt(timing: Timing): Promise<AttemptResult> {
    if (timing.beginCall() === undefined) return { kind: 'again' };
    if (!page) {
      beganAt = clock.monotonic();
      page = screen.create(uri, ({ isFocused }) => keys.add(idempotencyKey, isFocused));
    }
    openings += 1;
    const opened = page;
    return timing.follow((signal) => follow(opened, signal));
  }

  async function follow(page: PageOnScreen, signal: AbortSignal): Promise<AttemptResult> {
    let opener: Opener | undefined;
    const failed = new Promise<Error>((resolve) => {
      page.open().then((started) => {
        opener = started;
      }, resolve);
    });
    const over = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined));
    });
    const cold = openings < OPENINGS ? delay(clock, COLD_MS, signal) : over;
    let outcome = await Promise.race([page.shown, failed, cold]);
    if (!outcome && page.isFetched()) outcome = await Promise.race([page.shown, failed, over]);

    if (outcome instanceof Error) {
      page.end();
      return { kind: 'refused', code: 'not_shown', detail: outcome.message };
    }
    if (outcome) {
      const shownMs = clock.monotonic() - beganAt;
      return { kind: 'delivered', windowFocused: outcome.isFocused, duplicate: false, shownMs };
    }
    if (!signal.aborted) return { kind: 'again' };
    page.end();
    return { kind: 'again', ifLate: { code: 'not_shown', detail: sayWhy(page, opener) } };
  }
}

/** Why nobody has said that the page is shown. */
function sayWhy(page: PageOnScreen, opener: Opener | undefined): string {
  if (page.isFetched())
    return 'the browser took the page, but did not say that it shows it: scripts of 127.0.0.1 must be allowed';
  const asked = page.isContested() ? '; a program of another user asked for it' : '';
  // It may also be that of a browser that has opened the page.
  const status = opener?.exitCode ? `; what opens browsers here ended with status ${opener.exitCode}` : '';
  return `no browser came for the page${status}${asked}`;
}
