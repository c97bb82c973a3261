/** The OAuth 2.0 client-credentials grant (RFC 6749 §4.4), through oauth4webapi. */
import * as oauth from 'oauth4webapi';
import { causeOf, makeCause } from '../../../shared/causes.ts';
import { LOOPBACK_HOSTS } from '../../../shared/urls.ts';
import type { ErrorCode } from '../../pipeline/errors.ts';
import { TokenFailure } from './token-source.ts';

const TIMEOUT_MS = 10_000;

/** Assumed when the server does not say, in seconds; it is the shortest lifetime that Genesys Cloud gives. */
const DEFAULT_LIFETIME_S = 300;

/** All that an Authorization header can carry. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** A certificate that is not trusted now will not be in a second either. */
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

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
  readonly basic: BasicForm;
}

/**
 * What stands in HTTP Basic: `form`: id and secret, each form-urlencoded first (RFC 6749 §2.3.1); `plain`: as they are,
 * which is what Genesys Cloud documents.
 */
export type BasicForm = 'form' | 'plain';

/** Fetches a token; rejects with TokenFailure, which holds nothing of the credentials. */
export async function fetchToken(
  credentials: ClientCredentials,
  fetch: typeof globalThis.fetch,
): Promise<AccessToken> {
  const { tokenEndpoint, clientId, scope } = credentials;
  const url = new URL(tokenEndpoint);
  const server: oauth.AuthorizationServer = { issuer: url.origin, token_endpoint: tokenEndpoint };
  const client: oauth.Client = { client_id: clientId };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      basicAuth(credentials),
      new URLSearchParams(scope === '' ? {} : { scope }),
      {
        signal,
        [oauth.customFetch]: fetch as never,
        [oauth.allowInsecureRequests]: LOOPBACK_HOSTS.has(url.hostname),
      },
    );
    if (response.status !== 200) {
      await response.body?.cancel();
      throw failureOf(response.status, response.headers.get('retry-after') ?? undefined);
    }
    const token = await oauth.processClientCredentialsResponse(server, client, response);
    if (!VISIBLE_ASCII.test(token.access_token)) throw new TokenFailure('upstream_failed', true);
    return { value: token.access_token, lifetimeMs: (token.expires_in ?? DEFAULT_LIFETIME_S) * 1000 };
  } catch (error) {
    if (error instanceof TokenFailure) throw error;
    if (signal.aborted)
      throw new TokenFailure('upstream_timeout', true, {
        because: makeCause('timed_out', { host: url.host }),
      });
    // It answered with something that is no token. The library's error would bring the reply along.
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      throw new TokenFailure('upstream_failed', true, { cause: error.code });
    }
    const { code = codeOfCause(error) } = error as { code?: string };
    const because = causeOf(error);
    throw new TokenFailure('upstream_unavailable', !TLS.test(code ?? ''), { cause: code, because });
  }
}

function codeOfCause(error: unknown): string | undefined {
  return ((error as Error).cause as { code?: string } | undefined)?.code;
}

/** Another try brings the same, unless the server was merely busy or broken. */
function failureOf(status: number, retryAfter: string | undefined): TokenFailure {
  const busy = (code: ErrorCode) => new TokenFailure(code, true, { retryAfter });
  if (status === 429) return busy('upstream_rate_limited');
  if (status >= 500 || status === 408) return busy('upstream_failed');
  return new TokenFailure(status >= 400 ? 'upstream_unauthorized' : 'upstream_failed', false);
}

/**
 * The library's own ClientSecretBasic encodes more than the form needs: a hyphen becomes %2D, which servers that do not
 * decode take for another id. What URLSearchParams writes is the form, and leaves letters, digits and `*-._` as they are.
 */
function basicAuth({ clientId, clientSecret, basic }: ClientCredentials): oauth.ClientAuth {
  const encoded = (text: string) =>
    basic === 'plain' ? text : new URLSearchParams({ '': text }).toString().slice('='.length);
  const value = Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64');
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${value}`);
}
