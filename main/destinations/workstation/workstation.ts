/** The agent's own screen: the page opens in the browser of this machine or in a window of ours, and whether a person sees it is measured. */
import { join } from 'node:path';
import { type WorkstationConfig, workstationForm } from '../../../shared/destinations/workstation.ts';
import type { Destination, Pop, PreparedPop } from '../../pipeline/ports.ts';
import type { DestinationDeps, DestinationType } from '../destination-type.ts';
import { prepareInBrowser } from './in-browser.ts';
import { prepareInWindow } from './in-window.ts';
import { openShownKeys, type ShownKeys } from './shown-keys.ts';

const NO_WINDOWS =
  'only the tray application has windows, and this poptray runs without it: start the tray application, or set "open" of the destination to "browser"';

const USERS_NOT_TOLD =
  'this system does not tell which user has opened a connection, so another user of it who reads the arguments of programs can ask for a page before the browser does';

export function createWorkstationType(): DestinationType<'workstation'> {
  // One for all that are opened: what was shown stays shown when settings change.
  let keys: ShownKeys | undefined;
  return {
    open(config, _secret, deps) {
      const fault = deps.screen.displayFault();
      if (fault !== null) return { missing: fault };
      if (config.open === 'window' && !deps.windows) return { missing: NO_WINDOWS };
      try {
        keys ??= openShownKeys(join(deps.dataDir, 'shown-keys'));
      } catch (error) {
        return { missing: (error as Error).message };
      }
      return openWorkstation(config, keys, deps);
    },
  };
}

function openWorkstation(config: WorkstationConfig, keys: ShownKeys, deps: DestinationDeps): Destination {
  const { screen, windows } = deps;
  const description = workstationForm.describe(config);
  const isInWindow = config.open === 'window' && windows !== undefined;
  return {
    kind: 'workstation',
    description,
    keepsKeys: true,
    repeats: false,
    prepare: (pop) =>
      onlyOnce(
        pop,
        keys,
        isInWindow ? prepareInWindow(pop, config, windows, keys, deps) : prepareInBrowser(pop, keys, deps),
      ),
    async check() {
      if (isInWindow) return { ok: true, detail: description };
      const fault = screen.displayFault() ?? screen.openerFault();
      if (fault !== null) return { ok: false, detail: fault };
      return { ok: true, detail: screen.tellsUsers ? description : `${description}; ${USERS_NOT_TOLD}` };
    },
  };
}

function onlyOnce({ idempotencyKey }: Pop, keys: ShownKeys, prepared: PreparedPop): PreparedPop {
  return {
    ...prepared,
    async attempt(timing) {
      const before = keys.find(idempotencyKey);
      if (before) return { kind: 'delivered', windowFocused: before.isFocused, duplicate: true };
      return prepared.attempt(timing);
    },
  };
}
