/** `session`: permissions as Chromium asks for them, proxies, and partitions that know nothing of each other. */
import { EventEmitter } from 'node:events';
import type { OnResponseStartedListenerDetails, Session, WebContents } from 'electron';
import type { Page } from 'playwright-core';
import { originOf, pageUrlOf } from './protocol.ts';
import { demandReady } from './world.ts';

type RequestHandler = Parameters<Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Session['setPermissionCheckHandler']>[0];
type DeviceHandler = Parameters<Session['setDevicePermissionHandler']>[0];

type Used =
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'resolveProxy';

export class StandInSession extends EventEmitter implements Pick<Session, Used> {
  readonly partition: string;
  request: RequestHandler = null;
  check: CheckHandler = null;
  device: DeviceHandler = null;
  responseStarted: ((details: OnResponseStartedListenerDetails) => void) | null = null;

  constructor(partition: string) {
    super();
    this.partition = partition;
  }

  setPermissionRequestHandler = (handler: RequestHandler) => {
    this.request = handler;
  };
  setPermissionCheckHandler = (handler: CheckHandler) => {
    this.check = handler;
  };
  setDevicePermissionHandler = (handler: DeviceHandler) => {
    this.device = handler;
  };
  resolveProxy = async () => process.env.STAND_IN_PROXY ?? 'DIRECT';
  /** One listener for each event. */
  webRequest = {
    onResponseStarted: (_filter: unknown, listener: StandInSession['responseStarted']) => {
      this.responseStarted = listener;
    },
  };
}

const DEFAULT = '';
const sessions = new Map<string, StandInSession>([[DEFAULT, new StandInSession(DEFAULT)]]);

export const session = {
  get defaultSession() {
    return this.fromPartition(DEFAULT);
  },
  fromPartition(partition: string): StandInSession {
    demandReady('Session can only be received when app is ready');
    const there = sessions.get(partition) ?? new StandInSession(partition);
    sessions.set(partition, there);
    return there;
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
  { request, check }: StandInSession = session.defaultSession,
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
  of: StandInSession,
): Promise<void> {
  // Stays open: what it has set lasts as long as it.
  const browser = await page.context().newCDPSession(page);
  const { origin } = new URL(pageUrlOf(url));
  for (const [permission, names] of Object.entries(IN_CHROMIUM)) {
    const { requested, checked } = await permissionsOf(contents, { url, isMainFrame: true }, permission, of);
    const setting = requested && checked ? 'granted' : 'denied';
    for (const name of names)
      await browser.send('Browser.setPermission', { origin, permission: { name }, setting });
  }
}

/** Without a handler, Electron looks among the devices that were granted before: none here. */
export const hasDevice = (origin: string): boolean =>
  session.defaultSession.device?.({ deviceType: 'hid', origin, device: {} } as never) ?? false;
