/** Text of others as a terminal may have it. */

/** What moves the cursor, rings, colours, renames the window or turns the line round: C0 but tab and line feed, DEL, C1, and directions. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** With each of those written as JSON writes it, so that JSON says the same as before. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** The same for a text that must stay in its line. */
export function visibleInLine(text: string): string {
  return visible(text).replace(/[\t\n]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
