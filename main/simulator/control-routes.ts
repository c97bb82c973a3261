/** `/simulator`: how people and other processes look into the simulator and make it fail. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { readJson } from '../../shared/read-json.ts';
import { ApiError } from './api-error.ts';
import { type FaultInput, type FaultScript, faultKinds } from './fault-script.ts';
import type { PopLedger } from './pop-ledger.ts';

export interface ControlDeps {
  readonly faults: FaultScript;
  readonly ledger: PopLedger;
  readonly counters: { readonly tokenCalls: number; readonly popCalls: number };
}

/** The routes as a fastify plugin. */
export function controlRoutes({
  faults,
  ledger,
  counters,
}: ControlDeps): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_: unknown, body: Buffer) => body,
    );

    scope.get('/simulator', async () => ({
      name: 'poptray simulator of Genesys Cloud',
      ...counters,
      popsShown: ledger.shown(),
      endpoints: [
        'POST /oauth/token',
        'POST /api/v2/users/{userId}/screenpops',
        'GET /simulator/pops',
        'GET /desktop/open?code=… (the agent desktop; a link for once, as it is printed)',
        'POST /simulator/faults {"kind", "on"?, "times"?, "after"?, ...}',
        'DELETE /simulator/faults',
      ],
      faults: faultKinds,
    }));

    // Neither uri nor state: they can hold customer data, and this page is for anyone at the machine.
    scope.get('/simulator/pops', async () => ({
      pops: ledger.received().map(({ userId, applicationId, idempotencyKey, time, windowFocused }) => ({
        userId,
        applicationId,
        idempotencyKey,
        time: new Date(time).toISOString(),
        windowFocused,
      })),
    }));

    scope.post('/simulator/faults', { onRequest: refuseWebPages }, async (request, reply) =>
      reply.code(201).send(addFault(request.body)),
    );

    scope.delete('/simulator/faults', { onRequest: refuseWebPages }, async (_request, reply) => {
      faults.clear();
      return reply.code(204).send();
    });
  };

  function addFault(body: unknown) {
    try {
      return faults.add(readBody(body) as FaultInput);
    } catch (error) {
      if (error instanceof z.ZodError) throw new ApiError(400, `This is no fault: ${z.prettifyError(error)}`);
      throw error;
    }
  }
}

function readBody(body: unknown): unknown {
  try {
    return readJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
  } catch {
    throw new ApiError(400, 'The body is not JSON');
  }
}

/** A page in a browser can reach loopback too; browsers mark its requests, and programs send no such marks. */
async function refuseWebPages({ headers }: FastifyRequest): Promise<void> {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    throw new ApiError(403, 'Web pages may not control the simulator');
  }
}
