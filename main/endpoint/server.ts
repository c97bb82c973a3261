/** The loopback endpoint: Fastify behind the guard, on 127.0.0.1 and, where there is IPv6, on ::1. */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import Fastify, { type FastifyReply, type FastifyRequest, type RawServerDefault } from 'fastify';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { type ErrorCode, errorTable, PopError, problemOf } from '../pipeline/errors.ts';
import type { AuditLog, Clock } from '../pipeline/ports.ts';
import { createConnections } from './connections.ts';
import { createGuard, type GuardOptions, MAX_BODY_BYTES } from './guard.ts';
import { createHttpServer, LIMITS, type Limits } from './http-server.ts';
import { type Listening, listenOnLoopback } from './listen.ts';
import { addOpenedPageRoutes, type OpenedPageDeps } from './opened-page-routes.ts';
import { parseJson } from './parse-trigger.ts';
import { createRefusals } from './refusals.ts';
import { addRoutes, type RouteDeps, TRIGGER_PATH } from './routes.ts';
import { addUiRoutes, type UiDeps } from './ui.ts';
import { asPopError, SECURITY_HEADERS } from './unforeseen.ts';
import { namesIn } from './wrong-members.ts';

/** After these there is nothing on the connection worth reading. */
const CLOSING: ReadonlySet<ErrorCode> = new Set(['bad_request', 'header_too_large', 'too_large']);

declare module 'fastify' {
  interface FastifyRequest {
    trigger: Trigger | undefined;
  }
}

export interface EndpointOptions
  extends RouteDeps,
    UiDeps,
    OpenedPageDeps,
    Omit<GuardOptions, 'port' | 'methodsOf'> {
  /** 0: any free one. */
  readonly port: number;
  /** Whether any other will do where that one cannot be had. */
  readonly isPortFree?: boolean | undefined;
  readonly clock: Clock;
  readonly audit: AuditLog;
  /** Hears of faults that are poptray's own. */
  readonly onFault: (error: unknown) => void;
  readonly limits?: Partial<Limits>;
}

export interface Endpoint extends Listening {
  /** Closes the port at once and resolves when every request under way has been answered. */
  stop(): Promise<void>;
}

/** Listens; throws PortTaken. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { clock, audit, onFault } = options;
  const refusals = createRefusals(audit, clock);
  const limits = { ...LIMITS, ...options.limits };
  const connections = createConnections(clock);
  const servers: Server[] = [];
  const answeredRaw = new WeakSet<Duplex>();
  let port = options.port;

  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: false },
    frameworkErrors: (error, request, reply) => {
      try {
        guard.checkCaller(request.raw);
        refuse(error, request, reply);
      } catch (refused) {
        refuse(refused, request, reply);
      }
    },
    // The servers see to it themselves.
    clientErrorHandler: () => {},
    serverFactory: (handler) => {
      servers.push(...[1, 2].map(() => createHttpServer(limits, handler, onRawFault, connections)));
      return servers[0] as RawServerDefault;
    },
  });
  const known = () => namesIn(options.settings());
  const guard = createGuard({
    ...options,
    port: () => port,
    methodsOf: (path) => methods.get(path) ?? [],
  });
  // Asked by what strangers send, which the router would take for a pattern.
  const methods = new Map<string, string[]>();
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()]);
  });

  app.decorateRequest('client', null);
  app.decorateRequest('session', null);
  app.decorateRequest('trigger', undefined);
  app.decorateRequest('receivedAt', 0);
  app.addHook('onRequest', async (request, reply) => {
    request.receivedAt = clock.monotonic();
    reply.headers(SECURITY_HEADERS);
    const answered = await guard.check(request, reply).finally(() => {
      if (request.client !== null) connections.trust(request.raw.socket);
    });
    // Nothing of the body was asked for until now: it only matters if the request may be made.
    if (/^100-continue$/i.test(request.headers.expect ?? '')) reply.raw.writeContinue();
    return answered;
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseJson(body, known()),
  );
  app.setErrorHandler(refuse);
  app.setNotFoundHandler(() => {
    throw new PopError('not_found', 'no such path');
  });
  addRoutes(app, options, known);
  addOpenedPageRoutes(app, options);
  const ui = addUiRoutes(app, options, () => port);

  await app.ready();
  const listening = await listenOnLoopback(servers as [Server, Server], port, options.isPortFree);
  port = listening.port;

  return {
    ...listening,
    async stop() {
      const open = servers.filter((server) => server.listening);
      const ended = Promise.all(open.map((server) => promisify(server.close.bind(server))()));
      ui.close();
      connections.drain(limits.requestTimeout);
      await ended;
      await app.close();
      await refusals.settle();
    },
  };

  function onRawFault(code: ErrorCode, socket: Duplex): void {
    answeredRaw.add(socket);
    void refusals.record({ code, message: '', details: {} }, {}, null);
  }

  function refuse(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    // The body came too slowly or not at all, and the caller has been told.
    if (!request.raw.complete && answeredRaw.has(request.raw.socket)) return;
    const error = asPopError(thrown);
    if (error.code === 'internal') onFault(thrown);
    const { status } = errorTable[error.code];
    const { retryAfterMs, popId } = error.details;
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)));
    if (CLOSING.has(error.code)) reply.header('connection', 'close');
    reply
      .headers({ ...SECURITY_HEADERS, 'content-type': 'application/problem+json; charset=utf-8' })
      .code(status);
    const answer = () => reply.send(JSON.stringify(problemOf(error)));
    // A page whose session has ended does no harm, and people leave such pages open.
    const isEndedSession = error.code === 'unauthorized' && request.headers[SESSION_HEADER] !== undefined;
    // With a popId the pipeline has recorded it.
    if (popId !== undefined || (isEndedSession && request.routeOptions?.config.isSession)) {
      answer();
      return;
    }
    const { trigger, client } = request;
    const receivedAt = request.receivedAt || clock.monotonic();
    const facts = {
      client: client ?? null,
      userId: trigger?.userId ?? null,
      idempotencyKey: trigger?.idempotencyKey ?? null,
      endpoint: request.routeOptions?.url === TRIGGER_PATH ? TRIGGER_PATH : null,
    };
    const latencyMs = Math.round((clock.monotonic() - receivedAt) * 1000) / 1000;
    void refusals.record(error, facts, latencyMs).then(answer);
  }
}
