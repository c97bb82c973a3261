/** Whether one source expression lets in all that another does: CSP Embedded Enforcement §3.4, as Chromium has it. */
import { type Address, matchesSource, parseSource, type Source, usualPort } from './source.ts';
import { NETWORK_SCHEMES, selfSource } from './source-list.ts';

/** Words in quotes that are no secret of one page, as nonces and hashes are. */
const KEYWORD = /^'(?!nonce-|sha\d)[a-z-]+'$/i;

/** Of texts, as they stand in a policy of `self`. */
export function coversSource(outer: string, inner: string, self: Address): boolean {
  if (outer === inner) return true;
  if (KEYWORD.test(inner) && outer.toLowerCase() === inner.toLowerCase()) return true;
  if (inner === '*') return false;
  const source = sourceOf(inner, self);
  if (!source) return false;
  if (outer === '*') {
    const scheme = source.scheme ?? self.scheme;
    return NETWORK_SCHEMES.has(scheme) || scheme === self.scheme;
  }
  const around = sourceOf(outer, self);
  return around !== undefined && covers(around, source, self.scheme);
}

/** Whether a token of a policy lets anything in at all. */
export function isMeaningful(token: string): boolean {
  const word = token.toLowerCase();
  if (word === "'none'" || word === "'report-sample'") return false;
  return token === '*' || token.startsWith("'") || parseSource(token) !== undefined;
}

function sourceOf(token: string, self: Address): Source | undefined {
  return token.toLowerCase() === "'self'" ? selfSource(self) : parseSource(token);
}

/** Takes the widest place of `inner` and looks whether `outer` matches it. */
function covers(outer: Source, inner: Source, selfScheme: string): boolean {
  const scheme = inner.scheme ?? selfScheme;
  if (inner.host === undefined) {
    const isAnyHost =
      outer.host === undefined || (outer.host === '' && outer.port === '*' && outer.path === '');
    const place = { scheme, host: '', port: null, path: '' };
    return isAnyHost && matchesSource({ ...outer, host: undefined }, place, selfScheme, false);
  }
  // No host has a star in its name, and none has a port that is no number: only wildcards match these.
  const host = inner.isWildcard ? ['*', inner.host].filter(Boolean).join('.') : inner.host;
  const port = inner.port === '*' ? Number.NaN : (inner.port ?? usualPort(scheme));
  return matchesSource(outer, { scheme, host, port, path: inner.path }, selfScheme, false);
}
