/** The page in a window of the tray application. */
import type { WorkstationConfig } from '../../../shared/destinations/workstation.ts';
import type { AttemptResult, Pop, PreparedPop, Timing } from '../../pipeline/ports.ts';
import type { PageWindows, WindowPage } from '../../platform/page-windows.ts';
import type { DestinationDeps } from '../destination-type.ts';
import { prepareInBrowser } from './in-browser.ts';
import type { ShownKeys } from './shown-keys.ts';

const TOO_SLOW = 'the page did not come in time';

export function prepareInWindow(
  pop: Pop,
  { focus = 'polite', maxOpen = 5, alsoOrigins = [] }: WorkstationConfig,
  windows: PageWindows,
  keys: ShownKeys,
  deps: Pick<DestinationDeps, 'clock' | 'screen'>,
): PreparedPop {
  const { uri, idempotencyKey: key, applicationId: application, allowedOrigins } = pop;
  const { clock } = deps;
  const page: WindowPage = {
    uri,
    key,
    application,
    origins: [...allowedOrigins, ...alsoOrigins],
    focus,
    maxOpen,
  };
  const inBrowser = prepareInBrowser(pop, keys, deps);
  let hasNoRoom = false;
  return { ...inBrowser, endpoint: 'window', attempt };

  async function attempt(timing: Timing): Promise<AttemptResult> {
    if (hasNoRoom) return inBrowser.attempt(timing);
    if (timing.beginCall() === undefined) return { kind: 'again' };
    const beganAt = clock.monotonic();
    // Not focused, until that is measured: a crash in between must not show it twice.
    const onCommit = () => keys.add(key, false);
    const end = await timing.follow((signal) => windows.show(page, onCommit, signal));
    switch (end.kind) {
      case 'shown': {
        const shownMs = clock.monotonic() - beganAt;
        if (end.isFocused) noteFocus();
        return { kind: 'delivered', windowFocused: end.isFocused, duplicate: false, shownMs };
      }
      case 'fault':
        return { kind: 'refused', code: 'not_shown', detail: end.why };
      case 'full':
        hasNoRoom = true;
        return { kind: 'again' };
      case 'cut':
        return { kind: 'again', ifLate: { code: 'not_shown', detail: TOO_SLOW } };
    }
  }

  function noteFocus(): void {
    try {
      keys.add(key, true);
    } catch {
      // That it was shown stands there already.
    }
  }
}
