/** What a browser does with a one-time link to the dashboard. */
import { SESSION_HEADER } from '../../shared/session-secret.ts';

export interface OpenedLink {
  readonly status: number;
  /** As a browser sends it back. */
  readonly cookie: string;
  /** As it was set, with its attributes. */
  readonly setCookie: string;
  /** What the page of the link keeps; empty when it was given none. */
  readonly secret: string;
  /** What the browser and the dashboard's page send along with each call. */
  readonly headers: Record<string, string>;
}

/** Throws nothing for a link that is void. */
export async function openLink(url: string): Promise<OpenedLink> {
  const opened = await fetch(url, { redirect: 'manual' });
  const setCookie = opened.headers.get('set-cookie') ?? '';
  const cookie = setCookie.split(';')[0] ?? '';
  const secret = /setItem\('[^']+', '([^']+)'\)/.exec(await opened.text())?.[1] ?? '';
  const headers = { cookie, 'sec-fetch-site': 'same-origin', [SESSION_HEADER]: secret };
  return { status: opened.status, cookie, setCookie, secret, headers };
}
