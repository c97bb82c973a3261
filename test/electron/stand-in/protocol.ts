/** `protocol.handle`: Chromium knows no `app:` without Electron, so its pages stand under an https name that exists nowhere. */
import type { CustomScheme, Privileges, Protocol } from 'electron';
import type { Route } from 'playwright-core';
import { demandReady } from './world.ts';

type Handler = (request: Request) => Response | Promise<Response>;

const SUFFIX = '.stand-in.invalid';
const handlers = new Map<string, Handler>();
const privileged = new Map<string, Privileges>();
let registration: 'open' | 'used' | 'closed' = 'open';

/** After this no scheme can be registered any more. */
export function closeRegistration(): void {
  registration = 'closed';
}

export const protocol = {
  registerSchemesAsPrivileged(schemes: CustomScheme[]) {
    if (registration === 'closed')
      throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    if (registration === 'used')
      throw new Error('protocol.registerSchemesAsPrivileged can be called only once');
    registration = 'used';
    for (const { scheme, privileges } of schemes) {
      // Without both, `'self'` in the CSP and secure contexts would not be what they are here.
      if (privileges?.standard && privileges.secure) privileged.set(scheme, privileges);
    }
  },
  handle(scheme: string, handler: Handler) {
    demandReady('Session can only be received when app is ready');
    if (handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`);
    if (!privileged.has(scheme)) throw new Error(`${scheme}: is not registered as standard and secure`);
    handlers.set(scheme, handler);
  },
} satisfies Pick<Protocol, 'registerSchemesAsPrivileged'> & { handle: unknown };

/** `app://poptray/x` as Chromium gets to see it. */
export function pageUrlOf(url: string): string {
  return url.replace(/^([a-z]+):\/\/([^/]+)/, (whole, scheme: string, host: string) =>
    privileged.has(scheme) ? `https://${host}.${scheme}${SUFFIX}` : whole,
  );
}

/** And back again. */
export function appUrlOf(url: string): string {
  return url.replace(/^https:\/\/([^/]+)\.([a-z]+)\.stand-in\.invalid/, '$2://$1');
}

/** The origin that Chromium in Electron gives to a page at this URL: Node gives schemes of one's own none. */
export function originOf(url: string): string {
  const { protocol, host, origin } = new URL(url);
  return privileged.has(protocol.slice(0, -1)) ? `${protocol}//${host}` : origin;
}

/** Answers a request of any page: from the handler of its scheme, or not at all. */
export async function fulfil(route: Route): Promise<void> {
  const url = appUrlOf(route.request().url());
  const scheme = url.split(':', 1)[0] ?? '';
  const handler = handlers.get(scheme);
  if (!handler) return route.abort('addressunreachable');
  const isByScript = ['fetch', 'xhr'].includes(route.request().resourceType());
  if (isByScript && !privileged.get(scheme)?.supportFetchAPI) return route.abort('failed');
  const response = await handler(new Request(url, { method: route.request().method() }));
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}
