/** Whatever a softphone may send as context. */
import * as fc from 'fast-check';

const RESERVED = ['sessionToken', 'constructor', 'prototype'];

/** Any text but lone surrogates, often with what means something in a URL. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'&=%+ #?/\\;:@\'"()*!~\0\r\n', '%20', '😀', 'שלום', '\u202e', 'é') }),
);

/** Names and values, in an order. */
export const anyData = fc
  .uniqueArray(
    fc.tuple(
      fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/).filter((key) => !RESERVED.includes(key)),
      anyText,
    ),
    { selector: ([key]) => key, maxLength: 32 },
  )
  .map((entries) => Object.fromEntries(entries));
