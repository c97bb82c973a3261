/** What holds for every route of the simulator: its limits, its headers, its refusals, and who may call. */
import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { ApiError, sendApiError, toApiError } from './api-error.ts';

/** Genesys Cloud's limit on a request, in bytes. */
const MAX_BODY_BYTES = 512_000;

/** A server without routes that logs nothing. It answers only to its loopback names, with the port it listens on. */
export function createServer(): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // The request's id is Genesys's correlation id.
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => {
      reply.header('inin-correlation-id', request.id);
      sendApiError(reply, toApiError(error));
    },
  });
  server.removeAllContentTypeParsers();

  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'inin-correlation-id': request.id, 'x-content-type-options': 'nosniff' });
    // DNS rebinding: a web page can give its own name our address, but not our name.
    if (!isOwnName(request.headers.host, request.socket.localPort)) {
      throw new ApiError(421, 'The Host header does not name this simulator');
    }
  });
  server.setNotFoundHandler(() => {
    throw new ApiError(404, 'The requested resource was not found');
  });
  server.setErrorHandler((thrown, _request, reply) => {
    const error = toApiError(thrown);
    if (error.status === 401) reply.header('www-authenticate', 'Bearer');
    return sendApiError(reply, error);
  });
  return server;
}

function isOwnName(host: string | undefined, port: number | undefined): boolean {
  const names = ['127.0.0.1', 'localhost'];
  const own = names.map((name) => `${name}:${port}`);
  // A client leaves out the port that http has anyway.
  return (port === 80 ? [...own, ...names] : own).includes(host?.toLowerCase() ?? '');
}
