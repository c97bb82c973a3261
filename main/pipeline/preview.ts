/** What a trigger would become, without admitting, recording or sending anything. */
import type { Trigger } from '../../shared/trigger.ts';
import { checkExtension, checkTarget, findApplication } from './check-target.ts';
import { injectContext } from './inject-context.ts';
import type { Destination, PipelineConfig, PopPreview } from './ports.ts';

export interface Preview extends PopPreview {
  /** The page with its context. */
  readonly uri: string;
  /** The id of the application. */
  readonly application: string;
}

/** Throws PopError `target_not_allowed` and `extension_incompatible`. */
export function previewOf(
  trigger: Trigger,
  { applications, matrices }: Pick<PipelineConfig, 'applications' | 'matrices'>,
  destination: Destination,
): Preview {
  const application = findApplication(applications, trigger.application);
  checkTarget(application);
  const uri = injectContext(application.baseUri, trigger);
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
