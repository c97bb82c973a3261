/** Which names customer data can have; the dashboard's form asks the same as the schema. */

/** Names that would shadow the session token or touch an object's prototype. */
export const RESERVED_NAMES = ['sessionToken', '__proto__', 'constructor', 'prototype'];

export const DATA_NAME = /^\P{Cc}{1,64}$/u;
export const NO_DATA_NAME = 'must have 1 to 64 characters, none of them a control character';
export const LONE_SURROGATE = 'has a lone surrogate, which has no encoding in UTF-8';
export const RESERVED = 'is a reserved name';

/** Names under which the context has what the phone knows of the call. */
export const CALL_NAMES: readonly string[] = [
  'from',
  'to',
  'fromRaw',
  'toRaw',
  'fromName',
  'queue',
  'direction',
  'remote',
  'national',
  'digits',
].map((name) => `call.${name}`);

/** Under `call.` stands what the phone knows of the call itself. */
export function isReserved(name: string): boolean {
  return RESERVED_NAMES.includes(name) || name.startsWith('call.');
}

/** Why a name will not do; undefined if it will. */
export function dataNameFault(name: string): string | undefined {
  if (!DATA_NAME.test(name)) return NO_DATA_NAME;
  if (!name.isWellFormed()) return LONE_SURROGATE;
  return isReserved(name) ? RESERVED : undefined;
}
