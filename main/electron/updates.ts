/** Updates from the feed of the settings; without one, nothing is loaded and nothing is asked. */
import type { AppUpdater } from 'electron-updater';
import type { Why } from '../../shared/trouble.ts';
import { kindOfError } from '../observability/logger.ts';
import type { Clock } from '../pipeline/ports.ts';
import { type Executor, takePlainReplies } from './plain-feed.ts';

const INTERVAL_MS = 6 * 60 * 60 * 1000;

type Updater = Pick<
  AppUpdater,
  'setFeedURL' | 'checkForUpdates' | 'autoInstallOnAppQuit' | 'allowDowngrade'
> & {
  readonly httpExecutor: Executor;
};

export interface UpdateDeps {
  readonly load: () => Promise<Updater>;
  readonly clock: Pick<Clock, 'after'>;
  /** Hears why the feed cannot be used, and null when it can. */
  readonly report: (why: Why | null) => void;
}

/** Checks now and every six hours; what is found is installed at the next quit. Returns its end. */
export function startUpdates(feed: string | undefined, { load, clock, report }: UpdateDeps): () => void {
  if (feed === undefined) {
    report(null);
    return () => {};
  }
  const onFault = (error: unknown) => report(whyOf(error, new URL(feed).host));
  let cancel = () => {};
  let isOver = false;
  const run = async () => {
    const updater = await load();
    takePlainReplies(updater.httpExecutor);
    updater.setFeedURL({ provider: 'generic', url: feed });
    updater.autoInstallOnAppQuit = true;
    updater.allowDowngrade = false;
    await check(updater);
  };
  const check = async (updater: Updater): Promise<void> => {
    try {
      // What was found is fetched behind; that this failed is told by its promise alone.
      await (await updater.checkForUpdates())?.downloadPromise;
      report(null);
    } catch (error) {
      onFault(error);
    }
    if (!isOver) cancel = clock.after(INTERVAL_MS, () => void check(updater));
  };
  run().catch(onFault);
  return () => {
    isOver = true;
    cancel();
  };
}

/** The message may quote what the feed has answered. */
function whyOf(error: unknown, host: string): Why {
  const code = kindOfError(error);
  return { code, why: `no update can be had from ${host} (${code}); this version goes on` };
}
