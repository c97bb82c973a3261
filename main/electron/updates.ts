/** Updates from the feed of the settings; without one, nothing is loaded and nothing is asked. */
import type { AppUpdater } from 'electron-updater';
import { sayCause } from '../../shared/causes.ts';
import type { Why } from '../../shared/trouble.ts';
import { networkCause } from '../network/network-cause.ts';
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

/** Chromium's names of what Node has other names for; the electron of the updater calls through Chromium's network. */
const NODE_NAMES: Readonly<Record<string, string>> = {
  ERR_NAME_NOT_RESOLVED: 'ENOTFOUND',
  ERR_CONNECTION_REFUSED: 'ECONNREFUSED',
  ERR_CONNECTION_RESET: 'ECONNRESET',
  ERR_CONNECTION_CLOSED: 'ECONNRESET',
  ERR_CONNECTION_TIMED_OUT: 'ETIMEDOUT',
  ERR_TIMED_OUT: 'ETIMEDOUT',
  ERR_ADDRESS_UNREACHABLE: 'EHOSTUNREACH',
  ERR_INTERNET_DISCONNECTED: 'ENETDOWN',
  ERR_CERT_AUTHORITY_INVALID: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ERR_CERT_COMMON_NAME_INVALID: 'ERR_TLS_CERT_ALTNAME_INVALID',
};

/** What the network is at fault for has the words of the table. The message may quote what the feed has answered, so no more of it is told than a name. */
function whyOf(error: unknown, host: string): Why {
  const named = /^net::(ERR_\w+)/.exec((error as Error)?.message ?? '')?.[1];
  const known = named === undefined ? error : { code: NODE_NAMES[named] ?? named };
  const because = networkCause(known, { host });
  if (because.code !== 'not_understood')
    return { code: because.code, why: `no update can be had; this version goes on. ${sayCause(because)}` };
  const code = named ?? kindOfError(error);
  return { code, why: `no update can be had from ${host} (${code}); this version goes on` };
}
