/** A Genesys Cloud of the region `pops.test`, receivers of webhooks and of the log, which only a proxy can find. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../main/platform/environment.ts';
import { makeCertificates } from './certificates.ts';
import { WEBHOOK_SECRET } from './environment.ts';
import { type ForwardProxy, startProxy } from './proxy.ts';
import { serve } from './servers.ts';
import { tempDir } from './temp-dir.ts';

export interface BehindProxy {
  readonly proxy: ForwardProxy;
  /** What poptray needs in its environment to go there, and to trust what is there. */
  readonly env: Environment & Record<string, string>;
  /** `host path` of each request, sorted. */
  requests(): string[];
}

/** The certificate is of an authority that the system of the child process knows, where that can be told; else Node. */
const TRUST = process.platform === 'linux' ? 'SSL_CERT_FILE' : 'NODE_EXTRA_CA_CERTS';

export async function startBehindProxy(): Promise<BehindProxy> {
  const { remote: certificate, authority } = makeCertificates();
  const authorityFile = join(tempDir(), 'authority.pem');
  writeFileSync(authorityFile, authority.cert);
  const requests: string[] = [];
  const remote = await serve(({ headers, url }, response) => {
    requests.push(`${headers.host} ${url}`);
    // A receiver of OTLP has nothing to say about what it took.
    if (url?.startsWith('/v1/')) return response.writeHead(200).end();
    const body = url?.startsWith('/api/')
      ? { id: 'pop-1', status: 'delivered', windowFocused: true, deliveryTimeMs: 1 }
      : { access_token: 'a', token_type: 'bearer', expires_in: 86_400 };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }, certificate);
  return {
    proxy: await startProxy(remote),
    requests: () => requests.toSorted(),
    env: {
      [TRUST]: authorityFile,
      GENESYS_REGION: 'pops.test',
      GENESYS_CLIENT_ID: 'client',
      GENESYS_CLIENT_SECRET: 'one',
      SIGNING_SECRET: 'two',
      PRODUCTIVITY_WEBHOOK_URL: 'https://hooks.pops.test/in',
      PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET,
    },
  };
}
