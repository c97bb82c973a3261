/** Says since when, and why, the destination takes no pop: from the first that it did not take until the next delivery. */
import { sayCause } from '../../shared/causes.ts';
import type { Why } from '../../shared/trouble.ts';
import type { Troubles } from '../observability/troubles.ts';
import type { Delivery } from '../pipeline/delivery.ts';
import { type ErrorCode, errorTable } from '../pipeline/errors.ts';
import type { Observable } from '../platform/observable.ts';

/** Not `upstream_rejected`: that is about the one pop. */
const ITS_FAULT: ReadonlySet<ErrorCode> = new Set([
  'upstream_unauthorized',
  'upstream_forbidden',
  'upstream_failed',
  'upstream_rate_limited',
  'upstream_unavailable',
  'upstream_timeout',
  'not_shown',
  'outcome_unknown',
]);

/** Returns what takes how each delivery ended. `name` says where pops go; `isStopping`, whether poptray itself cuts them short. */
export function watchDestination(
  name: Observable<string>,
  { report, keepOnly }: Pick<Troubles, 'report' | 'keepOnly'>,
  isStopping: () => boolean,
): (destination: string, delivery: Delivery) => void {
  name.subscribe((current) => keepOnly('destination', [current]));
  return (_destination, delivery) => {
    if (delivery.status === 'delivered') report('destination', name.current, null);
    const why = whyOf(delivery);
    if (why && !isStopping()) report('destination', name.current, why);
  };
}

/** Undefined for what is no fault of the destination, or was never sent. */
function whyOf({ error, attempts, tokenMs }: Delivery): Why | undefined {
  if (!error || !ITS_FAULT.has(error.code) || (attempts === 0 && tokenMs === 0)) return undefined;
  const { because } = error.details;
  const { title, hint } = errorTable[error.code];
  const what = attempts === 0 ? 'It gives no access token.' : 'It takes no pop.';
  return {
    code: because?.code ?? error.code,
    why: `${what} ${because ? sayCause(because) : `${title}. ${hint}`}`,
  };
}
