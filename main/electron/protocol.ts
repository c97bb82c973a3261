/** The dashboard's own scheme, `app://poptray/`: what was built, and nothing else of the disk. */
import type { CustomScheme } from 'electron';
import { DASHBOARD_CSP, type StaticFile } from '../platform/static-files.ts';

export const DASHBOARD_URL = 'app://poptray/';

/** Must be registered before the app is ready. */
export const dashboardScheme: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

const HEADERS = {
  'content-security-policy': DASHBOARD_CSP,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const NOT_BUILT = '<!doctype html><title>poptray</title><p>The dashboard was not built: run "npm run build".';

/** Whether a URL is one of the dashboard's pages. */
export function isDashboardUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'app:' && url.host === 'poptray' && url.username === '' && url.password === '';
}

/** Answers from `files`, which are in memory: a path that climbs out of the folder names nothing. */
export function createProtocolHandler(
  files: ReadonlyMap<string, StaticFile>,
): (request: Request) => Response {
  return (request) => {
    if (request.method !== 'GET') return refuse(405);
    if (!isDashboardUrl(request.url)) return refuse(404);
    const path = new URL(request.url).pathname.slice(1) || 'index.html';
    const file = files.get(path);
    if (file) return answer(200, file.type, new Uint8Array(file.body));
    return path === 'index.html' ? answer(200, 'text/html; charset=utf-8', NOT_BUILT) : refuse(404);
  };
}

function refuse(status: number): Response {
  return answer(status, 'text/plain', '');
}

function answer(status: number, type: string, body: string | Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { status, headers: { ...HEADERS, 'content-type': type } });
}
