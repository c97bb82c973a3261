/** How the dashboard talks to the app; by HTTP in a browser, by IPC in Electron. */
import type { ApiEvent, ApiRequest, ApiResult, Operation } from '../shared/api.ts';
import type { ExportFormat } from '../shared/export-formats.ts';

/** An answer of the app, or the news that none came. */
export type CallResult<Name extends Operation> =
  | ApiResult<Name>
  | { readonly ok: false; readonly code: 'unreachable' };

export type CallFailure = Extract<CallResult<Operation>, { ok: false }>;
export type AuditFilter = ApiRequest<'auditQuery'>['filter'];

/** `ended`: the app is there, but this page's session is not open any more; `none`: it has none, and shows nothing. */
export type Connection = 'connecting' | 'live' | 'lost' | 'ended' | 'none';

export interface Transport {
  /** Never rejects. */
  call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<CallResult<Name>>;
  /** Returns its unsubscribe; reconnects by itself. */
  subscribe(listener: (event: ApiEvent) => void, onConnection: (connection: Connection) => void): () => void;
  /** Hands the log to the person as a file; resolves with why not, or null. Never rejects. */
  download(format: ExportFormat, filter: AuditFilter): Promise<CallFailure | null>;
  /** Ends the page's session; where pages have none, there is nothing to end. */
  signOut?(): Promise<void>;
  /** The id of the page's own session; null for none. */
  sessionId?(): string | null;
}
