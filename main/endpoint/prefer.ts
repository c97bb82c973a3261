/** The Prefer header (RFC 7240). */

/** Whether a caller would rather be answered before its pop has ended. */
export function prefersAsync(header: string | string[] | undefined): boolean {
  const value = [header ?? []].flat().join(',');
  // What stands in quotes is another preference's value.
  return /(?:^|,)\s*respond-async\s*(?:=\s*""\s*)?(?:[;,]|$)/i.test(
    value.replace(/"(?:[^"\\]|\\.)+"/g, '"value"'),
  );
}
