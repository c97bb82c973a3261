/** A secret as it was meant: the line break at its end is that of the file, the variable or the clipboard it came from. */
export function secretText(given: string): string {
  return given.replace(/[\r\n]+$/, '');
}
