/** Connects to public addresses, and to others that are allowed: each name is looked up and checked anew, and what was checked is what is called. */
import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isAllowed, isPublicAddress } from '../../shared/addresses.ts';
import { LOOPBACK_HOSTS } from '../../shared/urls.ts';

const CONNECT_TIMEOUT_MS = 5000;

/** Finds all addresses of a name; node:dns, unless a test has its own. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

const resolveBySystem: Resolve = (hostname, callback) => lookup(hostname, { all: true }, callback);

/** Where a call must not go. */
class AddressBlocked extends Error {
  override readonly name = 'AddressBlocked';
  readonly code = 'ADDRESS_BLOCKED';
}

/** The addresses, ranges and hosts inside of a network that may be called under this name. */
export type AllowedFor = (hostname: string) => readonly string[];

/** Whoever has written `localhost` or its addresses themselves means this machine. */
export function createPublicConnector(
  resolve = resolveBySystem,
  allowedFor: AllowedFor = () => [],
): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: lookupPublic(resolve, allowedFor) });
  return (options, callback) => {
    const host = options.hostname;
    const address = host.replace(/^\[|\]$/g, '');
    const mayBeCalled =
      isIP(address) === 0 ||
      LOOPBACK_HOSTS.has(host) ||
      isPublicAddress(address) ||
      isAllowed(allowedFor(host), host, address);
    if (mayBeCalled) return connect(options, callback);
    callback(new AddressBlocked(address), null);
  };
}

/** A lookup for node:net that gives the addresses which may be called, and fails where there is none. */
export function lookupPublic(resolve: Resolve, allowedFor: AllowedFor = () => []): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, found) => {
      if (error) return callback(error, '');
      const allow = allowedFor(hostname);
      const isOpen = LOOPBACK_HOSTS.has(hostname)
        ? isLoopback
        : (address: string) => isPublicAddress(address) || isAllowed(allow, hostname, address);
      const [first, ...others] = found.filter(({ address }) => isOpen(address));
      if (!first) callback(new AddressBlocked(hostname), '');
      else if (options.all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}

const isLoopback = (address: string) => LOOPBACK_HOSTS.has(address) || address === '::1';
