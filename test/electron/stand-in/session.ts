/** `session`: permissions as Chromium asks for them, and proxies. */
import type { Session, WebContents } from 'electron';
import { allBrowserWindows } from './browser-window.ts';
import { demandReady } from './world.ts';

type RequestHandler = Parameters<Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Session['setPermissionCheckHandler']>[0];
type DeviceHandler = Parameters<Session['setDevicePermissionHandler']>[0];

let request: RequestHandler = null;
let check: CheckHandler = null;
let device: DeviceHandler = null;

const defaultSession = {
  setPermissionRequestHandler(handler: RequestHandler) {
    request = handler;
  },
  setPermissionCheckHandler(handler: CheckHandler) {
    check = handler;
  },
  setDevicePermissionHandler(handler: DeviceHandler) {
    device = handler;
  },
  resolveProxy: async () => process.env.STAND_IN_PROXY ?? 'DIRECT',
} satisfies Partial<Session>;

export const session = {
  get defaultSession() {
    demandReady('Session can only be received when app is ready');
    return defaultSession;
  },
};

/** What a page at `url` in the window gets when it asks for something, and when it looks whether it has it. */
export async function permissionsOf(url: string | null, permission: string) {
  const [window] = allBrowserWindows();
  const contents = (url === null
    ? null
    : { ...window?.webContents, getURL: () => url }) as unknown as WebContents;
  const origin = url === null ? '' : new URL(url).origin;
  const name = permission as 'media';
  return {
    // Whoever sets no handler grants everything.
    requested: await new Promise<boolean>((resolve) => {
      if (request === null) resolve(true);
      else request(contents, name, resolve, {} as never);
    }),
    checked: check === null ? true : check(contents, name, origin, {} as never),
  };
}

/** Without a handler, Electron looks among the devices that were granted before: none here. */
export const hasDevice = (origin: string): boolean =>
  device?.({ deviceType: 'hid', origin, device: {} } as never) ?? false;
