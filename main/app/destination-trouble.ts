/** Says since when, and why, a destination takes no pop: from the first that it did not take until the next delivery. */
import { isDeepStrictEqual } from 'node:util';
import { sayCause } from '../../shared/causes.ts';
import type { DestinationConfig } from '../../shared/destinations/forms.ts';
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

/**
 * Returns what takes how each delivery ended, and where. Trouble ends for one whose settings are others than `before`;
 * `isStopping`: whether poptray itself cuts deliveries short.
 */
export function watchDestinations(
  destinations: Observable<readonly DestinationConfig[]>,
  before: readonly DestinationConfig[],
  { report, keepOnly }: Pick<Troubles, 'report' | 'keepOnly'>,
  isStopping: () => boolean,
): (id: string, delivery: Delivery) => void {
  let known = before;
  destinations.subscribe((current) => {
    const same = current.filter((one) => known.some((other) => isDeepStrictEqual(one, other)));
    keepOnly(
      'destination',
      same.map(({ id }) => id),
    );
    known = current;
  });
  return (id, delivery) => {
    if (!destinations.current.some((one) => one.id === id)) return;
    if (delivery.status === 'delivered') report('destination', id, null);
    const why = whyOf(delivery);
    if (why && !isStopping()) report('destination', id, why);
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
