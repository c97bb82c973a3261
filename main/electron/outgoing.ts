/** Lets calls to the outside trust and go where the system says: its certificates, its proxy. */
import type tls from 'node:tls';
import type { Session } from 'electron';

/** Adds the system's certificates to Node's own; a Node that cannot read them keeps its own. Returns how many. */
export function trustSystemCertificates(
  node: Pick<typeof tls, 'getCACertificates' | 'setDefaultCACertificates'>,
): number {
  const [known, system] = [node.getCACertificates('default'), node.getCACertificates('system')];
  node.setDefaultCACertificates([...new Set([...known, ...system])]);
  return system.length;
}

/** The first HTTP proxy in what Chromium says, as a URL; undefined for none and for kinds that Node does not speak. */
export function proxyUrl(rule: string): string | undefined {
  const [kind, address] = rule.split(';')[0]?.trim().split(/\s+/) ?? [];
  if (address === undefined) return undefined;
  if (kind === 'PROXY') return `http://${address}`;
  return kind === 'HTTPS' ? `https://${address}` : undefined;
}

/** What HTTPS_PROXY should be for calls to `url`: as set, or else what the system says. */
export async function systemProxy(
  session: Pick<Session, 'resolveProxy'>,
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  return env.HTTPS_PROXY || env.https_proxy || proxyUrl(await session.resolveProxy(url));
}
