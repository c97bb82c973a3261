/** The OAuth 2.0 client-credentials grant (RFC 6749 §4.4), through oauth4webapi. */
import * as oauth from 'oauth4webapi';
import { LOOPBACK_HOSTS } from '../../shared/settings.ts';
import { TokenFailure } from '../pipeline/ports.ts';

const TIMEOUT_MS = 10_000;

/** Assumed when the server does not say, in seconds; it is the shortest lifetime that Genesys Cloud gives. */
const DEFAULT_LIFETIME_S = 300;

export interface AccessToken {
  readonly value: string;
  readonly lifetimeMs: number;
}

export interface ClientCredentials {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Empty: none is sent. */
  readonly scope: string;
}

/** Fetches a token; rejects with TokenFailure, which holds nothing of the credentials. */
export async function fetchToken(credentials: ClientCredentials): Promise<AccessToken> {
  const { tokenEndpoint, clientId, scope } = credentials;
  const url = new URL(tokenEndpoint);
  const server: oauth.AuthorizationServer = { issuer: url.origin, token_endpoint: tokenEndpoint };
  const client: oauth.Client = { client_id: clientId };
  try {
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      plainBasic(credentials),
      new URLSearchParams(scope === '' ? {} : { scope }),
      {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        [oauth.allowInsecureRequests]: LOOPBACK_HOSTS.has(url.hostname),
      },
    );
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      throw new TokenFailure(response.status === 429 ? 'upstream_rate_limited' : 'upstream_failed', true);
    }
    const token = await oauth.processClientCredentialsResponse(server, client, response);
    return { value: token.access_token, lifetimeMs: (token.expires_in ?? DEFAULT_LIFETIME_S) * 1000 };
  } catch (error) {
    throw failureOf(error);
  }
}

/**
 * HTTP Basic over `id:secret` as they are, which is what Genesys Cloud documents. The library's own
 * ClientSecretBasic percent-encodes both first (RFC 6749 §2.3.1), so that a hyphen would arrive as %2D.
 */
function plainBasic({ clientId, clientSecret }: ClientCredentials): oauth.ClientAuth {
  const value = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${value}`);
}

function failureOf(error: unknown): TokenFailure {
  if (error instanceof TokenFailure) return error;
  // The server answered, and said no or said something that is no token: another try brings the same.
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.WWWAuthenticateChallengeError) {
    return new TokenFailure('upstream_unauthorized', false, error.name);
  }
  if (error instanceof oauth.OperationProcessingError)
    return new TokenFailure('upstream_failed', true, error.code);
  if ((error as Error).name === 'TimeoutError') return new TokenFailure('upstream_timeout', true, 'timeout');
  return new TokenFailure('upstream_unavailable', true, (error as Error).name);
}
