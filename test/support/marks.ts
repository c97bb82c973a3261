/** Looks for marked values in bytes, in every spelling in which they could have got there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Where to look: a name, and the bytes. */
export type Place = readonly [name: string, bytes: Buffer | string];

/** The part of a mark that every other encoding leaves as it is, and so is found under several layers of them. */
const CORE = /[A-Z][a-z]+-5f1c/;

/** The spellings of a text and of its core: plain, URL-encoded, form-encoded, JSON-escaped, base64 at any offset, hex. */
export function spellings(text: string): string[] {
  const core = CORE.exec(text)?.[0] ?? text;
  return [...new Set([text, core].flatMap(encodingsOf))];
}

function encodingsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters hang on what stands beside it.
    return encoded.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  return [
    text,
    encodeURIComponent(text),
    new URLSearchParams([['', text]]).toString().slice(1),
    JSON.stringify(text).slice(1, -1),
    JSON.stringify(JSON.stringify(text)).slice(3, -3),
    ...inBase64,
    ...inBase64.map((encoded) => encoded.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
  ];
}

/** Each mark that stands in one of the places, as `mark in place`. */
export function findMarks(marks: Readonly<Record<string, string>>, places: Iterable<Place>): string[] {
  const wanted = Object.entries(marks).map(([name, text]) => [name, spellings(text)] as const);
  const found: string[] = [];
  for (const [place, bytes] of places) {
    const haystack = Buffer.from(bytes).toString('latin1').toLowerCase();
    for (const [name, forms] of wanted) {
      const isThere = forms.some((form) =>
        haystack.includes(Buffer.from(form).toString('latin1').toLowerCase()),
      );
      if (isThere) found.push(`${name} in ${place}`);
    }
  }
  return found;
}

/** All files in a folder and below it. */
export function filesIn(dir: string): Place[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(dir, path), readFileSync(path)];
    });
}
