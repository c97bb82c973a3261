/** The Idempotency-Key header: a structured-field string (RFC 9651 §3.3.3) or the bare key. */

/** The key in a header value; undefined when a quoted one is malformed. */
export function parseIdempotencyKey(value: string): string | undefined {
  const text = value.trim();
  if (!text.startsWith('"')) return text;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text)?.[1];
  return quoted?.replace(/\\(["\\])/g, '$1');
}
