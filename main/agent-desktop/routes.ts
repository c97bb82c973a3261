/** The agent desktop over HTTP: its page by a one-time link, its live pops, and the sample customer page. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { Shown } from '../../shared/desktop.ts';
import { readJson } from '../../shared/read-json.ts';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { openEventStream } from '../platform/event-stream.ts';
import { isOwnPeer } from '../platform/own-peer.ts';
import { sessionPage } from '../platform/session-page.ts';
import type { Sessions } from '../platform/sessions.ts';
import type { StaticFile } from '../platform/static-files.ts';
import type { AgentDesktop } from './agent-desktop.ts';

/** Where the pages are: below here the agent desktop, there the customer page. */
const DESKTOP_PATH = '/desktop';
export const CUSTOMER_PATH = '/customer/';

/** A stream that has not taken so much, in bytes, is ended: its first event alone may be over a megabyte. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const MAX_REPORT_BYTES = 1024;

const shownSchema: z.ZodType<Shown> = z.strictObject({
  page: z.string().max(64),
  pop: z.string().max(64),
  isFocused: z.boolean(),
});

const HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Any page may be in its frame: which ones is what poptray checks before. */
const DESKTOP_CSP = `${PAGE_CSP}; connect-src 'self'; frame-src http: https:; frame-ancestors 'none'`;

/** An origin of its own, which has nothing of the desktop's. */
const CUSTOMER_CSP = `${PAGE_CSP}; frame-ancestors 'self'; sandbox allow-scripts`;

const NOT_BUILT =
  '<!doctype html><meta charset="utf-8"><title>poptray</title><h1>The pages were not built</h1><p><code>npm run build</code> builds them.</p>';

export interface DesktopRoutesDeps {
  readonly desktop: AgentDesktop;
  readonly sessions: Sessions;
  /** What `npm run build` made of renderer/. */
  readonly files: ReadonlyMap<string, StaticFile>;
}

/** The path of a new one-time link. */
export function desktopLink(sessions: Pick<Sessions, 'newCode'>): string {
  return `${DESKTOP_PATH}/open?code=${sessions.newCode()}`;
}

/** The routes as a fastify plugin, for a server that answers to its own loopback names alone. */
export function desktopRoutes({
  desktop,
  sessions,
  files,
}: DesktopRoutesDeps): (scope: FastifyInstance) => Promise<void> {
  const page = (reply: FastifyReply, file: string, csp: string, status = 200) => {
    const found = files.get(file);
    reply.headers(HEADERS).header('content-security-policy', csp).type('text/html; charset=utf-8');
    return found ? reply.code(status).send(found.body) : reply.code(503).send(NOT_BUILT);
  };

  return async (scope) => {
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: MAX_REPORT_BYTES },
      async (_: unknown, body: Buffer) => body,
    );

    scope.get(DESKTOP_PATH, (_request, reply) => reply.redirect(`${DESKTOP_PATH}/`, 308));
    scope.get(`${DESKTOP_PATH}/`, (_request, reply) => page(reply, 'desktop/index.html', DESKTOP_CSP));

    scope.get<{ Querystring: { code?: unknown } }>(`${DESKTOP_PATH}/open`, (request, reply) => {
      if (!isPersonsOwn(request)) return notFound(reply);
      // A browser that loads ahead has nobody before it yet.
      if (request.headers['sec-purpose'] !== undefined) return reply.code(204).send();
      const opened = sessions.redeem(String(request.query.code ?? ''), '');
      // Another tab of this browser may have the session, and share it.
      if (!opened) return page(reply, 'desktop/index.html', DESKTOP_CSP, 401);
      const { csp, body } = sessionPage('agent desktop', opened.secret);
      return reply
        .headers(HEADERS)
        .header('content-security-policy', csp)
        .type('text/html; charset=utf-8')
        .send(body);
    });

    scope.get(`${DESKTOP_PATH}/api/events`, (request, reply) => {
      const session = sessionOf(request);
      if (session === undefined) return refused(reply);
      reply.hijack();
      const stream = openEventStream(request.raw, reply.raw, HEADERS, MAX_WAITING_BYTES);
      const close = desktop.open(stream.send);
      const leave = sessions.attend(session, stream.end);
      stream.onClose(() => {
        leave();
        close();
      });
      return reply;
    });

    scope.post(`${DESKTOP_PATH}/api/shown`, (request, reply) => {
      if (sessionOf(request) === undefined) return refused(reply);
      const shown = shownSchema.safeParse(readBody(request.body));
      if (!shown.success) return reply.headers(HEADERS).code(400).send();
      desktop.hear(shown.data);
      return reply.headers(HEADERS).code(204).send();
    });

    scope.get(CUSTOMER_PATH, (_request, reply) => page(reply, 'customer/index.html', CUSTOMER_CSP));

    // Nothing in them is anybody's; the customer page asks for them from an origin of its own.
    scope.get<{ Params: { '*': string } }>('/assets/*', (request, reply) => {
      const file = files.get(`assets/${request.params['*']}`);
      if (!file) return notFound(reply);
      return reply
        .headers({
          ...HEADERS,
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
        })
        .type(file.type)
        .send(file.body);
    });
  };

  /** Only the desktop's own page has its secret, and only a browser can say that it asks for its own origin. */
  function sessionOf({ headers, socket }: FastifyRequest): string | undefined {
    const { origin, host } = headers;
    if (headers['sec-fetch-site'] !== 'same-origin') return undefined;
    if (origin !== undefined && origin !== `http://${host}`) return undefined;
    if (isOwnPeer(socket) === false) return undefined;
    const secret = headers[SESSION_HEADER];
    return typeof secret === 'string' ? sessions.find(secret) : undefined;
  }
}

/** Whether this user's browser opens it as a page, as a link does: no frame, no script, no other user of the machine. */
function isPersonsOwn({ headers, socket }: FastifyRequest): boolean {
  const dest = headers['sec-fetch-dest'] ?? 'document';
  // A link works once: whoever else could use it up would lock its owner out.
  return dest === 'document' && isOwnPeer(socket) !== false;
}

function readBody(body: unknown): unknown {
  try {
    return readJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
  } catch {
    return undefined;
  }
}

function notFound(reply: FastifyReply): FastifyReply {
  return reply.headers(HEADERS).code(404).send();
}

function refused(reply: FastifyReply): FastifyReply {
  return reply.headers(HEADERS).code(401).send();
}
