/** The three channels between the dashboard's page and the app, and what the preload makes of them. */
import type { ApiEvent, ApiRequest, ApiResult, Operation } from '../../shared/api.ts';
import type { ExportFormat } from '../../shared/export-formats.ts';

export const CHANNELS = { call: 'poptray:call', event: 'poptray:event', export: 'poptray:export' } as const;

export type AuditFilter = ApiRequest<'auditQuery'>['filter'];
export type ExportResult =
  | { readonly ok: true; readonly value: { readonly saved: boolean } }
  | { readonly ok: false; readonly code: 'invalid_request' | 'forbidden' | 'internal' };

/** What the page finds as `window.poptray`. */
export interface Bridge {
  call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<ApiResult<Name>>;
  /** Returns its unsubscribe. */
  subscribe(listener: (event: ApiEvent) => void): () => void;
  /** Asks where to save the log and writes it there; `saved` is false when the user thought better of it. */
  exportLog(format: ExportFormat, filter: AuditFilter): Promise<ExportResult>;
}
