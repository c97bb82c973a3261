/** Which addresses a secure page may embed without TLS: Secure Contexts §3.1, Mixed Content §4, Local Network Access. */
import ipaddr from 'ipaddr.js';

/** Whether what comes from there cannot have been changed on the way. */
export function isPotentiallyTrustworthy({ protocol, hostname }: URL): boolean {
  return !['http:', 'ws:', 'ftp:'].includes(protocol) || isThisMachine(hostname);
}

function isThisMachine(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/.test(host) || host.startsWith('127.') || host === '[::1]';
}

/** What Chromium takes for the local network. */
const LOCAL = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/128',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
].map((range) => ipaddr.parseCIDR(range));

/**
 * Whether Chromium (142 and later) takes the host for one of the local network by its name alone. An http page there is
 * not blocked as mixed content; the person is asked for permission instead.
 */
export function isLocalNetwork({ hostname }: URL): boolean {
  if (/^(?:.+\.)?local\.?$/.test(hostname)) return true;
  const plain = hostname.replace(/^\[|\]$/g, '');
  if (plain === hostname && !isIPv4(hostname)) return false;
  // An IPv4 address that IPv6 maps counts as that.
  const address = ipaddr.process(plain);
  return LOCAL.some((range) => range[0].kind() === address.kind() && address.match(range));
}

/** Of a URL's host name, which has numbers in their one usual form. */
export function isIPv4(host: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(host);
}
