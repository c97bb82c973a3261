/** The system's proxies, as Chromium knows them: set by hand, found by a script, different for each origin. */
import type { Session } from 'electron';
import type { ProxyFor } from '../network/proxies.ts';

/** The kinds of proxies that poptray speaks, as Chromium names them, and their schemes. */
const SCHEMES: Readonly<Record<string, string>> = { PROXY: 'http', HTTPS: 'https' };

export function createSystemProxy(session: Pick<Session, 'resolveProxy'>): ProxyFor {
  return async (origin) => proxyUrl(await session.resolveProxy(origin));
}

/** The first that will do in a rule such as `PROXY a:3128; DIRECT`, as a URL; undefined for a direct call. */
export function proxyUrl(rule: string): string | undefined {
  for (const entry of rule.split(';')) {
    const [kind = '', address] = entry.trim().split(/\s+/);
    const scheme = SCHEMES[kind];
    if (kind === 'DIRECT') return undefined;
    if (scheme !== undefined && address !== undefined) return `${scheme}://${address}`;
  }
  return undefined;
}
