/** One handler for each operation of shared/api.ts. */
import type * as z from 'zod';
import type { ApiResponse, api, Operation } from '../../shared/api.ts';
import type { Actor } from '../../shared/change.ts';

/** They get the parsed request, and who asks. */
export type Handlers = {
  [Name in Operation]: (
    request: z.output<(typeof api)[Name]['request']>,
    actor: Actor,
  ) => Promise<ApiResponse<Name>>;
};
