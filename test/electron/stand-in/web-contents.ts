/** `webContents`: a page of the real Chromium, with the preload before its scripts. */
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { WebContents, WebPreferences } from 'electron';
import type { Page, Route } from 'playwright-core';
import { app } from './app.ts';
import { openChromium } from './chromium.ts';
import { invokeFrom } from './ipc.ts';
import { BINDINGS, hostPreload } from './preload-host.ts';
import { appUrlOf, fulfil, pageUrlOf } from './protocol.ts';
import { obeyHandlers } from './session.ts';
import { preventable } from './world.ts';

type OpenHandler = (details: { url: string }) => { action: 'deny' | 'allow' };
type Message = { channel: string; args: unknown[] };

/** Pages take a Chromium and time; what happens around a window can be seen without. */
const HAS_PAGES = process.env.STAND_IN_PAGES !== 'none';

/** A scheme of one's own has no cookies, and without `allowServiceWorkers` none of those. */
const LACKS = `
  Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} });
  ServiceWorkerContainer.prototype.register = () => Promise.reject(new TypeError('The URL protocol of the current origin is not supported.'));
`;

/** What a sandboxed, isolated window must not be without. */
const REQUIRED: Partial<WebPreferences> = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webSecurity: true,
};

export class StandInWebContents
  extends EventEmitter
  implements Pick<WebContents, 'getURL' | 'loadURL' | 'send' | 'isDestroyed'>
{
  readonly page: Promise<Page>;
  /** Whether a page was ever there as a whole. */
  isLoaded = false;
  /** URLs that `window.open` was refused. */
  readonly refusedWindows: string[] = [];
  #openHandler: OpenHandler = () => ({ action: 'allow' });
  #expected: string | undefined;
  #waiting: Message[] = [];
  #receiver: ((message: Message) => void) | undefined;

  constructor(preferences: WebPreferences) {
    super();
    for (const [name, value] of Object.entries(REQUIRED)) {
      if (preferences[name as keyof WebPreferences] !== value) throw new Error(`${name} is not ${value}`);
    }
    this.page = HAS_PAGES ? this.#open(preferences.preload ?? '') : new Promise(() => {});
    app.emit('web-contents-created', {}, this);
  }

  getURL = () => appUrlOf(this.#alive().#url);
  isDestroyed = () => this.#isGone;
  setWindowOpenHandler = (handler: OpenHandler) => {
    this.#openHandler = handler;
  };

  #url = '';
  #isGone = false;

  async loadURL(url: string): Promise<void> {
    this.#alive();
    if (HAS_PAGES) await this.#go(url);
    else await setTimeout(20);
    if (!HAS_PAGES) this.#url = url;
    if (this.#isGone) return;
    this.isLoaded = true;
    this.emit('did-finish-load');
  }

  async #go(url: string): Promise<void> {
    const page = await this.page;
    this.#expected = pageUrlOf(url);
    if (!this.isLoaded) await obeyHandlers(page, this, url);
    await page.goto(this.#expected);
  }

  destroy(): void {
    this.#isGone = true;
    void this.page.then((page) => page.close()).catch(() => {});
  }

  #alive(): this {
    if (this.#isGone) throw new TypeError('Object has been destroyed');
    return this;
  }

  send(channel: string, ...args: unknown[]): void {
    this.#alive();
    const message = { channel, args: structuredClone(args) };
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver) receiver(message);
    else this.#waiting.push(message);
  }

  async #open(preload: string): Promise<Page> {
    const context = await openChromium();
    const page = await context.newPage();
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.#url = frame.url();
    });
    page.on('popup', async (popup) => {
      const url = appUrlOf(popup.url());
      if (this.#openHandler({ url }).action === 'deny') this.refusedWindows.push(url);
      await popup.close().catch(() => {});
    });
    await page.route('**/*', (route) => this.#guard(page, route));
    await page.exposeBinding(BINDINGS.invoke, ({ frame }, channel: string, args: unknown[]) =>
      invokeFrom(appUrlOf(frame.url()), frame.parentFrame() === null ? 'page' : 'subframe', channel, args),
    );
    await page.exposeBinding(BINDINGS.receive, () => {
      const next = this.#waiting.shift();
      if (next) return next;
      return new Promise<Message>((resolve) => {
        this.#receiver = resolve;
      });
    });
    await page.addInitScript(LACKS);
    await page.addInitScript(hostPreload(readFileSync(preload, 'utf8')));
    return page;
  }

  /** A navigation that the page wants, not the app, is announced and can be prevented. */
  async #guard(page: Page, route: Route): Promise<void> {
    const request = route.request();
    const isOwn = !request.isNavigationRequest() || request.frame() !== page.mainFrame();
    if (isOwn || request.url() === this.#expected?.split('#')[0]) return fulfil(route);
    const event = preventable();
    this.emit('will-navigate', Object.assign(event, { url: appUrlOf(request.url()) }));
    return event.defaultPrevented ? route.abort('aborted') : fulfil(route);
  }
}
