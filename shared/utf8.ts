/** Text out of bytes that somebody else wrote: UTF-8 or nothing. */

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The bytes are no UTF-8. The message is the rest of a sentence and quotes nothing of them. */
export class NotUtf8 extends Error {
  override readonly name = 'NotUtf8';
}

/** Passes one byte order mark over. Throws NotUtf8: a replaced character would be a change that nobody sees. */
export function textIn(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const [first, second] = bytes;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    throw new NotUtf8(isUtf16 ? 'is not UTF-8 but UTF-16' : 'is not UTF-8');
  }
}
