/** NO_PROXY: the hosts that are called directly. */
import ipaddr from 'ipaddr.js';

export interface NoProxy {
  /** Whether calls to this origin go directly. */
  exempts(origin: string): boolean;
  /** Entries that mean nothing, as they were written. */
  readonly unknown: readonly string[];
}

interface Target {
  readonly host: string;
  readonly port: string;
  /** When the host is an address; one of IPv4 in its own form, however it is written. */
  readonly address: ipaddr.IPv4 | ipaddr.IPv6 | undefined;
}

type Rule = (target: Target) => boolean;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
/** A host or a bracketed address, and a port where there is one. */
const ENTRY = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;
const HOST = /^(\*?\.)?[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.?$/u;

/**
 * Reads a list with commas or blanks between: hosts with all below them, with or without `.` or `*.` before them; addresses;
 * ranges such as `10.0.0.0/8`, for calls to addresses; each with `:port` if only that is meant; `*` for all. Names are not looked up.
 */
export function parseNoProxy(text: string): NoProxy {
  const entries = text.split(/[\s,]+/).filter(Boolean);
  const rules = entries.map((entry) => [entry, ruleOf(entry)] as const);
  return {
    exempts(origin) {
      const target = targetOf(origin);
      return rules.some(([, rule]) => rule?.(target));
    },
    unknown: rules.flatMap(([entry, rule]) => (rule ? [] : [entry])),
  };
}

function targetOf(origin: string): Target {
  const { protocol, hostname, port } = new URL(origin);
  const host = bare(hostname);
  return { host, port: port || (DEFAULT_PORTS[protocol] ?? ''), address: addressIn(host) };
}

/** Undefined when it means nothing. */
function ruleOf(entry: string): Rule | undefined {
  if (entry === '*') return () => true;
  if (entry.includes('/')) return rangeRule(entry);
  // An address of IPv6 alone has colons of its own.
  const [, written = '', port] = addressIn(entry) ? [entry, entry] : (ENTRY.exec(entry) ?? []);
  const isMeant = (target: Target) => port === undefined || target.port === port;
  const host = bare(written);
  const address = addressIn(host);
  if (address) {
    const text = address.toString();
    return (target) => isMeant(target) && target.address?.toString() === text;
  }
  if (!HOST.test(written)) return undefined;
  const name = URL.parse(`http://${host.replace(/^\*?\./, '')}`)?.hostname;
  if (name === undefined) return undefined;
  return (target) => isMeant(target) && (target.host === name || target.host.endsWith(`.${name}`));
}

function rangeRule(entry: string): Rule | undefined {
  if (!ipaddr.isValidCIDR(entry)) return undefined;
  const [base, bits] = ipaddr.parseCIDR(entry);
  return ({ address }) => {
    if (!address) return false;
    if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
    return base instanceof ipaddr.IPv6 && address.match(base, bits);
  };
}

function bare(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function addressIn(host: string): Target['address'] {
  return ipaddr.isValid(host) ? ipaddr.process(host) : undefined;
}
