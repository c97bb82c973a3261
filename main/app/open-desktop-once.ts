/** Opens the simulator's agent desktop in the person's browser, the first time that poptray runs with a data folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from '../platform/browser.ts';
import { writePrivateFile } from '../platform/private-file.ts';

export interface OpenOnceDeps {
  readonly dataDir: string;
  readonly screen: Pick<Browser, 'displayFault' | 'openerFault'>;
  /** Whether poptray has delivered a pop with this folder: then the person knows their way. */
  readonly hasDelivered: () => boolean;
  /** A one-time link; null where pops are not simulated. */
  readonly link: () => string | null;
  readonly open: (url: string) => Promise<void>;
}

/** Whether the browser was told to; rejects, in words for people, where it could not be. It is tried once. */
export async function openDesktopOnce(deps: OpenOnceDeps): Promise<boolean> {
  const { dataDir, screen, hasDelivered, link, open } = deps;
  const mark = join(dataDir, 'desktop-opened');
  if (existsSync(mark) || hasDelivered() || (screen.displayFault() ?? screen.openerFault()) !== null)
    return false;
  const url = link();
  if (url === null) return false;
  // First, so that nobody is given a tab at every start.
  writePrivateFile(mark, '');
  await open(url);
  return true;
}
