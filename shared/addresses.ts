/** Which addresses are anyone's on the internet, and which mean something only inside a machine or a network. */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Of IPv6 only this is given out, without the block of which a part is for documents (RFC 9637). */
const GLOBAL = ipaddr.IPv6.parse('2000::');
/** The other block of that name (RFC 8215) is for use within networks. */
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');
const DOCUMENTS = ipaddr.IPv6.parse('3fff::');

/**
 * Whether an IPv4 or IPv6 address, in any spelling, is public: of no special purpose in the IANA registries (RFC 6890). Of
 * NAT64 the IPv4 address in it is.
 */
export function isPublicAddress(text: string): boolean {
  // As the URL standard writes it, which knows every spelling.
  const host = URL.parse(`http://${text.includes(':') ? `[${text}]` : text}/`)?.hostname ?? '';
  const address = addressIn(host.replace(/[[\]]/g, ''));
  if (!address) return false;
  const isUnicast = address.range() === 'unicast';
  if (address instanceof ipaddr.IPv4) return isUnicast;
  if (address.match(NAT64, 96)) return new ipaddr.IPv4(address.toByteArray().slice(12)).range() === 'unicast';
  return isUnicast && address.match(GLOBAL, 3) && !address.match(DOCUMENTS, 16);
}

/** Whether `entry` is an address, a range of addresses (`10.0.0.0/8`), or the name of a host, in the one way to write it. */
export function isAllowEntry(entry: string): boolean {
  const [base = '', size, ...more] = entry.split('/');
  const address = addressIn(base);
  if (!address) return isHostName(entry);
  const most = address.toByteArray().length * 8;
  return more.length === 0 && (size === undefined || (/^\d{1,3}$/.test(size) && Number(size) <= most));
}

/** Whether entries allow a call to `host` at `address`: they name the host, or the address, or a range that has it. */
export function isAllowed(entries: readonly string[], host: string, address: string): boolean {
  const called = addressIn(address.replace(/[[\]]/g, ''));
  return entries.some((entry) => {
    const [text = '', size] = entry.split('/');
    const base = addressIn(text);
    if (!base) return entry.toLowerCase() === host.toLowerCase().replace(/\.$/, '');
    if (called?.kind() !== base.kind()) return false;
    return called.match([base, size === undefined ? base.toByteArray().length * 8 : Number(size)]);
  });
}

function isHostName(text: string): boolean {
  const host = text.toLowerCase();
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) && URL.parse(`http://${host}/`)?.hostname === host;
}

/** IPv4 as four numbers, IPv6 without a zone; undefined for anything else. */
function addressIn(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return !text.includes('%') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}
