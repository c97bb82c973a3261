/** The value of a directive such as frame-src: CSP Level 3 §6.7.2.7. */
import { type Address, matchesSource, parseSource, type Source } from './source.ts';

export interface SourceList {
  readonly isStar: boolean;
  readonly isSelf: boolean;
  readonly sources: readonly Source[];
}

/** The schemes that `*` stands for. */
export const NETWORK_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss']);

/** What is no source, such as `'none'` or a typing error, is left out: it matches nothing. */
export function parseSourceList(values: readonly string[]): SourceList {
  return {
    isStar: values.includes('*'),
    isSelf: values.some((value) => value.toLowerCase() === "'self'"),
    sources: values.map(parseSource).filter((source) => source !== undefined),
  };
}

/** Whether the list lets a place in; `self` is where the policy came from, undefined for an opaque origin. */
export function allows(
  list: SourceList,
  place: Address,
  self: Address | undefined,
  isRedirected = false,
): boolean {
  if (list.isStar && (NETWORK_SCHEMES.has(place.scheme) || place.scheme === self?.scheme)) return true;
  if (list.isSelf && self && matchesSource(selfSource(self), place, self.scheme, isRedirected)) return true;
  return list.sources.some((source) => matchesSource(source, place, self?.scheme, isRedirected));
}

/** What `'self'` stands for. */
export function selfSource({ scheme, host, port }: Address): Source {
  return { scheme, host, isWildcard: false, port: port ?? undefined, path: '' };
}
