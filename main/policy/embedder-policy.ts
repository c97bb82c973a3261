/** Cross-Origin-Embedder-Policy and Cross-Origin-Resource-Policy: HTML §7.1.4, Fetch §3.7. */
import { getDomain } from 'tldts';
import { type Headers, valuesOf } from './headers.ts';
import { isIPv4 } from './trustworthy.ts';

// A structured field item, RFC 8941: one of the two tokens, with any parameters.
const KEY = '[a-z*][a-z0-9_.*-]*';
const NUMBER = String.raw`-?(?:\d{1,12}\.\d{1,3}|\d{1,15})`;
const STRING = String.raw`"(?:[ !#-[\]-~]|\\["\\])*"`;
const TOKEN = String.raw`[A-Za-z*][\w!#$%&'*+.^${'`'}|~:/-]*`;
const BYTES = ':[A-Za-z0-9+/=]*:';
const BOOLEAN = String.raw`\?[01]`;
const PARAMETER = `; *${KEY}(?:=(?:${[NUMBER, STRING, TOKEN, BYTES, BOOLEAN].join('|')}))?`;
const ISOLATING = new RegExp(`^(?:require-corp|credentialless)(?:${PARAMETER})*$`);

/** Whether a document with these headers wants everything in it to opt in. A header that cannot be read says nothing. */
export function isIsolating(headers: Headers): boolean {
  return ISOLATING.test(valuesOf(headers, 'cross-origin-embedder-policy').join(', '));
}

/** Whether a response may be put into an isolating document of this origin; null is an opaque one. */
export function mayBeEmbedded(headers: Headers, url: URL, embedder: URL | null): boolean {
  const policy = valuesOf(headers, 'cross-origin-resource-policy').join(', ');
  if (policy === 'cross-origin') return true;
  if (embedder === null) return false;
  if (embedder.origin === url.origin) return true;
  // What is no policy counts as same-origin here.
  const isSecured = embedder.protocol === 'https:' || url.protocol !== 'https:';
  return policy === 'same-site' && isSecured && isSameSite(embedder.hostname, url.hostname);
}

/** Whether two hosts are of one registrable domain; Chromium takes equal IP addresses for no site. */
function isSameSite(a: string, b: string): boolean {
  if (isIPv4(a) || a.startsWith('[')) return false;
  if (a === b) return true;
  const domain = registrableDomain(a);
  return domain !== null && domain === registrableDomain(b) && a.endsWith('.') === b.endsWith('.');
}

function registrableDomain(host: string): string | null {
  return getDomain(host.replace(/\.$/, ''), { allowPrivateDomains: true });
}
