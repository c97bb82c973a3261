/** Response headers as they came: names and values in order, with every duplicate. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** The values of a header, one for each line of it, without the white space around them. */
export function valuesOf(headers: Headers, name: string): string[] {
  return headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => trimmed(value, ' \t'));
}

/** Without these characters at both ends: `trim` would take all that Unicode calls a space. */
export function trimmed(text: string, characters: string): string {
  let [start, end] = [0, text.length];
  while (start < end && characters.includes(text.charAt(start))) start += 1;
  while (end > start && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
