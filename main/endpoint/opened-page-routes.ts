/** The one-time pages over HTTP: for a browser that this user has started, and for nobody else. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { PopError } from '../pipeline/errors.ts';
import type { HtmlPage } from '../platform/session-page.ts';
import { closedPage, openingPage } from './opened-page.ts';
import type { OpenedPages } from './opened-pages.ts';
import { parseFields } from './parse-trigger.ts';

export interface OpenedPageDeps {
  readonly openedPages: Pick<OpenedPages, 'fetch' | 'isShown' | 'contest' | 'report'>;
  /** Whether this user has opened the other end; undefined where the system does not tell. */
  readonly isOwnPeer: (socket: Socket) => boolean | undefined;
}

const reportSchema = z.strictObject({ secret: z.string().max(64), isFocused: z.boolean() });

interface OfPage {
  Params: { id: string };
}

export function addOpenedPageRoutes(app: FastifyInstance, { openedPages, isOwnPeer }: OpenedPageDeps): void {
  const open = { config: { isOpen: true }, exposeHeadRoute: false };

  app.get<OfPage>('/pop/:id', open, (request, reply) => {
    demandOwnUser(request);
    const { id } = request.params;
    if (!isNavigation(request.headers)) throw nothingHere();
    const fetched = openedPages.fetch(id);
    if (fetched) return send(reply, openingPage(fetched.secret));
    const isShown = openedPages.isShown(id);
    return send(reply.code(isShown ? 410 : 404), closedPage(isShown ? 'elsewhere' : 'over'));
  });

  app.post<OfPage>('/pop/:id/shown', open, (request) => {
    demandOwnUser(request);
    const { secret, isFocused } = parseFields(reportSchema, request.body);
    return openedPages.report(request.params.id, secret, { isFocused });
  });

  /** The address stood in the arguments of a program, which any user can read. */
  function demandOwnUser({ raw, params }: FastifyRequest<OfPage>): void {
    if (isOwnPeer(raw.socket) !== false) return;
    throw openedPages.contest(params.id) ? nothingHere('other_user') : nothingHere();
  }
}

function nothingHere(loggedAs?: 'other_user'): PopError {
  return new PopError('not_found', 'no such path', loggedAs && { loggedAs });
}

/** Whether a browser was told by its user or the system to go there; what says nothing of itself is an old browser. */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  const is = (name: string, value: string) => headers[name] === undefined || headers[name] === value;
  return (
    is('sec-fetch-site', 'none') &&
    is('sec-fetch-mode', 'navigate') &&
    is('sec-fetch-dest', 'document') &&
    // A browser that loads ahead has nobody before it yet.
    headers['sec-purpose'] === undefined
  );
}

/**
 * Without a group of windows of its own: nobody holds this one, because no page is let open it, and a change of groups
 * would have the browser take its time over the target.
 */
function send(reply: FastifyReply, { csp, body }: HtmlPage): FastifyReply {
  return reply
    .headers({
      'content-security-policy': csp,
      'cross-origin-opener-policy': 'unsafe-none',
      'referrer-policy': 'no-referrer',
    })
    .type('text/html; charset=utf-8')
    .send(body);
}
