/** The view that the address names: `#/view` or `#/view/argument`. */
export const views = ['start', 'pops', 'latency', 'focus', 'audit', 'test', 'settings'] as const;
export type View = (typeof views)[number];

export interface Route {
  /** null: the address names none, so the app chooses. */
  readonly view: View | null;
  readonly argument: string | null;
}

/** Reads a fragment such as `#/pops/0191…`. */
export function parseRoute(hash: string): Route {
  const [, name, argument] = /^#\/([a-z]+)(?:\/([^/]+))?$/.exec(hash) ?? [];
  const view = views.find((each) => each === name) ?? null;
  let decoded: string | null = null;
  try {
    decoded = argument === undefined ? null : decodeURIComponent(argument);
  } catch {
    // Not percent-encoded as it should be: as if it were not there.
  }
  return { view, argument: view && decoded };
}

/** The address of a view, for links. */
export function hrefOf(view: View, argument?: string): string {
  return argument === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(argument)}`;
}
