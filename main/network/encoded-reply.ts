/** Replies come as they are: what a server packs is unpacked nowhere, so that each byte that is read was sent. */

/** Sent with every call whose reply is read: no coding of the content is wanted (RFC 9110, section 12.5.3). */
export const PLAIN = { 'accept-encoding': 'identity' } as const;

/** A reply in a coding that nobody asked for. */
export class EncodedReply extends Error {
  override readonly name = 'EncodedReply';
  readonly code = 'ENCODED_REPLY';
}

/** Whether what comes is not what was packed; header names in lower case. */
export function isEncoded(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const codings = [headers['content-encoding'] ?? []].flat().join(',').split(',');
  return codings.some((coding) => !/^\s*(identity)?\s*$/i.test(coding));
}
