/** The test's hands in the app's process: what a person at the desktop can see and do. */
import type { MenuItemConstructorOptions, WebContents } from 'electron';
import { app } from './app.ts';
import { allWindows } from './browser-window.ts';
import { debuggingPort } from './chromium.ts';
import { permissions, powerMonitor } from './desktop.ts';
import { invokeFrom } from './ipc.ts';
import { world } from './world.ts';

/** Every one of them can be called by name from the test; arguments and results cross as JSON. */
const controls = {
  tray: () => ({
    ...world.tray,
    menu: linesOf(world.tray.menu).map(({ label, enabled }) => ({ label, enabled })),
  }),
  clickMenu(beginning: string) {
    const line = linesOf(world.tray.menu).find(({ label }) => label?.startsWith(beginning));
    if (!line?.click || line.enabled === false) throw new Error(`nothing to click: ${beginning}`);
    (line.click as () => void)();
  },
  windows: () =>
    allWindows().map(({ isShown, focusCount, webContents }) => ({
      isShown,
      focusCount,
      url: webContents.getURL(),
      isLoaded: webContents.isLoaded,
      refusedWindows: webContents.refusedWindows,
    })),
  closeWindow: () => allWindows()[0]?.tryClose(),
  debuggingPort,
  notices: () => world.notices.map(({ options: { title, body } }) => ({ title, body })),
  clickNotice: (index: number) => world.notices[index]?.emit('click'),
  questions: () => world.questions,
  answer: (button: number) => void world.answers.push(button),
  saveTo(path: string) {
    world.savePath = path;
  },
  clipboard: () => world.clipboard,
  wake: () => powerMonitor.emit('resume'),
  quit: () => app.quit(),
  openUrl: (url: string) => app.emit('open-url', { preventDefault() {} }, url),
  invokeFrom,
  askPermission: (permission: string) =>
    new Promise<boolean>((resolve) => {
      const [window] = allWindows();
      const contents = window?.webContents as unknown as WebContents;
      permissions.request?.(contents, permission as 'media', resolve, {} as never);
    }),
};

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
