/** What a call over HTTP is, and how it can fail. */
import type { Cause } from '../../shared/causes.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface HttpClient {
  /** Sends once, follows no redirect, reads at most 64 KiB; rejects with HttpFailure. */
  send(request: HttpRequest, timeoutMs: number, signal: AbortSignal): Promise<HttpReply>;
}

/** `unreachable` and `blocked`: nothing was sent. `connection` and `timeout`: it may have arrived all the same. */
export type HttpFailureKind = 'unreachable' | 'blocked' | 'connection' | 'timeout' | 'tls' | 'aborted';

/** A call that brought no whole reply. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly kind: HttpFailureKind;
  /** Not known of those that we have ended ourselves. */
  readonly because: Cause | undefined;
  constructor(kind: HttpFailureKind, cause?: unknown, because?: Cause) {
    super(`http call ended without a reply: ${kind}`, { cause });
    this.kind = kind;
    this.because = because;
  }
}
