/** What is known of whether pages may be framed: by this desktop, and by that of Genesys Cloud. */

import type { FrameVerdict } from '../../shared/desktop.ts';
import { genesysDesktop } from '../../shared/destinations/genesys-cloud.ts';
import type { Clock } from '../pipeline/ports.ts';
import { keepLatest } from '../platform/keep-latest.ts';

/** A verdict counts for this long, in milliseconds: who mends a page wants to see it. */
const KEEP_MS = 10_000;
/** Pages that are remembered. */
const MOST = 50;

/** Looks at a page once, for each embedder. Never rejects. */
export type LookAtFraming = (page: string, embedders: readonly string[]) => Promise<readonly FrameVerdict[]>;

export interface FramingLooks {
  /** At once where it is known, or where nobody can look. */
  find(uri: string): readonly FrameVerdict[] | Promise<readonly FrameVerdict[]>;
}

export function createFramingLooks(
  clock: Pick<Clock, 'uptime'>,
  origin: () => string,
  look?: LookAtFraming,
): FramingLooks {
  const known = new Map<string, { readonly at: number; verdicts: ReturnType<FramingLooks['find']> }>();

  return {
    find(uri) {
      const page = uri.split('#', 1)[0] ?? '';
      // Its own page needs no look.
      if (!look || URL.parse(page)?.origin === origin()) return [];
      const now = clock.uptime();
      const found = known.get(page);
      if (found && now - found.at < KEEP_MS) return found.verdicts;
      const verdicts = look(page, [origin(), genesysDesktop({})]).then((made) => {
        looked.verdicts = made;
        return made;
      });
      const looked = { at: now, verdicts: verdicts as ReturnType<FramingLooks['find']> };
      known.delete(page);
      known.set(page, looked);
      keepLatest(known, MOST);
      return verdicts;
    },
  };
}
