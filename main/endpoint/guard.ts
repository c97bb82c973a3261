/** The checks before any route, in this order: Host, origin, method and path, content type, token, rate, length. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import type { Settings } from '../../shared/settings.ts';
import { PopError } from '../pipeline/errors.ts';
import { createPages, type PagesOptions } from './cors.ts';
import { OWNERS } from './local-tokens.ts';

export const MAX_BODY_BYTES = 64 * 1024;
const MAX_HEADERS = 100;
/** Wrong tokens a minute, over all callers, before they get 429. */
const WRONG_TOKENS_PER_MINUTE = 30;
const JSON_TYPE = /^application\/json\s*(?:;\s*(?:charset\s*=\s*("?)([\w-]+)\1\s*;?\s*)?)?$/i;
/** The spellings of https://encoding.spec.whatwg.org/#names-and-labels. */
const UTF8 = /^(?:utf-?8|unicode-1-1-utf-8|unicode(?:11|20)utf8|x-unicode20utf8)$/i;
/** Those that two servers could read differently, were there more than one. */
const SINGLE_HEADERS: ReadonlyMap<string, string> = new Map(
  ['Host', 'Authorization', 'Content-Type', 'Content-Length', 'Transfer-Encoding', 'Origin', 'Expect'].map(
    (name) => [name.toLowerCase(), name],
  ),
);
/** What stands before the path when the request is written as to a proxy. */
const ABSOLUTE_FORM = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route needs no token. */
    isOpen?: boolean;
    /** The route takes the secret of one of the dashboard's sessions instead of a token. */
    isSession?: boolean;
    /** Its calls count against the token's rate. */
    isLimited?: boolean;
    /** For the poptray command alone, or whoever has POPTRAY_TOKEN. */
    isOwner?: boolean;
    /** For whoever has the code of an open pairing. */
    isPairing?: boolean;
  }
  interface FastifyRequest {
    /** On the monotonic clock. */
    receivedAt: number;
    /** The name of the local token, once it was checked. */
    client: string | null;
    /** The id of the dashboard's session, once it was checked. */
    session: string | null;
  }
}

export interface GuardOptions extends PagesOptions {
  /** The client's name for a token. */
  readonly identify: (token: string) => string | undefined;
  /** The id of the dashboard's session that has this secret. */
  readonly findSession: (secret: string) => string | undefined;
  /** Asked for every request. */
  readonly settings: () => Pick<Settings, 'rateLimit' | 'browserOrigins' | 'applications'>;
  /** Whether this user has opened the other end; undefined where the system does not tell. */
  readonly isOwnPeer: (socket: Socket) => boolean | undefined;
  readonly port: () => number;
  /** The methods that a path takes; empty for an unknown path. */
  readonly methodsOf: (path: string) => string[];
}

export interface Guard {
  /** Throws PopError; sets `request.client`. Answers a preflight itself. */
  check(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined>;
  /** The first two checks alone, for requests that no route can be found for. */
  checkCaller(request: IncomingMessage): void;
}

export function createGuard(options: GuardOptions): Guard {
  const { identify, settings, methodsOf } = options;
  const pages = createPages(options);
  const rate = new RateLimiterMemory({ points: 1, duration: 1 });
  const wrongTokens = new RateLimiterMemory({ points: WRONG_TOKENS_PER_MINUTE, duration: 60 });
  let hosts: ReadonlySet<string> | undefined;

  return {
    async check(request, reply) {
      checkCaller(request.raw);
      pages.letRead(request, reply);
      if (isPreflight(request)) return reply.code(204).send();
      checkRoute(request, reply);
      checkContentType(request);
      const { isOpen, isSession, isOwner, isPairing } = request.routeOptions.config;
      if (isPairing) checkPairing(request.raw.socket);
      if (isSession) checkSession(request);
      else if (!isOpen) await checkToken(request, reply);
      if (isOwner && !OWNERS.has(request.client ?? ''))
        throw new PopError('forbidden_client', 'the token is that of a softphone or a page');
      const { rateLimit } = settings();
      if (rateLimit > 0 && request.routeOptions.config.isLimited) {
        rate.points = rateLimit;
        await checkRate(rate, request.client ?? '');
      }
      checkLength(request);
      return undefined;
    },
    checkCaller,
  };

  function checkCaller({ headers, rawHeaders, url = '' }: IncomingMessage): void {
    if (rawHeaders.length > 2 * MAX_HEADERS)
      throw new PopError('header_too_large', 'there are too many headers');
    if (headers.host === undefined) throw new PopError('bad_request', 'there must be one Host header');
    const twice = firstRepeated(rawHeaders);
    if (twice !== undefined) throw new PopError('bad_request', `there must be one ${twice} header`);
    // What a coding before it would unpack to nobody has measured, and other servers may not see it.
    if (!/^chunked$/i.test(headers['transfer-encoding'] ?? 'chunked'))
      throw new PopError('bad_request', 'the Transfer-Encoding may be chunked alone');
    hosts ??= hostsOf(options.port());
    const authority = ABSOLUTE_FORM.test(url) ? URL.parse(url)?.host : headers.host;
    if (!hosts.has(headers.host?.toLowerCase() ?? '') || !hosts.has(authority?.toLowerCase() ?? '')) {
      throw new PopError('misdirected', 'this endpoint answers to loopback names with its own port only');
    }
    if (headers.upgrade !== undefined) throw new PopError('bad_request', 'there is nothing to upgrade to');
    const { origin } = headers;
    const site = headers['sec-fetch-site'];
    const isForeign =
      origin === undefined
        ? site !== undefined && site !== 'same-origin' && site !== 'none'
        : !isOwn(origin) && !pages.mayCall(origin, url);
    if (isForeign)
      throw new PopError('forbidden_origin', 'the request comes from a web page that is not on the list');
  }

  function isOwn(origin: string): boolean {
    return origin.startsWith('http://') && (hosts?.has(origin.slice(7)) ?? false);
  }

  function checkRoute(request: FastifyRequest, reply: FastifyReply): void {
    if (!request.is404) return;
    const methods = methodsOf(request.url.replace(ABSOLUTE_FORM, '').split('?', 1)[0] ?? '');
    if (methods.length === 0) throw new PopError('not_found', 'no such path');
    reply.header('allow', methods.join(', '));
    throw new PopError('method_not_allowed', `the path takes ${methods.join(' and ')}`);
  }

  function checkPairing(socket: Socket): void {
    options.pairing.demandOpen();
    // Their wrong guesses would close it for its owner.
    if (options.isOwnPeer(socket) === false)
      throw new PopError('pairing_refused', 'the request comes from another user of this machine');
  }

  function checkSession(request: FastifyRequest): void {
    const { headers } = request;
    // No page, and no extension, can say of itself that it is of our origin: the browser does.
    if (
      headers['sec-fetch-site'] !== 'same-origin' ||
      (headers.origin !== undefined && !isOwn(headers.origin))
    )
      throw new PopError('forbidden_origin', 'the dashboard answers to its own page alone');
    const secret = headers[SESSION_HEADER];
    const session = typeof secret === 'string' ? options.findSession(secret) : undefined;
    if (session === undefined) {
      throw new PopError(
        'unauthorized',
        'the dashboard has no open session: get a link with "poptray dashboard"',
      );
    }
    request.client = 'dashboard';
    request.session = session;
  }

  async function checkToken(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const token = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const client = token === undefined ? undefined : identify(token);
    if (client !== undefined) {
      request.client = client;
      return;
    }
    if (token !== undefined) await checkRate(wrongTokens, '');
    reply.header('www-authenticate', 'Bearer');
    throw new PopError('unauthorized', 'the Authorization header has no valid local token');
  }
}

/** Which of those comes again: Node would take the first, or join them, and others the last. */
function firstRepeated(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!SINGLE_HEADERS.has(name)) continue;
    if (seen.has(name)) return SINGLE_HEADERS.get(name);
    seen.add(name);
  }
  return undefined;
}

function hostsOf(port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  // A browser leaves the default port out.
  return new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

function checkContentType({ method, headers }: FastifyRequest): void {
  if (method !== 'POST') return;
  const json = JSON_TYPE.exec(headers['content-type'] ?? '');
  if (json && UTF8.test(json[2] ?? 'utf-8')) return;
  throw new PopError('unsupported_media_type', 'the Content-Type must be application/json in UTF-8');
}

function checkLength({ headers }: FastifyRequest): void {
  if (Number(headers['content-length'] ?? 0) <= MAX_BODY_BYTES) return;
  throw new PopError('too_large', `the body is over ${MAX_BODY_BYTES} bytes`);
}

async function checkRate(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (rejected) {
    const { msBeforeNext } = rejected as RateLimiterRes;
    throw new PopError('rate_limited', 'the local limit is reached', { retryAfterMs: msBeforeNext });
  }
}
