/** `session`: permissions as Chromium asks for them, and proxies. */
import type { Session, WebContents } from 'electron';
import type { Page } from 'playwright-core';
import { originOf, pageUrlOf } from './protocol.ts';
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

/** A frame that asks. */
export interface Asker {
  readonly url: string;
  /** Whether it is the window's page itself, and no frame within it. */
  readonly isMainFrame: boolean;
}

/** What it gets when it asks for something, and when it looks whether it has it; `contents` are null for a worker. */
export async function permissionsOf(
  contents: Pick<WebContents, 'getURL'> | null,
  { url, isMainFrame }: Asker,
  permission: string,
) {
  const from = contents as WebContents;
  const name = permission as 'media';
  const details = { requestingUrl: url, isMainFrame };
  return {
    // Whoever sets no handler grants everything.
    requested: await new Promise<boolean>((resolve) => {
      if (request === null) resolve(true);
      else request(from, name, resolve, details);
    }),
    checked: check === null ? true : check(from, name, `${originOf(url)}/`, details),
  };
}

/** Permissions of Electron, by the names that they have in Chromium. */
const IN_CHROMIUM = {
  'clipboard-sanitized-write': ['clipboard-write'],
  'clipboard-read': ['clipboard-read'],
  geolocation: ['geolocation'],
  media: ['camera', 'microphone'],
  midi: ['midi'],
  notifications: ['notifications'],
};

/** Has the real Chromium grant to the page at `url` what the handlers grant, and deny the rest. */
export async function obeyHandlers(
  page: Page,
  contents: Pick<WebContents, 'getURL'>,
  url: string,
): Promise<void> {
  // Stays open: what it has set lasts as long as it.
  const browser = await page.context().newCDPSession(page);
  const { origin } = new URL(pageUrlOf(url));
  for (const [permission, names] of Object.entries(IN_CHROMIUM)) {
    const { requested, checked } = await permissionsOf(contents, { url, isMainFrame: true }, permission);
    const setting = requested && checked ? 'granted' : 'denied';
    for (const name of names)
      await browser.send('Browser.setPermission', { origin, permission: { name }, setting });
  }
}

/** Without a handler, Electron looks among the devices that were granted before: none here. */
export const hasDevice = (origin: string): boolean =>
  device?.({ deviceType: 'hid', origin, device: {} } as never) ?? false;
