/** Reads the headers of a page that pops would show, through node-fetch: nothing of a pop is ever sent. */

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import fetch from 'node-fetch';
import { wayOutOf, whatIsWrong } from '../../shared/causes.ts';
import type { FramingSettings } from '../../shared/framing.ts';
import { isHttpsOrLoopback } from '../../shared/urls.ts';
import { PLAIN } from '../network/encoded-reply.ts';
import { networkCause } from '../network/network-cause.ts';
import type { Proxies } from '../network/proxies.ts';
import { proxyOptionsFor } from '../network/proxy-options.ts';
import { trustSystemCertificates } from '../network/system-certificates.ts';
import { type TargetFault, type TargetVerdict, targetVerdict } from '../policy/target-verdict.ts';

/** For all redirects together, in milliseconds. */
const TIMEOUT_MS = 5000;
const MAX_REDIRECTS = 10;
/** No body is read; should one be, this is its end, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** What a browser sends for a frame, as far as a server may look at it. */
const REQUEST_HEADERS = {
  accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
  'sec-fetch-dest': 'iframe',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'cross-site',
  'user-agent': 'poptray',
};

export interface LookOptions {
  /** For all redirects together. */
  readonly timeoutMs?: number;
  /** Those of the process's environment where none are given. */
  readonly proxies?: Proxies | undefined;
}

type HeaderList = [name: string, value: string][];

export type PageLook =
  | {
      readonly pageUrl: string;
      readonly headers: HeaderList;
      readonly redirectChain: { readonly url: string; readonly headers: HeaderList }[];
    }
  | TargetFault;

/**
 * Asks for a page without its fragment, and for its redirects as long as they stay on `origins`: nobody else can make
 * poptray call an address that is not in the settings. Never rejects.
 */
export async function lookAtPage(
  url: string,
  origins: readonly string[],
  stopping: AbortSignal,
  { timeoutMs = TIMEOUT_MS, proxies = { env: process.env } }: LookOptions = {},
): Promise<PageLook> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
  const redirectChain: { url: string; headers: HeaderList }[] = [];
  let next = new URL(url);
  try {
    for (;;) {
      next.hash = '';
      if (next.protocol === 'https:') trustSystemCertificates();
      const response = await fetch(next.href, {
        redirect: 'manual',
        headers: { ...REQUEST_HEADERS, ...PLAIN },
        compress: false,
        size: MAX_BODY_BYTES,
        signal,
        agent:
          next.protocol === 'https:'
            ? new HttpsAgent(await proxyOptionsFor(next.origin, proxies, signal))
            : new HttpAgent(),
      });
      (response.body as import('node:stream').Readable | null)?.destroy();
      if (response.status >= 500) return unreachable(`the page answers ${response.status}`);
      const headers = listOf(response.headers.raw());
      const location =
        response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (location === null) return { pageUrl: next.href, headers, redirectChain };

      redirectChain.push({ url: next.href, headers });
      const target = URL.parse(location, next.href);
      if (!target || redirectChain.length > MAX_REDIRECTS)
        return unreachable('the page redirects to nowhere');
      // What it would answer does not matter: no https page may have it in a frame.
      if (target.protocol === 'http:' && !isHttpsOrLoopback(target.href))
        return { pageUrl: target.href, headers: [], redirectChain };
      if (!origins.includes(target.origin)) {
        return { rule: 'redirect-elsewhere', detail: `the page redirects to ${target.origin}` };
      }
      next = target;
    }
  } catch (error) {
    const because = networkCause(error, { host: next.host });
    const wrong = whatIsWrong(because).replace(/\.$/, '');
    return { ...unreachable(`the page cannot be read: ${wrong}`), advice: wayOutOf(because) };
  }
}

function unreachable(detail: string): TargetFault {
  return { rule: 'unreachable', detail };
}

function listOf(headers: Record<string, string[]>): HeaderList {
  return Object.entries(headers).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
}

export interface Target {
  readonly page: string;
  /** Where its redirects may lead. */
  readonly origins: readonly string[];
  /** The origin of the page around it. */
  readonly embedder: string;
  readonly directives: FramingSettings['directives'];
}

/** Never rejects: a page that cannot be looked at has the verdict "unknown". */
export async function probePage(
  target: Target,
  stopping: AbortSignal,
  proxies?: Proxies,
): Promise<TargetVerdict> {
  const look = await lookAtPage(target.page, target.origins, stopping, { proxies });
  return targetVerdict(look, target.embedder, target.directives);
}

/** The same for a page and each of those that may be around it, with one look. */
export async function probeFrames(
  page: string,
  embedders: readonly string[],
  stopping: AbortSignal,
  proxies?: Proxies,
): Promise<(TargetVerdict & { readonly embedder: string })[]> {
  const look = await lookAtPage(page, [new URL(page).origin], stopping, { proxies });
  return embedders.map((embedder) => ({ embedder, ...targetVerdict(look, embedder, []) }));
}
