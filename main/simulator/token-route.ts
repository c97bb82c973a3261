/** `POST /oauth/token`: the client-credentials grant (RFC 6749 §4.4) with HTTP Basic. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answer } from './answer.ts';
import { ApiError, sendApiError, toApiError } from './api-error.ts';
import { equalSecrets } from './equal-secrets.ts';
import type { FaultScript } from './fault-script.ts';
import type { Tokens } from './tokens.ts';

/** The RFC's names (§5.2, §4.1.2.1) of the refusals that a fault can bring. */
const OAUTH_CODES: Readonly<Record<number, string>> = { 401: 'invalid_client', 403: 'access_denied' };

export interface TokenDeps {
  readonly tokens: Tokens;
  readonly faults: FaultScript;
  readonly wait: (ms: number) => Promise<void>;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly lifetimeSeconds: number;
  readonly latencyMs: number;
  /** Called for every call, also for those that are refused. */
  readonly onCall: () => void;
}

/** The route as a fastify plugin. */
export function tokenRoute(deps: TokenDeps): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      deps.onCall();
      reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    });
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      async (_: unknown, body: string) => body,
    );
    scope.setErrorHandler((thrown, _request, reply) => {
      const error = toApiError(thrown);
      if (![400, 401, 403].includes(error.status)) return sendApiError(reply, error);
      if (error.status === 401) reply.header('www-authenticate', 'Basic realm="simulator", charset="UTF-8"');
      const code = OAUTH_CODES[error.status] ?? error.code;
      return reply.code(error.status).send({ error: code, error_description: error.message });
    });

    scope.post('/oauth/token', async (request, reply) => {
      checkClient(request, deps);
      checkGrant(request);
      const fault = deps.faults.take('token');
      if (deps.latencyMs > 0) await deps.wait(deps.latencyMs);
      const effect = () => ({
        status: 200,
        body: { access_token: deps.tokens.issue(), token_type: 'bearer', expires_in: deps.lifetimeSeconds },
      });
      return answer(reply, { fault, effect, wait: deps.wait });
    });
  };
}

/** Id and secret as they are: Genesys Cloud does not percent-encode them before base64. */
function checkClient({ headers }: FastifyRequest, { clientId, clientSecret }: TokenDeps): void {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  // One comparison for both, so that nothing tells which of them was wrong.
  if (!equalSecrets(Buffer.from(encoded, 'base64').toString('utf8'), `${clientId}:${clientSecret}`)) {
    throw new ApiError(401, 'Client id or client secret is missing or wrong', { code: 'invalid_client' });
  }
}

function checkGrant({ body }: FastifyRequest): void {
  const form = new URLSearchParams(typeof body === 'string' ? body : '');
  const names = [...form.keys()];
  if (new Set(names).size !== names.length) {
    throw new ApiError(400, 'A parameter is there twice', { code: 'invalid_request' });
  }
  const grant = form.get('grant_type') ?? '';
  if (grant === '') throw new ApiError(400, 'grant_type is missing', { code: 'invalid_request' });
  if (grant !== 'client_credentials') {
    throw new ApiError(400, 'Only client_credentials is supported', { code: 'unsupported_grant_type' });
  }
}
