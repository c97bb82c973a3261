/** The test's hands in the app's process: what a person at the desktop can see and do. */
import type { MenuItemConstructorOptions, Rectangle } from 'electron';
import type { Page } from 'playwright-core';
import { app } from './app.ts';
import { allBrowserWindows, type BrowserWindow } from './browser-window.ts';
import { debuggingPort } from './chromium.ts';
import { bringTrayHost, clickTray } from './desktop.ts';
import { invokeFrom } from './ipc.ts';
import { runKey } from './login-items.ts';
import { activate, clickNotice, collectGarbage, pressButton, timeOut } from './notification.ts';
import { endSession, powerMonitor, unlockScreen } from './power.ts';
import { type Asker, hasDevice, permissionsOf, session } from './session.ts';
import { world } from './world.ts';

/** Every one of them can be called by name from the test; arguments and results cross as JSON. */
const controls = {
  tray: () => ({
    ...world.tray,
    menu: linesOf(world.tray.menu).map(({ label, enabled }) => ({ label, enabled })),
  }),
  clickTray,
  bringTrayHost,
  clickMenu(beginning: string) {
    const line = linesOf(world.tray.menu).find(({ label }) => label?.startsWith(beginning));
    if (!line?.click || line.enabled === false) throw new Error(`nothing to click: ${beginning}`);
    (line.click as () => void)();
  },
  windows: () =>
    allBrowserWindows().map((window) => ({
      isShown: window.isVisible(),
      focusCount: window.focusCount,
      url: window.webContents.getURL(),
      isLoaded: window.webContents.isLoaded,
      refusedWindows: window.webContents.refusedWindows,
      hasLeftBlackSpace: window.hasLeftBlackSpace,
    })),
  /** Those of customers' pages, the oldest first. */
  customerWindows: () =>
    customerWindows().map((window) => ({
      isShown: window.isVisible(),
      isMinimized: window.isMinimized(),
      isFocused: window.isFocused(),
      isFlashing: window.isFlashing,
      comings: window.comings,
      bounds: window.getBounds(),
      url: window.webContents.getURL(),
      partition: window.webContents.session.partition,
      refusedWindows: window.webContents.refusedWindows,
      hasNotice: window.contentView.children.length > 0,
    })),
  /** What an expression comes to in the page of such a window. */
  inCustomer: async (at: number, expression: string) => (await customerPage(at)).evaluate(expression),
  /** Types into the field of that page, as a person does. */
  async typeInto(at: number, selector: string, text: string) {
    const page = await customerPage(at);
    await page.click(selector);
    await page.keyboard.type(text);
  },
  clickInto: async (at: number, selector: string) => (await customerPage(at)).click(selector),
  noticeText: async (at: number) => (await noticePage(at)).textContent('main'),
  clickInNotice: async (at: number, label: string) => (await noticePage(at)).click(`text=${label}`),
  closeCustomer: (at: number) => customerWindows()[at]?.close(),
  /** The process of the page dies. */
  async crashCustomer(at: number) {
    const page = await customerPage(at);
    const cdp = await page.context().newCDPSession(page);
    void cdp.send('Page.crash').catch(() => {});
  },
  moveCustomer: (at: number, bounds: Partial<Rectangle>) => customerWindows()[at]?.setBounds(bounds),
  focusCustomer: (at: number) => customerWindows()[at]?.takeFocus(),
  customerPermission: (at: number, permission: string) => {
    const { webContents } = customerWindows()[at] as BrowserWindow;
    const asker = { url: webContents.getURL(), isMainFrame: true };
    return permissionsOf(webContents, asker, permission, webContents.session);
  },
  /** All that hang on windows and their pages. */
  listeners: () =>
    customerWindows()
      .flatMap((window) => [window, window.webContents, window.webContents.session])
      .reduce(
        (sum, one) => sum + one.eventNames().reduce((all, name) => all + one.listenerCount(name), 0),
        0,
      ),
  keepFocus(isKept: boolean) {
    world.isFocusKept = isKept;
  },
  arrangeDisplays(displays: Rectangle[]) {
    world.displays = displays;
  },
  closeWindow: () => allBrowserWindows()[0]?.tryClose(),
  minimizeWindow: () => allBrowserWindows()[0]?.minimize(),
  clickIntoWindow: () => allBrowserWindows()[0]?.takeFocus(),
  isFullScreen: () => allBrowserWindows()[0]?.isFullScreen(),
  isMinimized: () => allBrowserWindows()[0]?.isMinimized(),
  enterFullScreen: () =>
    new Promise<void>((resolve) => {
      const [window] = allBrowserWindows();
      window?.once('enter-full-screen', resolve);
      window?.setFullScreen(true);
    }),
  /** The page's process dies. */
  crashPage: () =>
    allBrowserWindows()[0]?.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 11 }),
  debuggingPort,
  notices: () => world.notices.map(({ options: { title, body } }) => ({ title, body })),
  clickNotice,
  pressButton,
  /** A click on a notice of an earlier start. */
  clickOldNotice: () => activate(),
  /** What the app does not hold any more is gone, and hears nothing. */
  collectGarbage,
  timeOut,
  questions: () => world.questions,
  answer: (button: number) => void world.answers.push(button),
  blocked: () => world.blocked,
  errorBoxes: () => world.errorBoxes,
  saveTo(path: string) {
    world.savePath = path;
  },
  clipboard: () => world.clipboard,
  wake: () => powerMonitor.emit('resume'),
  unlockScreen,
  endSession,
  loginItems: () => world.loginItems,
  runKey,
  schemes: () => world.schemes,
  quit: () => app.quit(),
  openUrl: (url: string) => app.openUrl(url),
  startAgain: (argv: string[]) => app.beStartedAgain(argv),
  throwNow: () => void setImmediate(() => throwIt('a fault with Ada Lovelace in it')),
  rejectNow: () => void Promise.reject(new Error('a fault with Ada Lovelace in it')),
  invokeFrom,
  /** `by`: a frame of the window's page, which is at `url`; or the page itself. */
  permissionsOf(url: string, permission: string, by: Asker = { url, isMainFrame: true }) {
    return permissionsOf({ getURL: () => url }, by, permission);
  },
  hasDevice,
};

const customerWindows = () =>
  allBrowserWindows().filter(({ webContents }) => webContents.session !== session.defaultSession);

async function customerPage(at: number): Promise<Page> {
  const window = customerWindows()[at];
  if (!window) throw new Error(`there is no window ${at}`);
  return window.webContents.page;
}

async function noticePage(at: number): Promise<Page> {
  const view = customerWindows()[at]?.contentView.children[0];
  if (!view) throw new Error(`there is no notice in window ${at}`);
  return view.webContents.page;
}

function throwIt(message: string): never {
  throw new TypeError(message);
}

export type Controls = typeof controls;

export function obeyTheTest(): void {
  process.on('message', async ({ id, name, args }: { id: number; name: keyof Controls; args: never[] }) => {
    try {
      const value = await (controls[name] as (...all: never[]) => unknown)(...args);
      process.send?.({ id, value });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
  // The test has gone: nobody will end this process otherwise.
  process.on('disconnect', () => app.exit(1));
}

function linesOf(menu: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return menu.flatMap((line) => [line, ...((line.submenu ?? []) as MenuItemConstructorOptions[])]);
}
