/** What Electron tells of a page's navigations, told of those that a real Chromium makes. */
import type { EventEmitter } from 'node:events';
import type { CDPSession, Page } from 'playwright-core';
import { preventable } from './world.ts';

export interface NavigationEvents {
  /** As `loadURL` does it; resolves and rejects as its promise. */
  load(url: string): Promise<void>;
  stop(): Promise<void>;
  /** Electron counts its own loads and closings as one, so that beforeunload works. */
  signOfUser(): Promise<void>;
}

export interface Follower {
  readonly emitter: Pick<EventEmitter, 'emit' | 'once' | 'removeListener'>;
  /** The page is at another address. */
  readonly onUrl: (url: string) => void;
  readonly onResponse: (status: number, url: string) => void;
}

/** From now on the page's main frame is followed. */
export async function followNavigation(
  page: Page,
  { emitter, onUrl, onResponse }: Follower,
): Promise<NavigationEvents> {
  const cdp = await page.context().newCDPSession(page);
  await Promise.all([cdp.send('Page.enable'), cdp.send('Network.enable')]);
  const { frameTree } = await cdp.send('Page.getFrameTree');
  const main = frameTree.frame.id;
  /** By the loader of the document. */
  const statuses = new Map<string, number>();
  const errors = new Map<string, string>();
  let isOwn = false;

  const tellStart = (url: string, isSameDocument: boolean) =>
    emitter.emit('did-start-navigation', { url, isSameDocument, isMainFrame: true });

  cdp.on('Network.responseReceived', ({ type, frameId, loaderId, response }) => {
    if (type !== 'Document' || frameId !== main) return;
    statuses.set(loaderId, response.status);
    onResponse(response.status, response.url);
  });
  cdp.on('Network.loadingFailed', ({ requestId, errorText, type }) => {
    if (type === 'Document') errors.set(requestId, errorText.replace('net::', ''));
  });
  cdp.on('Page.frameNavigated', ({ frame }) => {
    if (frame.id !== main) return;
    const url = `${frame.url}${frame.urlFragment ?? ''}`;
    if (frame.unreachableUrl !== undefined) return fail(frame.unreachableUrl, frame.loaderId);
    onUrl(url);
    emitter.emit('did-navigate', {}, url, statuses.get(frame.loaderId) ?? -1, '');
  });
  cdp.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
    if (frameId !== main) return;
    tellStart(url, true);
    onUrl(url);
    emitter.emit('did-navigate-in-page', {}, url, true, 1, 1);
  });
  cdp.on('Page.loadEventFired', () => emitter.emit('did-finish-load'));
  page.on('dialog', async (dialog) => {
    if (dialog.type() !== 'beforeunload') return dialog.dismiss().catch(() => {});
    const event = preventable();
    emitter.emit('will-prevent-unload', event);
    await (event.defaultPrevented ? dialog.accept() : dialog.dismiss()).catch(() => {});
  });
  page.on('crash', () => emitter.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 11 }));
  await guard();

  /** Chromium shows a page of its own instead; Electron warns of it with the whole address. */
  function fail(url: string, loaderId: string): void {
    const error = errors.get(loaderId) ?? 'ERR_FAILED';
    onUrl(url);
    emitter.emit('did-fail-provisional-load', {}, -2, error, url, true, 1, 1);
    if (error === 'ERR_ABORTED') return;
    process.emitWarning(`Failed to load URL: ${url} with error: ${error}`, 'electron');
    emitter.emit('did-fail-load', {}, -2, error, url, true, 1, 1);
  }

  async function signOfUser(): Promise<void> {
    await cdp.send('Runtime.evaluate', { expression: '0', userGesture: true }).catch(() => {});
  }

  /** Navigations that the page has begun, and redirects, are announced and can be prevented. */
  async function guard(): Promise<void> {
    await cdp.send('Fetch.enable', { patterns: [{ urlPattern: '*', resourceType: 'Document' }] });
    cdp.on('Fetch.requestPaused', (paused) => {
      const { requestId, frameId, request, redirectedRequestId } = paused;
      const isMainFrame = frameId === main;
      const url = `${request.url}${request.urlFragment ?? ''}`;
      const isRedirect = redirectedRequestId !== undefined;
      const event = Object.assign(preventable(), { url, isMainFrame, isSameDocument: false });
      if (!isRedirect && isMainFrame) {
        tellStart(url, false);
        if (!isOwn) emitter.emit('will-navigate', event);
      }
      if (isRedirect) emitter.emit('will-redirect', event);
      const answer = event.defaultPrevented
        ? cdp.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
        : cdp.send('Fetch.continueRequest', { requestId });
      answer.catch(() => {});
    });
  }

  return {
    async load(url) {
      await signOfUser();
      const failed = new Promise((resolve) => emitter.once('did-fail-provisional-load', resolve));
      isOwn = true;
      try {
        const { errorText, loaderId } = await navigate(cdp, url);
        // Of a navigation that comes to nothing there is no page to be told of.
        if (errorText !== undefined && errorText !== 'net::ERR_ABORTED') await failed;
        if (errorText !== undefined) throw new Error(`${errorText} (-2) loading '${url}'`);
        if (loaderId === undefined) return;
      } finally {
        isOwn = false;
      }
      await new Promise<void>((resolve) => emitter.once('did-finish-load', resolve));
    },
    async stop() {
      await cdp.send('Page.stopLoading').catch(() => {});
    },
    signOfUser,
  };
}

/** Rejects where the page has gone. */
function navigate(cdp: CDPSession, url: string) {
  return cdp.send('Page.navigate', { url });
}
