/** What the dashboard and the tray see of the app: the operations of shared/api.ts and its events. */
import type * as z from 'zod';
import type { ApiEvent, ApiRequest, ApiResponse, ApiResult, api, Operation } from '../../shared/api.ts';
import type { Actor } from '../../shared/change.ts';
import type { ExportFormat } from '../../shared/export-formats.ts';

export interface Dashboard {
  /**
   * Parses the request, runs the operation, and never rejects: faults come back as a result. What it changes is on record
   * as the doing of `by`; without it, of the system's user.
   */
  call<Name extends Operation>(name: Name, request: ApiRequest<Name>, by?: string): Promise<ApiResult<Name>>;
  /** Returns its unsubscribe. */
  subscribe(listener: (event: ApiEvent) => void): () => void;
  /** The log as text, piece by piece; the filter is that of `auditQuery`. */
  exportLog(
    format: ExportFormat,
    filter: ApiRequest<'auditQuery'>['filter'],
    by?: string,
  ): AsyncIterable<string>;
}

/** One for each operation; they get the parsed request, and who asks. */
export type Handlers = {
  [Name in Operation]: (
    request: z.output<(typeof api)[Name]['request']>,
    actor: Actor,
  ) => Promise<ApiResponse<Name>>;
};
