/** Connections through a proxy: CONNECT, then TLS with the server itself. Undici's own does not tell what the proxy has answered. */
import { isIP } from 'node:net';
import { type buildConnector, Pool } from 'undici';
import { type Cause, makeCause } from '../../shared/causes.ts';
import type { Clock } from '../pipeline/ports.ts';
import { NetworkFailure, networkCause } from './network-cause.ts';
import type { NamedProxy } from './proxies.ts';
import { tellingConnector } from './telling-connect.ts';

export interface Tunnel {
  readonly connect: buildConnector.connector;
  destroy(): Promise<void>;
}

/** No server has seen anything of a call that ends with these. */
const NOT_PASSED_ON = { connection: 'UND_ERR_PRX_CONN', certificate: 'UND_ERR_PRX_TLS' } as const;

/** `connect` makes the connections to the proxy, and TLS over what it opens. */
export function createTunnel(
  proxy: NamedProxy,
  connect: buildConnector.connector,
  clock: Pick<Clock, 'now'>,
): Tunnel {
  const { origin, hostname } = new URL(proxy.url);
  const pool = new Pool(origin, { connect: tellingConnector(connect, clock, proxy) });
  const secure = tellingConnector(connect, clock);
  const authorization = basicOf(proxy.url);
  const servername = isIP(hostname.replace(/^\[|\]$/g, '')) ? '' : hostname;

  async function open(options: buildConnector.Options) {
    const host = `${options.hostname}:${options.port || (options.protocol === 'https:' ? 443 : 80)}`;
    const headers = {
      host,
      'proxy-connection': 'keep-alive',
      ...(authorization && { 'proxy-authorization': authorization }),
    };
    const request = { path: host, headers, servername };
    const reply = await pool.connect(request as typeof request & { origin: string }).catch((error) => {
      const because = networkCause(error, { host, proxy });
      const kind =
        because.code.startsWith('certificate_') || because.code === 'tls_failed'
          ? 'certificate'
          : 'connection';
      throw new NetworkFailure(because, NOT_PASSED_ON[kind], error);
    });
    if (reply.statusCode === 200) return reply.socket;
    reply.socket.on('error', () => {}).destroy();
    const offers = [reply.headers['proxy-authenticate'] ?? []].flat();
    const because = refusalBy(proxy, options.host ?? host, reply.statusCode, offers);
    throw new NetworkFailure(because, NOT_PASSED_ON.connection);
  }

  return {
    connect(options, callback) {
      open(options).then(
        (socket) => {
          if (options.protocol !== 'https:') callback(null, socket as never);
          else secure({ ...options, httpSocket: socket as never }, callback);
        },
        (error) => callback(error, null),
      );
    },
    destroy: () => pool.destroy(),
  };
}

/** Why a proxy has not opened a tunnel; `offers` are its Proxy-Authenticate headers. */
export function refusalBy(
  { url, via }: NamedProxy,
  host: string,
  status: number,
  offers: readonly string[],
): Cause {
  const about = { proxy: new URL(url).host, via };
  if (status === 407) {
    const schemes = schemesOf(offers);
    const said = schemes.join(', ') || 'a way that it does not name';
    if (!schemes.includes('Basic'))
      return makeCause('proxy_login_unknown', { ...about, host, schemes: said });
    const code = basicOf(url) === undefined ? 'proxy_wants_login' : 'proxy_refuses_login';
    return makeCause(code, { ...about, schemes: said });
  }
  const code = status >= 500 ? 'proxy_finds_nothing' : 'proxy_forbids';
  return makeCause(code, { ...about, host, status: String(status) });
}

const SCHEMES = ['Negotiate', 'NTLM', 'Kerberos', 'Digest', 'Basic', 'Bearer'] as const;

/** Those of a known name, as it is usually written: the header is a stranger's. */
function schemesOf(offers: readonly string[]): string[] {
  const words = new Set(offers.flatMap((offer) => offer.split(/[\s,]+/)).map((word) => word.toLowerCase()));
  return SCHEMES.filter((scheme) => words.has(scheme.toLowerCase()));
}

function basicOf(url: string): string | undefined {
  const { username, password } = new URL(url);
  if (username === '') return undefined;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}
