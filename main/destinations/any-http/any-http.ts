/** Any service that takes a call over HTTP, as its settings describe it. */
import { parseTemplate } from 'url-template';
import type { DestinationConfig } from '../../../shared/destinations/forms.ts';
import { hasTokenInPath } from '../../../shared/destinations/http.ts';
import { isHeaderValue } from '../../../shared/header-value.ts';
import { PopError } from '../../pipeline/errors.ts';
import type { Pop } from '../../pipeline/ports.ts';
import type { DestinationDeps, DestinationType } from '../destination-type.ts';
import { createHttpDestination, type HttpAuth, type HttpDeclaration } from '../http/http-destination.ts';
import { judgeStatus } from '../http/judge-status.ts';
import { fetchToken } from '../oauth/client-credentials.ts';
import { createTokenCache } from '../oauth/token-cache.ts';
import { fill, valueAt } from './json-template.ts';

type Config = Extract<DestinationConfig, { kind: 'http' }>;

/** Backoff base after a success that is not the one which was asked for, in milliseconds. */
const ODD_BASE_MS = 1000;

/** `{token}`, as it stands in a URL. */
const HIDDEN = '%7Btoken%7D';

export const anyHttp: DestinationType<'http'> = {
  open(config, secret, deps) {
    const token = hasTokenInPath(config) ? secret('token') : '';
    return createHttpDestination(declare(config, token), {
      http: deps.http,
      clock: deps.clock,
      auth: authOf(config, secret, deps),
    });
  },
};

function authOf(
  { auth }: Config,
  secret: (name: string) => string,
  { fetch, clock }: DestinationDeps,
): HttpAuth {
  if (auth.kind === 'none') return { kind: 'none' };
  if (auth.kind === 'bearer') return { kind: 'fixed', value: `Bearer ${secret('token')}` };
  if (auth.kind === 'basic') {
    const pair = Buffer.from(`${auth.username}:${secret('password')}`);
    return { kind: 'fixed', value: `Basic ${pair.toString('base64')}` };
  }
  const { clientId, scope, tokenUrl } = auth;
  const clientSecret = secret('client-secret');
  const credentials = { tokenEndpoint: tokenUrl, clientId, clientSecret, scope, basic: 'form' as const };
  return { kind: 'tokens', tokens: createTokenCache(() => fetchToken(credentials, fetch), clock) };
}

/** `token` is the segment of the path that is a secret. */
export function declare(config: Config, token: string): HttpDeclaration {
  const { method, url: template, body, success, focus } = config;
  const parsed = parseTemplate(template);
  const shown = parseTemplate(template.replace('{token}', HIDDEN).replace('{/token}', `/${HIDDEN}`));

  return {
    kind: 'http',
    description: `the service at ${new URL(template).origin}`,
    keepsKeys: config.keyed,
    repeats: config.repeat,

    call(pop) {
      const names = namesOf(pop);
      const url = parsed.expand({ ...names, token });
      // Who reads a URL walks up for these, however they are encoded.
      if (
        pathOf(url)
          .split('/')
          .some((segment) => /^\.\.?$/.test(segment))
      )
        throw unfitFor(names);
      const bytes =
        body === undefined
          ? null
          : Buffer.from(JSON.stringify(fill(body, { ...names, uri: pop.uri, state: pop.state })));
      const headers = Object.fromEntries(
        Object.entries(config.headers).map(([name, text]) => [
          name.toLowerCase(),
          headerText(fill(text, names)),
        ]),
      );
      return {
        method,
        url,
        endpoint: template,
        shownUrl: () => shown.expand(names).replaceAll(HIDDEN, '{token}'),
        headers: { ...(bytes && { 'content-type': 'application/json' }), ...headers },
        body: bytes,
      };
    },

    judge({ status, body: text }, retryAfterMs) {
      const isSuccess = success ? success.includes(status) : status >= 200 && status < 300;
      if (isSuccess) {
        const windowFocused = focus === undefined ? null : booleanAt(text, focus);
        return { kind: 'delivered', windowFocused, duplicate: config.keyed && status === 409 };
      }
      // Something took it, so nobody knows what became of it.
      if (status < 300) return { kind: 'retry', code: 'upstream_failed', baseMs: ODD_BASE_MS };
      return judgeStatus(status, retryAfterMs);
    },
  };

  function namesOf({ userId, applicationId, popId, idempotencyKey }: Pop) {
    return { user: config.user ?? userId, application: applicationId, popId, idempotencyKey };
  }
}

function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]+/, '').replace(/[?#].*$/s, '');
}

function unfitFor({ idempotencyKey }: { readonly idempotencyKey: string }): PopError {
  if (!/^\.\.?$/.test(idempotencyKey))
    return new PopError(
      'not_configured',
      'an id of the settings cannot be a segment of the destination’s path',
    );
  const detail = 'cannot be a segment of the destination’s path';
  const errors = [{ pointer: '/idempotencyKey', detail }];
  return new PopError('invalid_trigger', `idempotencyKey ${detail}`, { errors });
}

/** Ids of applications may have what a header must not. */
function headerText(text: unknown): string {
  return isHeaderValue(String(text)) ? String(text) : encodeURIComponent(String(text));
}

function booleanAt(text: string, pointer: string): boolean | null {
  try {
    const value = valueAt(JSON.parse(text), pointer);
    return typeof value === 'boolean' ? value : null;
  } catch {
    return null;
  }
}
