/** One source expression of a policy, and whether an address matches it: CSP Level 3 §6.7.2.8, as Chromium has it. */

/** What of a URL, or of the origin of a document, is compared. */
export interface Address {
  /** Without the colon. */
  readonly scheme: string;
  readonly host: string;
  /** The scheme's own if none is given; null for schemes without ports. */
  readonly port: number | null;
  /** Decoded. */
  readonly path: string;
}

export interface Source {
  readonly scheme?: string | undefined;
  /** Absent when only a scheme is given. Of `*.a.com` it is `a.com`, of `*` nothing. */
  readonly host?: string | undefined;
  readonly isWildcard: boolean;
  readonly port?: number | '*' | undefined;
  /** Decoded. */
  readonly path: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443, ftp: 21 };
const UPGRADES: Readonly<Record<string, string>> = { http: 'https', ws: 'wss' };

const SCHEME = /^([a-z][a-z0-9+.-]*):$/i;
const HOST_SOURCE =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*(?=[:/]|$)|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?)(?::(\*|\d+))?(?:(\/[^?#]*)(?:[?#].*)?)?$/i;

/** Undefined for what is no scheme and no host source; such tokens match nothing. */
export function parseSource(expression: string): Source | undefined {
  const scheme = SCHEME.exec(expression)?.[1]?.toLowerCase();
  if (scheme !== undefined) return { scheme, isWildcard: false, path: '' };
  const parts = HOST_SOURCE.exec(expression);
  if (!parts) return undefined;
  const [, schemePart, host = '', port, path = ''] = parts;
  return {
    scheme: schemePart?.toLowerCase(),
    host: host.replace(/^\*\.?/, '').toLowerCase(),
    isWildcard: host.startsWith('*'),
    port: port === undefined || port === '*' ? port : Number(port),
    path: decoded(path),
  };
}

/** Null for schemes without ports. */
export function usualPort(scheme: string): number | null {
  return DEFAULT_PORTS[scheme] ?? null;
}

/** The port is null where the URL's scheme has none. */
export function addressOf(url: URL): Address {
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === '' ? usualPort(scheme) : Number(url.port);
  return { scheme, host: url.hostname, port, path: decoded(url.pathname) };
}

/**
 * Whether a place matches a source of a policy that came from `selfScheme`, undefined for an opaque origin.
 * After a redirect the path does not count, so that nobody can find out where it led.
 */
export function matchesSource(
  source: Source,
  place: Address,
  selfScheme: string | undefined,
  isRedirected: boolean,
): boolean {
  const scheme = matchScheme(source.scheme ?? selfScheme, place.scheme);
  if (source.host === undefined) return scheme !== 'none';
  const port = matchPort(source, place);
  // Beyond the letter of CSP: Chromium takes http://a:8000 for an http source only, since no port goes with the upgrade.
  if (scheme === 'upgrade' && port === 'exact') return false;
  if (port === 'upgrade' && scheme !== 'upgrade') return false;
  return (
    scheme !== 'none' && port !== 'none' && matchHost(source, place) && matchPath(source, place, isRedirected)
  );
}

function matchScheme(allowed: string | undefined, actual: string): 'exact' | 'upgrade' | 'none' {
  if (allowed === undefined) return 'none';
  if (allowed === actual) return 'exact';
  return UPGRADES[allowed] === actual ? 'upgrade' : 'none';
}

function matchPort({ scheme, port }: Source, place: Address): 'any' | 'exact' | 'upgrade' | 'none' {
  if (port === '*' || (port === undefined && place.port === usualPort(place.scheme))) return 'any';
  if (port === place.port) return 'exact';
  const asked = port ?? DEFAULT_PORTS[scheme ?? ''];
  return asked === 80 && place.port === 443 ? 'upgrade' : 'none';
}

function matchHost({ host, isWildcard }: Source, place: Address): boolean {
  if (!isWildcard) return place.host === host;
  return host === '' || place.host.endsWith(`.${host}`);
}

function matchPath({ path }: Source, place: Address, isRedirected: boolean): boolean {
  if (isRedirected || path === '') return true;
  const actual = place.path || '/';
  return path.endsWith('/') ? actual.startsWith(path) : actual === path;
}

/** Percent-decoded as UTF-8; as bytes where it is none. */
function decoded(path: string): string {
  if (!path.includes('%')) return path;
  const bytes = Buffer.from(
    path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}
