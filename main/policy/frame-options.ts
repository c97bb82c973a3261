/** X-Frame-Options: HTML §7.4.7 "check a navigation response's adherence to X-Frame-Options". */
import { type Headers, trimmed, valuesOf } from './headers.ts';

type FrameOptions = 'absent' | 'deny' | 'sameorigin' | 'allowall' | 'invalid' | 'conflict';

const KNOWN: readonly string[] = ['deny', 'sameorigin', 'allowall'];

/** What all values together say; values that contradict each other, one of them known, are a conflict, which denies. */
export function frameOptionsOf(headers: Headers): FrameOptions {
  const values = valuesOf(headers, 'x-frame-options')
    .flatMap(splitValues)
    .map((value) => trimmed(value, ' \t\v\f').toLowerCase());
  const distinct = new Set(values.map((value) => (KNOWN.includes(value) ? value : 'invalid')));
  if (distinct.size > 1) return 'conflict';
  const [only = 'absent'] = distinct;
  return only as FrameOptions;
}

/** Splits at commas that are not in quotes: Fetch "get, decode, and split". A quote that nobody closes runs to the end. */
function splitValues(text: string): string[] {
  const values: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === '\\' && isQuoted) at += 1;
    else if (text[at] === ',' && !isQuoted) {
      values.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...values, text.slice(start)];
}
