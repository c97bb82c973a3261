/** What a trigger says of its call: an id, and who is at the other end, each only where it tells one call from another. */
import type { Trigger } from '../../shared/trigger.ts';
import { addressIn, isCallUri, isWithheld, numberOf } from './call-address.ts';
import { remoteOf } from './inject-context.ts';
import { type CallNumbers, type PhoneNumber, phoneNumberOf } from './phone-number.ts';

export interface CallNames {
  /** The call's id; undefined where there is none, or one that is nothing but a number or a word for a withheld caller. */
  readonly id: string | undefined;
  /** The other party in a normal form; null when it is withheld or not told. */
  readonly party: string | null;
}

/** Of a trigger with these numbers; `country` is where a number in the place of the id is dialled. */
export function callNamesOf(
  { interactionId, call }: Pick<Trigger, 'interactionId' | 'call'>,
  numbers: CallNumbers = {},
  country?: string,
): CallNames {
  const remote = call && remoteOf(call);
  const number = call && remoteOf({ ...numbers, direction: call.direction });
  const party = remote === undefined ? null : partyOf(remote, number);
  if (interactionId === undefined) return { id: undefined, party };
  if (!isParty(interactionId)) return { id: interactionId, party };
  return { id: undefined, party: party ?? partyOf(interactionId, phoneNumberOf(interactionId, country)) };
}

/** One text for all spellings of a party that are sure to be one; null for whoever is withheld. */
export function partyOf(text: string, phone?: PhoneNumber): string | null {
  // A number is the same one at every exchange that brings it.
  if (phone) return phone.e164;
  const [user, host] = addressIn(text);
  const number = numberOf(user);
  if (isWithheld(number ?? user)) return null;
  if (number !== undefined) return number;
  return (host === undefined ? user : `${user}@${host}`).toLowerCase().replaceAll(/\s+/gu, ' ');
}

/** Whether what stands in the place of a call's id only says who is at the other end. */
function isParty(id: string): boolean {
  const text = id.trim();
  if (isCallUri(text)) return true;
  // Asterisk's ids are a time in seconds, a dot and a count.
  if (/^\d{9,}\.\d+$/.test(text)) return false;
  return numberOf(text) !== undefined || isWithheld(text);
}
