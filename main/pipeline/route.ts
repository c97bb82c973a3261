/** Where a pop goes: to what its trigger names, else to what its application names, else everywhere. */
import type { Application } from '../../shared/application.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { PopError } from './errors.ts';
import type { Outlet } from './ports.ts';

export interface Route {
  /** In order. */
  readonly outlets: readonly Outlet[];
  /** `all`: side by side; `first`: one after the other, until one has shown the pop. */
  readonly mode: 'all' | 'first';
}

/** Names of destinations that are not there are passed over. */
export function routeOf(
  { destinations }: Pick<Trigger, 'destinations'>,
  application: Pick<Application, 'destinations' | 'mode'> | undefined,
  outlets: readonly Outlet[],
): Route {
  const ids = destinations ?? application?.destinations;
  return {
    outlets: ids ? ids.flatMap((id) => outlets.find((outlet) => outlet.id === id) ?? []) : outlets,
    mode: application?.mode ?? 'all',
  };
}

/** Throws PopError `invalid_trigger`, which points at each destination that the trigger names and that is not there. */
export function requireDestinations(
  { destinations = [] }: Pick<Trigger, 'destinations'>,
  outlets: readonly Outlet[],
): void {
  const errors = destinations.flatMap((id, index) =>
    outlets.some((outlet) => outlet.id === id)
      ? []
      : [{ pointer: `/destinations/${index}`, detail: 'is not the id of a destination in the settings' }],
  );
  if (errors.length > 0)
    throw new PopError('invalid_trigger', 'one or more fields do not fit the settings', { errors });
}

/** Whether a pop has failed without it; null where it is tried only when those before it have failed. */
export function isRequired({ mode }: Route, { required }: Outlet): boolean | null {
  return mode === 'first' ? null : required;
}

/** Whether it shows a key that it gets twice no more than once. */
export function keepsKeys(outlet: Outlet): boolean {
  return 'destination' in outlet && outlet.destination.keepsKeys;
}
