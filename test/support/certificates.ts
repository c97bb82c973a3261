/** Certificates of an authority of the test's own, made with openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';
import { tempDir } from './temp-dir.ts';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export type CertificateName = 'good' | 'wrong name' | 'expired' | 'self-signed';

/** Hosts that are not there, for servers behind a proxy. */
const REMOTE_HOSTS = [
  'api.pops.test',
  'login.pops.test',
  'hooks.pops.test',
  'crm.pops.test',
  'otel.pops.test',
];

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const HERE = 'subjectAltName=IP:127.0.0.1,DNS:localhost';

type Certificates = Record<CertificateName | 'authority' | 'remote', Certificate>;
let made: Certificates | undefined;

/** All but the self-signed one are of the authority, which this process trusts until the test has ended. */
export function makeCertificates(): Certificates {
  const certificates = certificatesOfStranger();
  trust(certificates.authority.cert);
  return certificates;
}

/** The same of an authority that nobody trusts. */
export function certificatesOfStranger(): Certificates {
  made ??= make();
  return made;
}

/** One that has issued itself under this name. */
export function selfSignedBy(name: string): Certificate {
  const dir = tempDir();
  const subject = `/CN=${name.replace(/[/\\+]/g, '')}`;
  const out = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-utf8', '-subj', subject];
  execFileSync('openssl', ['req', '-x509', ...KEY, ...out, '-addext', HERE], { cwd: dir, stdio: 'pipe' });
  return { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) };
}

function make(): Certificates {
  const dir = tempDir();
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const read = (name: string): Certificate => ({
    key: readFileSync(join(dir, `${name}.key`)),
    cert: readFileSync(join(dir, `${name}.pem`)),
  });
  const selfSigned = (name: string, ...more: string[]) => {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    openssl('req', '-x509', ...KEY, ...out, '-subj', `/CN=${name}`, '-days', '2', ...more);
  };
  const issued = (name: string, altName: string, ...lifetime: string[]) => {
    writeFileSync(join(dir, `${name}.ext`), altName);
    openssl('req', '-new', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
    const out = ['-extfile', `${name}.ext`, '-out', `${name}.pem`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, ...out, ...lifetime);
  };

  selfSigned('authority');
  selfSigned('self', '-addext', HERE);
  issued('good', HERE, '-days', '2');
  issued('remote', `subjectAltName=${REMOTE_HOSTS.map((host) => `DNS:${host}`)}`, '-days', '2');
  issued('name', 'subjectAltName=DNS:api.evil.example', '-days', '2');
  try {
    issued('expired', HERE, '-days', '-1');
  } catch {
    // From 3.4 on openssl wants both dates for that.
    issued('expired', HERE, '-not_before', '20200101000000Z', '-not_after', '20200102000000Z');
  }
  return {
    authority: read('authority'),
    remote: read('remote'),
    good: read('good'),
    'wrong name': read('name'),
    expired: read('expired'),
    'self-signed': read('self'),
  };
}

function trust(authority: Buffer): void {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, String(authority)]);
  onTestFinished(() => setDefaultCACertificates(before));
}
