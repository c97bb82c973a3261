/** Hands a page its context: in its fragment, in the clear or sealed, or not at all (contract §3). */
import { type Application, hasFragment } from '../../shared/application.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { PopError } from './errors.ts';
import { type Context, injectContext, withParameters } from './inject-context.ts';
import type { Clock, Seal } from './ports.ts';

/** A token that is shorter could be guessed. */
const MIN_TOKEN_LENGTH = 22;
const LIFETIME_MS = 300_000;

interface Handing {
  readonly application: Application;
  readonly page: string;
  readonly sessionToken: Trigger['sessionToken'];
  readonly context: Context;
  readonly popId: string;
}

/** The URL that is shown. Rejects with PopError `session_token_needed`: what is to be sealed is never sent in the clear. */
export async function handContext(
  { application, page, sessionToken, context, popId }: Handing,
  { seal, clock }: { readonly seal: Seal; readonly clock: Pick<Clock, 'now'> },
): Promise<string> {
  if (!hasFragment(application)) return page;
  if (application.context !== 'sealed') return injectContext(page, context, sessionToken);
  if (sessionToken === undefined || sessionToken.length < MIN_TOKEN_LENGTH) {
    const detail = `the context is sealed for a session token of at least ${MIN_TOKEN_LENGTH} characters`;
    const errors = [
      { pointer: '/sessionToken', detail: `must have at least ${MIN_TOKEN_LENGTH} characters` },
    ];
    throw new PopError('session_token_needed', detail, { errors });
  }
  const sealed = await seal({
    popId,
    application: application.id,
    sessionToken,
    entries: context,
    at: clock.now(),
    lifetimeMs: application.contextLifetimeMs ?? LIFETIME_MS,
  });
  return withParameters(page, [['context', sealed]]);
}
