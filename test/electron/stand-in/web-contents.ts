/** `webContents`: a page of the real Chromium, with the preload before its scripts. */
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { WebContents, WebPreferences } from 'electron';
import type { Page, Route } from 'playwright-core';
import { app } from './app.ts';
import { openChromium } from './chromium.ts';
import { invokeFrom } from './ipc.ts';
import { followNavigation, type NavigationEvents } from './navigation-events.ts';
import { BINDINGS, hostPreload } from './preload-host.ts';
import { appUrlOf, fulfil, pageUrlOf } from './protocol.ts';
import { obeyHandlers, type StandInSession, session } from './session.ts';
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

/** What the agent does to a page, by what its events are called there. */
const INPUTS = {
  pointerdown: 'mouseDown',
  keydown: 'rawKeyDown',
  wheel: 'mouseWheel',
  mousemove: 'mouseMove',
};

let lastId = 0;

export class StandInWebContents
  extends EventEmitter
  implements
    Pick<WebContents, 'id' | 'getURL' | 'loadURL' | 'send' | 'isDestroyed' | 'close' | 'focus' | 'stop'>
{
  readonly id = ++lastId;
  readonly session: StandInSession;
  page: Promise<Page>;
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
    const { session: own, partition = '' } = preferences;
    this.session = (own as unknown as StandInSession) ?? session.fromPartition(partition);
    this.page = HAS_PAGES ? this.#openIn(preferences) : new Promise(() => {});
    app.emit('web-contents-created', {}, this);
  }

  getURL = () => appUrlOf(this.#alive().#url);
  isDestroyed = () => this.#isGone;
  setWindowOpenHandler = (handler: OpenHandler) => {
    this.#openHandler = handler;
  };

  #events: Promise<NavigationEvents> | undefined;
  #url = '';
  #isGone = false;

  async loadURL(url: string): Promise<void> {
    this.#alive();
    if (HAS_PAGES) await this.#go(url);
    else await setTimeout(20);
    if (!HAS_PAGES) this.#url = url;
    if (this.#isGone) return;
    this.isLoaded = true;
    if (!this.#events) this.emit('did-finish-load');
  }

  stop = () => void this.#events?.then((events) => events.stop());
  focus = () => void this.#alive();
  close = () => this.destroy();

  /** Asks the page first; whether it has gone. */
  async tryClose(): Promise<boolean> {
    if (!HAS_PAGES || !this.#events) return true;
    const page = await this.page;
    const hasClosed = page.waitForEvent('close', { timeout: 0 }).then(() => true);
    const stays = once(this, 'will-prevent-unload').then(([event]) => event.defaultPrevented && hasClosed);
    await (await this.#events).signOfUser();
    await page.close({ runBeforeUnload: true });
    return Promise.race([hasClosed, stays]);
  }

  async #go(url: string): Promise<void> {
    const page = await this.page;
    if (this.#events) {
      await (await this.#events).load(url);
      return;
    }
    this.#expected = pageUrlOf(url);
    if (!this.isLoaded) await obeyHandlers(page, this, url, this.session);
    await page.goto(this.#expected);
  }

  destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.emit('destroyed');
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

  #openIn(preferences: WebPreferences): Promise<Page> {
    if (this.session === session.defaultSession) return this.#open(preferences.preload ?? '');
    const page = this.#openPlain(preferences);
    // A page that has crashed is of no use to Playwright; Electron makes another process for it.
    this.once('render-process-gone', () => {
      if (!this.#isGone) this.page = this.#openIn(preferences);
    });
    this.#events = page.then((opened) =>
      followNavigation(opened, {
        emitter: this,
        onUrl: (url) => {
          this.#url = url;
        },
        onResponse: (statusCode) =>
          this.session.responseStarted?.({ webContentsId: this.id, statusCode } as never),
      }),
    );
    return page;
  }

  /** A page of a partition: without a preload, and with what it may reach of this machine. */
  async #openPlain({ preload, javascript = true }: WebPreferences): Promise<Page> {
    if (preload !== undefined) throw new Error('a preload is not played in partitions');
    const context = await openChromium(this.session.partition);
    const page = await context.newPage();
    if (!javascript) {
      const cdp = await context.newCDPSession(page);
      await cdp.send('Emulation.setScriptExecutionDisabled', { value: true });
    }
    page.on('popup', (popup) => this.#refuse(popup));
    page.on('download', (download) => {
      const event = preventable();
      this.session.emit('will-download', event, {}, this);
      if (event.defaultPrevented) void download.cancel().catch(() => {});
    });
    await page.exposeBinding('__standInInput', (_, type: keyof typeof INPUTS) => {
      if (!this.#isGone) this.emit('input-event', {}, { type: INPUTS[type] });
    });
    await page.addInitScript(`for (const type of ${JSON.stringify(Object.keys(INPUTS))})
      addEventListener(type, (event) => event.isTrusted && __standInInput(type), { capture: true });`);
    return page;
  }

  async #refuse(popup: Page): Promise<void> {
    const url = appUrlOf(popup.url());
    if (this.#openHandler({ url }).action === 'deny') this.refusedWindows.push(url);
    await popup.close().catch(() => {});
  }

  async #open(preload: string): Promise<Page> {
    const context = await openChromium();
    const page = await context.newPage();
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.#url = frame.url();
    });
    page.on('popup', (popup) => this.#refuse(popup));
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
