/** In-memory stand-ins for the ports that a delivery needs. */
import { TokenFailure, type TokenSource } from '../../main/destinations/oauth/token-source.ts';
import {
  type HttpClient,
  HttpFailure,
  type HttpFailureKind,
  type HttpReply,
  type HttpRequest,
} from '../../main/network/http.ts';
import type { Clock } from '../../main/pipeline/ports.ts';

/** What becomes of a call; `hang`: nothing, until it is timed out or aborted. */
type Fate = HttpReply | HttpFailureKind | 'hang';
type Step = Fate | { readonly afterMs: number; readonly fate: Fate } | (() => Fate);

interface Call {
  readonly request: HttpRequest;
  /** The body as it was when it was sent. */
  readonly body: string;
  readonly timeoutMs: number;
  /** On the monotonic clock. */
  readonly at: number;
}

export interface FakeHttp extends HttpClient {
  readonly calls: Call[];
  /** The next calls end like this, one each; then 200 with the focus. */
  next(...steps: Step[]): void;
}

export function reply(status: number, body?: unknown, headers: HttpReply['headers'] = {}): HttpReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: text ?? '' };
}

export const SHOWN = reply(200, { id: 'pop-1', status: 'delivered', windowFocused: true, deliveryTimeMs: 1 });

export function createFakeHttp(clock: Clock): FakeHttp {
  const calls: Call[] = [];
  const steps: Step[] = [];
  return {
    calls,
    next: (...more) => steps.push(...more),
    send(request, timeoutMs, signal) {
      calls.push({ request, body: String(request.body), timeoutMs, at: clock.monotonic() });
      const step = steps.shift() ?? SHOWN;
      const { afterMs, fate } =
        typeof step === 'object' && 'fate' in step
          ? step
          : { afterMs: 0, fate: typeof step === 'function' ? step() : step };
      return new Promise((resolve, reject) => {
        const fail = (kind: HttpFailureKind) => end(() => reject(new HttpFailure(kind)));
        const abort = () => fail('aborted');
        const cancels = [clock.after(timeoutMs, () => fail('timeout'))];
        function end(settle: () => void): void {
          for (const cancel of cancels) cancel();
          signal.removeEventListener('abort', abort);
          settle();
        }
        function meet(): void {
          if (typeof fate === 'object') end(() => resolve(fate));
          else if (fate !== 'hang') fail(fate);
        }
        signal.addEventListener('abort', abort);
        if (signal.aborted) abort();
        else if (afterMs > 0) cancels.push(clock.after(afterMs, meet));
        else meet();
      });
    },
  };
}

export interface FakeTokens extends TokenSource {
  /** How often a token was asked for. */
  readonly asked: () => number;
  readonly dropped: string[];
  /** How the next requests for a token go, one each; then at once. */
  next(...steps: { afterMs?: number; failure?: TokenFailure }[]): void;
}

/** Gives `token-1` until that is dropped, then `token-2`, and so on. */
export function createFakeTokens(clock: Clock): FakeTokens {
  const steps: { afterMs?: number; failure?: TokenFailure }[] = [];
  const dropped: string[] = [];
  let asked = 0;
  let number = 1;
  return {
    asked: () => asked,
    dropped,
    next: (...more) => steps.push(...more),
    current: () => undefined,
    get(signal) {
      asked += 1;
      const { afterMs = 0, failure } = steps.shift() ?? {};
      return new Promise((resolve, reject) => {
        const give = () => (failure ? reject(failure) : resolve(`token-${number}`));
        if (afterMs === 0) return give();
        clock.after(afterMs, give);
        signal.addEventListener('abort', () => reject(new TokenFailure('upstream_timeout', true)));
      });
    },
    invalidate(token) {
      dropped.push(token);
      if (token === `token-${number}`) number += 1;
    },
  };
}
