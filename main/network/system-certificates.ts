/** The certificates that the system trusts, beside Node's own: a company's proxy may sign with one of its own. */
import tls from 'node:tls';

let isDone = false;

/**
 * For every connection of this process from now on. To be called before the first one over TLS, not earlier: reading them
 * takes 0.15 s, and they stay in memory (7 MB). Where they cannot be read Node's own count alone, and `onFault` hears why.
 */
export function trustSystemCertificates(onFault: (error: unknown) => void = () => {}): void {
  if (isDone) return;
  isDone = true;
  try {
    const [known, system] = [tls.getCACertificates('default'), tls.getCACertificates('system')];
    tls.setDefaultCACertificates([...new Set([...known, ...system])]);
  } catch (error) {
    onFault(error);
  }
}
