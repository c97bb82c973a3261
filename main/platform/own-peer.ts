/** Who has opened the other end of a connection of this machine. */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import ipaddr from 'ipaddr.js';

const ESTABLISHED = '01';
/** The administrator can do all that the user can; what relays connections into a container or a WSL runs as root too. */
const ROOT = 0;

/** Whether the system tells whose a connection is. */
export const TELLS_USERS = process.platform === 'linux';

/** What `isOwnPeer` needs of a socket. */
export interface Ends {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** Whose a connection is never changes, and the system walks all its connections to say it: ten milliseconds and more. */
const told = new WeakMap<Ends, boolean>();

/**
 * Whether this user (or root) has opened it; undefined where the system does not tell, which only Linux does. No entry
 * in the system's tables means no. Asked once for each connection.
 */
export function isOwnPeer(connection: Ends): boolean | undefined {
  if (!TELLS_USERS) return undefined;
  const isOwn = told.get(connection) ?? lookUp(connection);
  told.set(connection, isOwn);
  return isOwn;
}

function lookUp({ remoteAddress, remotePort, localAddress, localPort }: Ends): boolean {
  // The peer's socket has our ends the other way round.
  const [local, remote] = [endsOf(remoteAddress, remotePort), endsOf(localAddress, localPort)];
  const peer = listSockets().find(
    (socket) => socket.state === ESTABLISHED && local.has(socket.local) && remote.has(socket.remote),
  );
  return peer !== undefined && (peer.uid === process.getuid?.() || peer.uid === ROOT);
}

interface TcpSocket {
  /** As the tables write it: address and port in hexadecimal. */
  readonly local: string;
  readonly remote: string;
  readonly state: string | undefined;
  readonly uid: number;
}

/** All sockets of TCP that Linux knows; a table is read when its first one is asked for. */
export function listSockets(): IteratorObject<TcpSocket> {
  return Iterator.from(['tcp', 'tcp6'])
    .flatMap((table) => linesOf(`/proc/net/${table}`))
    .map((line) => {
      const [, local = '', remote = '', state, , , , uid] = line.trim().split(/\s+/);
      return { local, remote, state, uid: Number(uid) };
    });
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1);
  } catch {
    // No IPv6 here.
    return [];
  }
}

/** How the tables write a port. */
export function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** How the tables write an address: words in the machine's order; one of IPv4 also as IPv6 maps it. */
function endsOf(address = '', port = 0): ReadonlySet<string> {
  if (!ipaddr.isValid(address)) return new Set();
  const plain = ipaddr.process(address);
  const all = plain instanceof ipaddr.IPv4 ? [plain, plain.toIPv4MappedAddress()] : [plain];
  return new Set(all.map((one) => `${wordsOf(one.toByteArray())}:${hexPort(port)}`));
}

function wordsOf(bytes: readonly number[]): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, word) => bytes.slice(word * 4, word * 4 + 4));
  const ordered = endianness() === 'LE' ? words.map((word) => word.reverse()) : words;
  return Buffer.from(ordered.flat()).toString('hex').toUpperCase();
}
