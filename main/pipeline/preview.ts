/** What a trigger would become, without admitting, recording or sending anything. */
import type { Trigger } from '../../shared/trigger.ts';
import { withAgent } from './admit.ts';
import { checkExtension, checkTarget, findApplication } from './check-target.ts';
import { handContext } from './hand-context.ts';
import { contextOf } from './inject-context.ts';
import { callNumbersOf } from './phone-number.ts';
import { withoutPlaceholders } from './placeholders.ts';
import type { Outlet, PipelineConfig, PopPreview } from './ports.ts';
import { requireDestinations, routeOf } from './route.ts';
import { targetOf } from './target.ts';

export interface Preview {
  /** In order; a destination that is not ready has no call, but what is missing. */
  readonly destinations: readonly {
    readonly id: string;
    readonly missing: string | null;
    readonly call: PopPreview | null;
  }[];
  /** The page with its context. */
  readonly uri: string;
  /** The id of the application. */
  readonly application: string;
}

/** Rejects with PopError for what would refuse it before it is sent. */
export async function previewOf(
  sent: Trigger,
  { applications, matrices, agent }: Pick<PipelineConfig, 'applications' | 'matrices' | 'agent'>,
  outlets: readonly Outlet[],
  means: Parameters<typeof handContext>[1],
): Promise<Preview> {
  const trigger = withAgent(withoutPlaceholders(sent, applications), agent);
  requireDestinations(trigger, outlets);
  const application = findApplication(applications, trigger.application);
  const context = contextOf(trigger, callNumbersOf(trigger.call, agent.country));
  const { page } = targetOf(application, trigger, context);
  checkTarget(application, page);
  const uri = await handContext(
    { application, page, sessionToken: trigger.sessionToken, context, popId: '' },
    means,
  );
  const state = { ...application.state, ...trigger.state };
  checkExtension(matrices.get(application.id), { client: trigger.client, uri, state });
  const pop = {
    popId: '',
    idempotencyKey: trigger.idempotencyKey ?? '(made when it is sent)',
    userId: trigger.userId,
    applicationId: application.id,
    uri,
    allowedOrigins: application.allowedOrigins,
    state,
  };
  const { outlets: route } = routeOf(trigger, application, outlets);
  const destinations = route.map((outlet) =>
    'missing' in outlet
      ? { id: outlet.id, missing: outlet.missing, call: null }
      : { id: outlet.id, missing: null, call: outlet.destination.prepare(pop).preview() },
  );
  return { destinations, uri, application: application.id };
}
