/** What RFC 9110 §5.5 lets a header's value be. */
export function isHeaderValue(text: string): boolean {
  return /^[!-~]([ -~]*[!-~])?$/.test(text);
}
