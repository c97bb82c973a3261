/** One handler for each operation of shared/api.ts. */
import type * as z from 'zod';
import type { ApiResponse, api, Operation } from '../../shared/api.ts';

/** They get the parsed request. */
export type Handlers = {
  [Name in Operation]: (request: z.output<(typeof api)[Name]['request']>) => Promise<ApiResponse<Name>>;
};
