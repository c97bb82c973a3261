/** Whatever a softphone may send as context. */
import * as fc from 'fast-check';

const RESERVED = ['sessionToken', '__proto__', 'constructor', 'prototype'];

/** Any text but lone surrogates, often with what means something in a URL. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'&=%+ #?/\\;:@\'"()*!~\0\r\n', '%20', '😀', 'שלום', '\u202e', 'é') }),
);

/** Any name but a whole number: JavaScript puts those before all others, whatever their order in the JSON. */
export const anyName = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9_. -]{0,63}$/),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  )
  .filter((name) => /^\P{Cc}{1,64}$/u.test(name) && !RESERVED.includes(name))
  .filter((name) => !name.startsWith('call.') && !/^\d+$/.test(name));

/** Names and values, in an order. */
export const anyData = fc
  .uniqueArray(fc.tuple(anyName, anyText), { selector: ([key]) => key, maxLength: 64 })
  .map((entries) => Object.fromEntries(entries));
