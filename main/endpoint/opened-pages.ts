/**
 * Pages that poptray opens in this user's browser. What stands in the arguments of the browser is the address of a
 * one-time page of ours, which gets the true one by a second secret, once it can say whether a person sees it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { PageOnScreen, Screen } from '../destinations/destination-type.ts';
import type { Browser } from '../platform/browser.ts';
import { TELLS_USERS } from '../platform/own-peer.ts';
import { digestOf } from './proof.ts';

/** Ended pages of which a tab that comes late is still told what became of them. */
const KEPT = 200;

type Shown = Awaited<PageOnScreen['shown']>;

/** What a tab is told that asks for the target. */
export type PageReply =
  | { readonly outcome: 'show'; readonly target: string }
  | { readonly outcome: 'elsewhere' | 'over' };

export interface OpenedPages extends Screen {
  /** The secret for a browser that has come for it; undefined where none is to be shown any more. */
  fetch(id: string): { readonly secret: string } | undefined;
  /** Whether the target was given to a tab. */
  isShown(id: string): boolean;
  /** Another user has come for it; whether there is anything to be had. */
  contest(id: string): boolean;
  report(id: string, secret: string, shown: Shown): PageReply;
  /** Where the endpoint listens, once it does. */
  listenAt(address: string): void;
}

interface Page {
  /** Null once it was given away, or nobody is to have it any more. */
  target: string | null;
  readonly secret: string;
  readonly onShow: (shown: Shown) => void;
  readonly resolve: (shown: Shown) => void;
  isFetched: boolean;
  isContested: boolean;
  isShown: boolean;
}

export function createOpenedPages(browser: Browser): OpenedPages {
  const pages = new Map<string, Page>();
  const ended: string[] = [];
  let address: string | undefined;

  function close(id: string, page: Page): void {
    if (page.target === null) return;
    page.target = null;
    ended.push(id);
    if (ended.length > KEPT) pages.delete(ended.shift() ?? '');
  }

  return {
    displayFault: browser.displayFault,
    openerFault: browser.openerFault,
    tellsUsers: TELLS_USERS,

    create(target, onShow) {
      const id = randomText();
      const { promise: shown, resolve } = Promise.withResolvers<Shown>();
      const page: Page = {
        target,
        secret: randomText(),
        onShow,
        resolve,
        isFetched: false,
        isContested: false,
        isShown: false,
      };
      pages.set(id, page);
      return {
        shown,
        async open() {
          if (address === undefined) throw new Error('poptray does not listen yet');
          return browser.open(`${address}/pop/${id}`);
        },
        isFetched: () => page.isFetched,
        isContested: () => page.isContested,
        end: () => close(id, page),
      };
    },

    fetch(id) {
      const page = pages.get(id);
      if (!page || page.target === null) return undefined;
      page.isFetched = true;
      return { secret: page.secret };
    },

    isShown: (id) => pages.get(id)?.isShown ?? false,

    contest(id) {
      const page = pages.get(id);
      if (!page || page.target === null) return false;
      page.isContested = true;
      return true;
    },

    report(id, secret, shown) {
      const page = pages.get(id);
      if (!page || !timingSafeEqual(digestOf(secret), digestOf(page.secret))) return { outcome: 'over' };
      const { target } = page;
      if (target === null) return { outcome: page.isShown ? 'elsewhere' : 'over' };
      page.onShow(shown);
      page.isShown = true;
      close(id, page);
      page.resolve(shown);
      return { outcome: 'show', target };
    },

    listenAt(next) {
      address = next;
    },
  };
}

/** 128 random bits. */
function randomText(): string {
  return randomBytes(16).toString('base64url');
}
