/** Files that a newer poptray has written, before somebody went back to an older one. */
import { readJsonText } from './read-json.ts';

/** What to say of a file whose JSON names a later version than 1; undefined for all others. */
export function newerVersionIn(text: string): string | undefined {
  try {
    const { version } = readJsonText(text) as { version?: unknown };
    if (!Number.isInteger(version) || Number(version) <= 1) return undefined;
    return `is of version ${version}, which a newer poptray has written: install that one again`;
  } catch {
    return undefined;
  }
}
