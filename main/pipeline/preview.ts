/** What a trigger would become, without admitting, recording or sending anything. */
import type { Trigger } from '../../shared/trigger.ts';
import { checkExtension, checkTarget, findApplication } from './check-target.ts';
import { handContext } from './hand-context.ts';
import { withoutPlaceholders } from './placeholders.ts';
import type { Destination, PipelineConfig, PopPreview } from './ports.ts';
import { targetOf } from './target.ts';

export interface Preview extends PopPreview {
  /** The page with its context. */
  readonly uri: string;
  /** The id of the application. */
  readonly application: string;
}

/** Rejects with PopError for what would refuse it before it is sent. */
export async function previewOf(
  sent: Trigger,
  { applications, matrices }: Pick<PipelineConfig, 'applications' | 'matrices'>,
  destination: Destination,
  means: Parameters<typeof handContext>[1],
): Promise<Preview> {
  const trigger = withoutPlaceholders(sent, applications);
  const application = findApplication(applications, trigger.application);
  const { page } = targetOf(application, trigger);
  checkTarget(application, page);
  const uri = await handContext({ application, page, trigger, popId: '' }, means);
  const state = { ...application.state, ...trigger.state };
  checkExtension(matrices.get(application.id), { client: trigger.client, uri, state });
  const prepared = destination.prepare({
    popId: '',
    idempotencyKey: trigger.idempotencyKey ?? '(made when it is sent)',
    userId: trigger.userId,
    applicationId: application.id,
    uri,
    state,
  });
  return { ...prepared.preview(), uri, application: application.id };
}
