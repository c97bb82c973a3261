/** Lets calls to the outside trust and go where the system says: its certificates, its proxy. */
import type tls from 'node:tls';
import type { Session } from 'electron';
import type { Clock } from '../pipeline/ports.ts';

/** A script for the proxy's address may have to be fetched first; nobody waits longer for it, in milliseconds. */
const PATIENCE_MS = 2000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Adds the system's certificates to Node's own. Throws where Node cannot read them; it keeps its own then. */
export function trustSystemCertificates(
  node: Pick<typeof tls, 'getCACertificates' | 'setDefaultCACertificates'>,
): void {
  const [known, system] = [node.getCACertificates('default'), node.getCACertificates('system')];
  node.setDefaultCACertificates([...new Set([...known, ...system])]);
}

/** The first HTTP proxy in what Chromium says, as a URL; undefined for none and for kinds that Node does not speak. */
export function proxyUrl(rule: string): string | undefined {
  const [kind, address] = rule.split(';')[0]?.trim().split(/\s+/) ?? [];
  if (address === undefined) return undefined;
  if (kind === 'PROXY') return `http://${address}`;
  return kind === 'HTTPS' ? `https://${address}` : undefined;
}

/** The environment with HTTPS_PROXY for calls to `url` as it was set, or else as the system says. */
export async function withSystemProxy(
  env: Environment,
  url: string,
  session: Pick<Session, 'resolveProxy'>,
  clock: Pick<Clock, 'after'>,
): Promise<Environment> {
  if (env.HTTPS_PROXY || env.https_proxy) return env;
  const rule = session.resolveProxy(url).catch(() => '');
  const giveUp = new Promise<string>((resolve) => clock.after(PATIENCE_MS, () => resolve('')));
  return { ...env, HTTPS_PROXY: proxyUrl(await Promise.race([rule, giveUp])) };
}
