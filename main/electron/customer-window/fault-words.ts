/** What keeps a page from being shown, in words for people: without its address. */
import type { LoadEnd } from './load-page.ts';

/** Beginnings of Chromium's names of faults, and what they mean. */
const MEANINGS: readonly (readonly [string, string])[] = [
  ['ERR_NAME_', 'the name of its server is not known here (DNS)'],
  ['ERR_CERT_', 'its server has no certificate that this computer trusts'],
  ['ERR_SSL_', 'no secure connection to its server comes about (TLS)'],
  ['ERR_BAD_SSL_', 'no secure connection to its server comes about (TLS)'],
  ['ERR_CONNECTION_REFUSED', 'its server refuses the connection'],
  ['ERR_CONNECTION_', 'the connection to its server breaks off'],
  ['ERR_TIMED_OUT', 'its server does not answer'],
  ['ERR_ADDRESS_', 'its server cannot be reached from here'],
  ['ERR_INTERNET_DISCONNECTED', 'this computer has no network'],
  ['ERR_NETWORK_', 'the network has changed or cannot be used'],
  ['ERR_PROXY_', 'the proxy does not let it through'],
  ['ERR_TUNNEL_', 'the proxy does not let it through'],
  ['ERR_EMPTY_RESPONSE', 'its server closes the connection without a reply'],
  ['ERR_TOO_MANY_REDIRECTS', 'its server leads from one address to another without end'],
  ['ERR_BLOCKED_', 'it is blocked on this computer'],
];

/** Null where the page is there. */
export function faultWords(end: LoadEnd): string | null {
  switch (end.kind) {
    case 'committed':
      return end.status !== null && end.status >= 400
        ? `the page’s server answers with status ${end.status}`
        : null;
    case 'failed': {
      const [, meaning = 'it cannot be loaded'] =
        MEANINGS.find(([beginning]) => end.error.startsWith(beginning)) ?? [];
      return `${meaning} (${end.error})`;
    }
    case 'blocked':
      return `it leads to ${end.origin}, which is neither in the application’s allowedOrigins nor in the destination’s alsoOrigins`;
    case 'nothing':
      return 'its server sends nothing that can be shown';
    case 'gone':
      return end.reason === 'closed' ? 'its window was closed' : `its process has ended (${end.reason})`;
    case 'unsaved':
      return 'the page that stands there holds unsaved work';
    case 'cut':
      return 'it did not come in time';
  }
}
