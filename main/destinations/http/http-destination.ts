/**
 * What all destinations that speak HTTP have in common: the same bytes in each attempt, signed and checked again right
 * before they go out, one renewal of a token, Retry-After, the destination's own id of a call. A kind declares the rest.
 */
import type { KeyObject } from 'node:crypto';
import { sayCause } from '../../../shared/causes.ts';
import type { HttpClient, HttpReply } from '../../network/http.ts';
import { errorTable } from '../../pipeline/errors.ts';
import type { AttemptResult, Clock, Destination, Pop, PreparedPop, Timing } from '../../pipeline/ports.ts';
import { parseRetryAfter } from '../../pipeline/retry-schedule.ts';
import { TokenFailure, type TokenSource } from '../oauth/token-source.ts';
import { judgeFailure } from './judge-failure.ts';
import type { Judgement } from './judge-status.ts';
import { isSignatureOf, signatureOf } from './sign.ts';

/** A pop as a call. */
export interface HttpCall {
  readonly method: string;
  readonly url: string;
  /** What the log has of the URL, where that is less. */
  readonly endpoint?: string;
  /** What people see of the URL, where that is less. */
  shownUrl?(): string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

/** `fixed`: the value of the Authorization header. */
export type HttpAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly value: string }
  | { readonly kind: 'tokens'; readonly tokens: TokenSource };

/** Pure: what a kind of destination sends, and what it makes of a reply. */
export interface HttpDeclaration {
  readonly kind: string;
  readonly description: string;
  readonly keepsKeys: boolean;
  /** Without it, not. */
  readonly repeats?: boolean;
  call(pop: Pop): HttpCall;
  /** Of any reply but a 401; `retryAfterMs` is what its Retry-After header asks for. */
  judge(reply: HttpReply, retryAfterMs: number | undefined): Judgement;
  /** The header with the destination's id of a call, for its support. */
  readonly correlationHeader?: string;
}

export interface HttpMeans {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly auth: HttpAuth;
  /** The header that carries the signature of the body, and its key. */
  readonly signing?: { readonly header: string; readonly key: KeyObject };
}

const AGAIN: AttemptResult = { kind: 'again' };
const NOT_SIGNED: AttemptResult = {
  kind: 'refused',
  code: 'internal',
  detail: 'the payload is not what was signed; it was not sent',
};

/** The destination that a declaration describes. */
export function createHttpDestination(declaration: HttpDeclaration, means: HttpMeans): Destination {
  const { kind, description, keepsKeys, repeats = false } = declaration;
  return {
    kind,
    description,
    keepsKeys,
    repeats,
    prepare: (pop) => prepare(declaration.call(pop), declaration, means),
    async check(signal) {
      if (means.auth.kind !== 'tokens') return { ok: true, detail: `${description} is tried by a pop alone` };
      try {
        await means.auth.tokens.get(signal);
        return { ok: true, detail: `${description} gave a token` };
      } catch (error) {
        if (!(error instanceof TokenFailure)) throw error;
        const { title, hint } = errorTable[error.code];
        const why = error.because ? sayCause(error.because) : `${title}. ${hint}`;
        return { ok: false, detail: `${description}: ${why}` };
      }
    },
  };
}

function prepare(call: HttpCall, declaration: HttpDeclaration, means: HttpMeans): PreparedPop {
  const { method, url, headers, body } = call;
  const { http, clock, auth, signing } = means;
  const signature = signing && body ? signatureOf(body, signing.key) : undefined;
  let isRenewed = false;

  return {
    endpoint: call.endpoint ?? url,
    preview: () => ({ method, url: call.shownUrl?.() ?? url, headers, body: textOf(body) }),
    attempt,
  };

  async function attempt(timing: Timing): Promise<AttemptResult> {
    let token: string | undefined;
    if (auth.kind === 'tokens') {
      token = auth.tokens.current();
      try {
        token ??= await timing.wait(auth.tokens.get);
      } catch (error) {
        return judgeFailure(error, clock.now());
      }
    }
    if (signing && body && !(signature && isSignatureOf(signature, body, signing.key))) return NOT_SIGNED;
    const timeoutMs = timing.beginCall();
    // The token may have been long in coming.
    if (timeoutMs === undefined) return AGAIN;
    const authorization = token === undefined ? auth.kind === 'fixed' && auth.value : `Bearer ${token}`;
    const all = {
      ...headers,
      ...(authorization && { authorization }),
      ...(signing && signature && { [signing.header]: signature }),
    };
    let reply: HttpReply;
    try {
      reply = await http.send({ method, url, headers: all, body }, timeoutMs, timing.stopping);
    } catch (error) {
      return judgeFailure(error, clock.now());
    }
    return { ...judge(reply, token), correlationId: correlationId(reply) };
  }

  function judge(reply: HttpReply, token: string | undefined): AttemptResult {
    const { status } = reply;
    if (status === 401) {
      if (token !== undefined && auth.kind === 'tokens') auth.tokens.invalidate(token);
      if (token === undefined || isRenewed) return { kind: 'refused', code: 'upstream_unauthorized' };
      isRenewed = true;
      return AGAIN;
    }
    const judgement = declaration.judge(reply, parseRetryAfter(reply.headers['retry-after'], clock.now()));
    if (judgement.kind !== 'retry' || (status >= 300 && status < 500)) return judgement;
    // A success that cannot be read was perhaps shown; a failure behind the destination's door perhaps came after that.
    return { ...judgement, arrival: status < 300 ? 'unknown' : 'doubtful' };
  }

  /** It goes into the audit log and into errors: only what looks like an id may. */
  function correlationId({ headers }: HttpReply): string | null {
    const { correlationHeader } = declaration;
    const value = correlationHeader && headers[correlationHeader];
    return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : null;
  }
}

function textOf(body: Uint8Array | null): string {
  return body === null ? '' : Buffer.from(body).toString();
}
