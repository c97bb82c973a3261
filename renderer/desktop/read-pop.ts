/** What a pop's page reads from its fragment, and who is calling by that. */

export interface HandedOver {
  /** What stands in the fragment before the context: a route of the page's own. */
  readonly route: string | null;
  readonly entries: readonly (readonly [name: string, value: string])[];
}

/** As the page reads it: `new URLSearchParams(location.hash.slice(1))`, behind its route where it has one. */
export function readFragment(uri: string): HandedOver {
  const fragment = uri.includes('#') ? uri.slice(uri.indexOf('#') + 1) : '';
  const mark = fragment.indexOf('?');
  const hasRoute = mark !== -1 || /^!?\//.test(fragment);
  if (!hasRoute) return { route: null, entries: [...new URLSearchParams(fragment)] };
  const [route, context] = mark === -1 ? [fragment, ''] : [fragment.slice(0, mark), fragment.slice(mark + 1)];
  return { route, entries: [...new URLSearchParams(context)] };
}

/** A name that nobody has to read to check the rest. */
export const SECRET_NAME = 'sessionToken';

const NAMES = ['call.fromName', 'customerName', 'fullName', 'name', 'caller', 'contact'];
const NUMBERS = ['call.remote', 'call.from', 'callerNumber', 'phoneNumber', 'phone', 'number'];

export interface Caller {
  readonly name: string;
  /** What else there is to tell calls apart by; empty for nothing. */
  readonly detail: string;
  /** For the round picture. */
  readonly initials: string;
}

/** By names that are usual; what a page is handed is its own affair. */
export function callerOf({ entries }: HandedOver): Caller {
  const find = (names: readonly string[]) =>
    names.map((name) => entries.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]).find(Boolean);
  const [name, number] = [find(NAMES), find(NUMBERS)];
  const others = entries.filter(([key, value]) => key !== SECRET_NAME && value !== name && value !== number);
  const detail = number && name ? number : (others[0]?.[1] ?? '');
  const shown = name ?? number ?? 'Unknown caller';
  return { name: shown, detail, initials: initialsOf(name ?? '') };
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('');
}
