/** What differs between two settings, for the record: which members, and to which hosts they lead; never their values. */
import type { ChangeFacts } from '../../shared/change.ts';
import { pointerTo } from '../../shared/pointer.ts';

/** Of a change with more members than this the record has the first ones, and how many more there are. */
const MOST_MEMBERS = 100;

/** Members that are a host, or the end of one, without being a URL. */
const HOST_MEMBERS: ReadonlySet<unknown> = new Set(['host', 'region']);

/** Undefined when nothing differs. */
export function settingsChange(before: object, after: object): ChangeFacts | undefined {
  const differing = [...differences(before, after, [])];
  if (differing.length === 0) return undefined;
  const pointers = differing.map(({ path }) => pointerTo(path));
  const more = pointers.length - MOST_MEMBERS;
  const members = more > 0 ? [...pointers.slice(0, MOST_MEMBERS), `and ${more} more`] : pointers;
  const hosts = {
    before: hostsOf(differing.map(({ path, before }) => [path, before])),
    after: hostsOf(differing.map(({ path, after }) => [path, after])),
  };
  const isElsewhere = hosts.before.join() !== hosts.after.join();
  return { subject: 'settings', action: 'changed', members, hosts: isElsewhere ? hosts : null };
}

type Path = readonly PropertyKey[];

interface Difference {
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
}

/** The leaves that are not the same on both sides. */
function* differences(before: unknown, after: unknown, path: Path): Generator<Difference> {
  const members = new Set([before, after].flatMap((side) => (isBranch(side) ? Object.keys(side) : [])));
  if (!isBranch(before) && !isBranch(after)) {
    if (before !== after) yield { path, before, after };
    return;
  }
  if (members.size === 0) {
    // An empty list or object where there was nothing, or the other way round.
    if (typeof before !== typeof after) yield { path, before, after };
    return;
  }
  for (const member of members) {
    yield* differences(memberOf(before, member), memberOf(after, member), [...path, member]);
  }
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function memberOf(value: unknown, member: string): unknown {
  return isBranch(value) && Object.hasOwn(value, member) ? value[member as keyof typeof value] : undefined;
}

/** Each once, in order. */
function hostsOf(leaves: readonly (readonly [Path, unknown])[]): string[] {
  const hosts = leaves.flatMap(([path, value]) => {
    if (typeof value !== 'string') return [];
    return HOST_MEMBERS.has(path.at(-1)) ? [value] : (URL.parse(value)?.host ?? []);
  });
  return [...new Set(hosts)].filter((host) => host !== '').sort();
}
