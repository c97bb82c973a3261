/** Which addresses are anyone's on the internet, and which mean something only inside a machine or a network. */

/** IPv4 blocks that are not public: the IANA special-purpose registry (RFC 6890), multicast and class E. */
const NOT_PUBLIC: readonly (readonly [base: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/**
 * Whether an IPv4 or IPv6 address is public. Of IPv6 that is global unicast, 2000::/3, without what is for documents or
 * carries an IPv4 address in it (Teredo, 6to4); and NAT64 for an IPv4 address that is public.
 */
export function isPublicAddress(address: string): boolean {
  // As the URL standard writes it, which knows every spelling.
  const host = URL.parse(`http://${address.includes(':') ? `[${address}]` : address}/`)?.hostname ?? '';
  if (/^[\d.]+$/.test(host)) return isPublicNumber(numberOf(host));
  const groups = groupsOf(host);
  if (groups === undefined) return false;
  const [first = 0, second = 0] = groups;
  if (host.startsWith('[64:ff9b::') && groups.slice(2, 6).every((group) => group === 0)) {
    return isPublicNumber((groups[6] ?? 0) * 2 ** 16 + (groups[7] ?? 0));
  }
  const isGlobal = first >> 13 === 1;
  const isCarrier = first === 0x2002 || (first === 0x2001 && (second < 0x200 || second === 0xdb8));
  return isGlobal && !isCarrier && first < 0x3fff;
}

function isPublicNumber(value: number): boolean {
  return !NOT_PUBLIC.some(([base, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(value / size) === Math.floor(numberOf(base) / size);
  });
}

function numberOf(dotted: string): number {
  return dotted.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

/** The eight groups of a bracketed IPv6 address as a URL has it; undefined for anything else. */
function groupsOf(host: string): number[] | undefined {
  if (!host.startsWith('[')) return undefined;
  const [head = '', tail = ''] = host.slice(1, -1).split('::');
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [
    string[],
    string[],
  ];
  const zeros = Array(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

/** Whether `entry` is an address, a range of addresses (`10.0.0.0/8`), or the name of a host, in the one way to write it. */
export function isAllowEntry(entry: string): boolean {
  const [address = '', size, ...more] = entry.split('/');
  const bits = bitsOf(address);
  if (bits === undefined) return isHostName(entry);
  return more.length === 0 && (size === undefined || (/^\d{1,3}$/.test(size) && Number(size) <= bits.length));
}

/** Whether entries allow a call to `host` at `address`: they name the host, or the address, or a range that has it. */
export function isAllowed(entries: readonly string[], host: string, address: string): boolean {
  const bits = bitsOf(address.replace(/[[\]]/g, ''));
  return entries.some((entry) => {
    const [base = '', size] = entry.split('/');
    const own = bitsOf(base);
    if (own === undefined) return entry.toLowerCase() === host.toLowerCase().replace(/\.$/, '');
    return (
      bits?.length === own.length &&
      bits.startsWith(own.slice(0, size === undefined ? own.length : Number(size)))
    );
  });
}

function isHostName(text: string): boolean {
  const host = text.toLowerCase();
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) && URL.parse(`http://${host}/`)?.hostname === host;
}

/** The 32 or 128 bits of an address as text; undefined for what is none, or an IPv4 one not written as four numbers. */
function bitsOf(address: string): string | undefined {
  if (address.includes(':')) {
    const host = URL.parse(`http://[${address}]/`)?.hostname ?? '';
    return groupsOf(host)
      ?.map((group) => group.toString(2).padStart(16, '0'))
      .join('');
  }
  if (!/^[\d.]+$/.test(address) || URL.parse(`http://${address}/`)?.hostname !== address) return undefined;
  return numberOf(address).toString(2).padStart(32, '0');
}
