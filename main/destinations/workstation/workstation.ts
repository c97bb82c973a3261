/** The agent's own screen: the page opens in the browser of this machine, and whether a person sees it is measured. */
import { join } from 'node:path';
import { delay } from '../../../shared/delay.ts';
import { workstationForm } from '../../../shared/destinations/workstation.ts';
import type { AttemptResult, Destination, Pop, PreparedPop, Timing } from '../../pipeline/ports.ts';
import type { Opener } from '../../platform/browser.ts';
import type { DestinationDeps, DestinationType, PageOnScreen } from '../destination-type.ts';
import { openShownKeys, type ShownKeys } from './shown-keys.ts';

/** A browser that has not come for its page after so long, in milliseconds, is opened once more. */
const COLD_MS = 12_000;
const OPENINGS = 2;

const NO_WINDOW =
  'this version of poptray has no windows for pages: set "open" of the destination to "browser"';

const USERS_NOT_TOLD =
  'this system does not tell which user has opened a connection, so another user of it who reads the arguments of programs can ask for a page before the browser does';

export function createWorkstationType(): DestinationType<'workstation'> {
  // One for all that are opened: what was shown stays shown when settings change.
  let keys: ShownKeys | undefined;
  return {
    open(config, _secret, deps) {
      if (config.open === 'window') return { missing: NO_WINDOW };
      const fault = deps.screen.displayFault();
      if (fault !== null) return { missing: fault };
      try {
        keys ??= openShownKeys(join(deps.dataDir, 'shown-keys'));
      } catch (error) {
        return { missing: (error as Error).message };
      }
      return openWorkstation(workstationForm.describe(config), keys, deps);
    },
  };
}

type Means = Pick<DestinationDeps, 'clock' | 'screen'>;

function openWorkstation(description: string, keys: ShownKeys, means: Means): Destination {
  const { screen } = means;
  return {
    kind: 'workstation',
    description,
    keepsKeys: true,
    repeats: false,
    prepare: (pop) => prepare(pop, keys, means),
    async check() {
      const fault = screen.displayFault() ?? screen.openerFault();
      if (fault !== null) return { ok: false, detail: fault };
      return { ok: true, detail: screen.tellsUsers ? description : `${description}; ${USERS_NOT_TOLD}` };
    },
  };
}

function prepare({ uri, idempotencyKey }: Pop, keys: ShownKeys, { clock, screen }: Means): PreparedPop {
  let page: PageOnScreen | undefined;
  let openings = 0;
  let beganAt = 0;
  return {
    endpoint: '/pop/{id}',
    preview: () => ({ method: 'GET', url: uri, headers: {}, body: '' }),
    attempt,
  };

  async function attempt(timing: Timing): Promise<AttemptResult> {
    const before = keys.find(idempotencyKey);
    if (before) return { kind: 'delivered', windowFocused: before.isFocused, duplicate: true };
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
