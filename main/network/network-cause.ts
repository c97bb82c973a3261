/** Which cause of the table a call has failed for, by what Node, OpenSSL and undici say of it. */
import { type Cause, causeOf, makeCause } from '../../shared/causes.ts';
import type { NamedProxy } from './proxies.ts';

/** Whom a failed call was for. */
export interface Called {
  /** With its port, where that is not the usual one. */
  readonly host: string;
  /** The proxy whose connection has failed. */
  readonly proxy?: NamedProxy | undefined;
  readonly certificate?: SeenCertificate | undefined;
}

/** What a server has shown, whoever has issued it. */
export interface SeenCertificate {
  /** The last of the chain that was sent has this issuer. */
  readonly issuer: string;
  readonly names: string;
  readonly from: string;
  readonly until: string;
  /** What this machine’s clock said then. */
  readonly now: string;
}

/** A connection that did not come about; `code` is Node’s own, or undici’s where the proxy is at fault. */
export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure';
  readonly because: Cause;
  readonly code: string;
  constructor(because: Cause, code: string, cause?: unknown) {
    super(`no connection: ${because.code}`, { cause });
    this.because = because;
    this.code = code;
  }
}

/** The cause in its own words; one that was found already stays. */
export function networkCause(error: unknown, called: Called): Cause {
  return causeOf(error) ?? causeByCode(codeIn(error), called);
}

/** Node's, OpenSSL's or undici's; of several addresses that were tried, that of the first. */
export function codeIn(error: unknown): string {
  const { code, cause, errors, name } = (error ?? {}) as {
    code?: unknown;
    cause?: unknown;
    errors?: unknown[];
    name?: string;
  };
  if (typeof code === 'string') return code;
  const deeper = errors?.[0] ?? cause;
  return deeper === undefined ? (name ?? 'unknown') : codeIn(deeper);
}

const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

/** Whether it is a verdict on a certificate, OpenSSL's or Node's own, or another fault of TLS. */
export function isTlsCode(code: string): boolean {
  return TLS.test(code);
}

const UNKNOWN_ISSUER = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);
const NO_ANSWER = new Set(['EAI_AGAIN', 'EAI_FAIL', 'ESERVFAIL', 'ETIMEOUT']);
const LATE = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'TIMEOUT',
  'AbortError',
  'TimeoutError',
]);
const NO_ROUTE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL']);
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET', 'UND_ERR_ABORTED']);

function causeByCode(code: string, called: Called): Cause {
  const { host, proxy } = called;
  if (proxy) {
    const about = { proxy: new URL(proxy.url).host, via: proxy.via };
    if (code === 'ENOTFOUND' || NO_ANSWER.has(code)) return makeCause('proxy_unknown_name', about);
    if (code === 'ECONNREFUSED') return makeCause('proxy_refused', about);
    if (LATE.has(code) || NO_ROUTE.has(code)) return makeCause('proxy_timed_out', about);
    return causeByCode(code, { ...called, host: `the proxy ${about.proxy}`, proxy: undefined });
  }
  if (code === 'ENOTFOUND') return makeCause('dns_unknown_name', { host: withoutPort(host) });
  if (NO_ANSWER.has(code)) return makeCause('dns_no_answer', { host: withoutPort(host) });
  if (code === 'ECONNREFUSED') return makeCause('refused', { host });
  if (LATE.has(code)) return makeCause('timed_out', { host });
  if (NO_ROUTE.has(code)) return makeCause('no_route', { host });
  if (CUT.has(code)) return makeCause('connection_lost', { host });
  if (code === 'ADDRESS_BLOCKED') return makeCause('address_blocked', { host });
  return certificateCause(code, called) ?? makeCause('not_understood', { host, code });
}

const UNSEEN: SeenCertificate = {
  issuer: 'an authority that was not said',
  names: 'another host',
  from: 'a later day',
  until: 'an earlier day',
  now: 'another time',
};

function certificateCause(code: string, { host, certificate = UNSEEN }: Called): Cause | undefined {
  const { issuer, names, from, until, now } = certificate;
  if (UNKNOWN_ISSUER.has(code)) return makeCause('certificate_unknown_issuer', { host, issuer });
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    return makeCause('certificate_incomplete', { host, issuer });
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') return makeCause('certificate_self_signed', { host, issuer });
  if (code === 'CERT_HAS_EXPIRED') return makeCause('certificate_expired', { host, issuer, until, now });
  if (code === 'CERT_NOT_YET_VALID')
    return makeCause('certificate_not_yet_valid', { host, issuer, from, now });
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return makeCause('certificate_other_host', { host, names, issuer });
  return isTlsCode(code) ? makeCause('tls_failed', { host, code }) : undefined;
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
