/** What a trigger would become, without admitting, recording or sending anything. */
import type { Application } from '../../shared/settings.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { checkTarget, findApplication } from './check-target.ts';
import { injectContext } from './inject-context.ts';
import type { Destination, DestinationRequest } from './ports.ts';

export interface Preview extends DestinationRequest {
  /** The page with its context. */
  readonly uri: string;
  /** The id of the application. */
  readonly application: string;
}

/** Throws PopError `target_not_allowed`. */
export function previewOf(
  trigger: Trigger,
  applications: readonly Application[],
  destination: Destination,
): Preview {
  const application = findApplication(applications, trigger.application);
  checkTarget(application);
  const uri = injectContext(application.baseUri, trigger);
  const request = destination.request({
    popId: '',
    idempotencyKey: trigger.idempotencyKey ?? '(made when it is sent)',
    userId: trigger.userId,
    applicationId: application.id,
    uri,
    state: { ...application.state, ...trigger.state },
  });
  return { ...request, uri, application: application.id };
}
