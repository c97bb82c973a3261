/** Which addresses a secure page may embed without TLS: Secure Contexts §3.1, Mixed Content §4, Local Network Access. */

/** Whether what comes from there cannot have been changed on the way. */
export function isPotentiallyTrustworthy({ protocol, hostname }: URL): boolean {
  return !['http:', 'ws:', 'ftp:'].includes(protocol) || isThisMachine(hostname);
}

function isThisMachine(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/.test(host) || host.startsWith('127.') || host === '[::1]';
}

/** IPv4 blocks that Chromium takes for local: first address and number of fixed bits. */
const LOCAL_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
];

/** The same for the first 16 bits of IPv6. */
const LOCAL_IPV6: readonly (readonly [number, number])[] = [
  [0xfc00, 7],
  [0xfe80, 10],
  [0xfec0, 10],
];

/**
 * Whether Chromium (142 and later) takes the host for one of the local network by its name alone. An http page there is
 * not blocked as mixed content; the person is asked for permission instead.
 */
export function isLocalNetwork({ hostname }: URL): boolean {
  if (/^(?:.+\.)?local\.?$/.test(hostname)) return true;
  if (!hostname.startsWith('[')) return isLocalIPv4(hostname);
  const address = hostname.slice(1, -1);
  if (address === '::' || address.startsWith('2001:db8:')) return true;
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(address);
  if (mapped) return isLocalNumber(hex(mapped[1]) * 0x10000 + hex(mapped[2]));
  const first = hex(address.split(':')[0]);
  return LOCAL_IPV6.some(([base, bits]) => first >> (16 - bits) === base >> (16 - bits));
}

const hex = (digits: string | undefined) => Number.parseInt(digits || '0', 16);

function isLocalIPv4(host: string): boolean {
  return isIPv4(host) && isLocalNumber(numberOf(host));
}

/** Of a URL's host name, which has numbers in their one usual form. */
export function isIPv4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

function isLocalNumber(address: number): boolean {
  return LOCAL_IPV4.some(([base, bits]) => address >>> (32 - bits) === numberOf(base) >>> (32 - bits));
}

function numberOf(ipv4: string): number {
  return ipv4.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
