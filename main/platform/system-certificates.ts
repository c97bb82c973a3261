/** The certificates that the system trusts, beside Node's own: a company's proxy may sign with one of its own. */
import tls from 'node:tls';

/** For every connection of this process. Throws where Node cannot read them; it keeps its own then. */
export function trustSystemCertificates(): void {
  const [known, system] = [tls.getCACertificates('default'), tls.getCACertificates('system')];
  tls.setDefaultCACertificates([...new Set([...known, ...system])]);
}
