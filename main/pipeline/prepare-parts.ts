/** A pop made ready for each destination where it has to be sent, or why that will not have it. */
import type { Application } from '../../shared/application.ts';
import type { Admitted } from './admit.ts';
import type { Turn } from './call.ts';
import { checkExtension, notFrameable } from './check-target.ts';
import { PopError } from './errors.ts';
import { handContext } from './hand-context.ts';
import type {
  Clock,
  Destination,
  FramingCheck,
  FramingRefusal,
  Outlet,
  PipelineConfig,
  PreparedPop,
  Seal,
} from './ports.ts';

export type Part = { readonly outlet: Outlet } & (
  | { readonly destination: Destination; readonly prepared: PreparedPop }
  | { readonly refusal: PopError }
);

export interface ToPrepare {
  readonly pop: Admitted;
  readonly application: Application;
  /** Secret: never log it. */
  readonly page: string;
  readonly config: PipelineConfig;
  readonly turn: Extract<Turn, { kind: 'pop' }>;
}

export interface PrepareDeps {
  readonly framing: FramingCheck;
  readonly seal: Seal;
  readonly clock: Clock;
}

/** In the order of the turn's outlets. Throws PopError where the pop may not be shown at all, or no destination will have it. */
export async function prepareParts(
  { pop, application, page, config, turn }: ToPrepare,
  deps: PrepareDeps,
): Promise<readonly Part[]> {
  const { trigger } = pop;
  const { outlets } = turn;
  const framings = outlets.map(({ id }) => deps.framing(application, id));
  // Nearly always nothing is in the way, and nothing to wait for.
  const refusals = framings.some(Boolean) ? await Promise.all(framings) : [];
  const reasons = outlets.map((outlet, index) => reasonAgainst(outlet, refusals[index]));
  requireOne(outlets, reasons);

  const { popId, context } = pop;
  const { sessionToken } = trigger;
  const uri = await handContext({ application, page, sessionToken, context, popId }, deps);
  const state = { ...application.state, ...trigger.state };
  checkExtension(config.matrices.get(application.id), { client: trigger.client, uri, state });
  const sent = {
    popId,
    idempotencyKey: turn.key,
    userId: trigger.userId,
    applicationId: application.id,
    uri,
    allowedOrigins: application.allowedOrigins,
    state,
  };
  const parts = outlets.map((outlet, index): Part => {
    const refusal = reasons[index];
    if (refusal || 'missing' in outlet) return { outlet, refusal: refusal ?? notConfigured(outlet) };
    const { destination } = outlet;
    try {
      return { outlet, destination, prepared: destination.prepare(sent) };
    } catch (error) {
      if (error instanceof PopError) return { outlet, refusal: error };
      throw error;
    }
  });
  requireOne(
    outlets,
    parts.map((part) => ('refusal' in part ? part.refusal : undefined)),
  );
  return parts;
}

function reasonAgainst(outlet: Outlet, refusal: FramingRefusal | undefined): PopError | undefined {
  if (refusal) return notFrameable(refusal);
  return 'missing' in outlet ? notConfigured(outlet) : undefined;
}

function notConfigured(outlet: Outlet): PopError {
  return new PopError('not_configured', 'missing' in outlet ? outlet.missing : 'it is not configured');
}

/** Throws why the first of them that is needed will not have it, when none will. */
function requireOne(outlets: readonly Outlet[], reasons: readonly (PopError | undefined)[]): void {
  if (reasons.some((reason) => reason === undefined) && outlets.length > 0) return;
  const first = outlets.findIndex(({ required }) => required);
  throw reasons[Math.max(0, first)] ?? new PopError('not_configured', 'no destination is configured');
}
