/** What a trigger says of its call: an id, and who is at the other end, each only where it tells one call from another. */
import type { Trigger } from '../../shared/trigger.ts';
import { remoteOf } from './inject-context.ts';

export interface CallNames {
  /** The call's id; undefined where there is none, or one that is nothing but a number or a word for a withheld caller. */
  readonly id: string | undefined;
  /** The other party in a normal form; null when it is withheld or not told. */
  readonly party: string | null;
}

/** How phones and exchanges write that they do not know the caller or may not say, without blanks and signs. */
const WITHHELD: ReadonlySet<string> = new Set(
  `anonymous anonym anonyme anonimo anonymouscaller unknown unknowncaller unknownnumber unknowncallerid unavailable
  restricted restrictednumber private privatenumber privatecaller privatecall withheld numberwithheld callerwithheld
  blocked blockednumber blockedcallerid hidden hiddennumber nocallerid nonumber noname nullnumber none null undefined
  outofarea callerid caller unbekannt unbekannteranrufer unterdrückt nummerunterdrückt privat inconnu masqué
  numéromasqué privé oculto desconocido privado sconosciuto privato`.split(/\s+/),
);

const SEPARATORS = /[\s().\-/\u2010-\u2015]/gu;
const URI = /^(?:tel|sips?|callto):/i;

/** Of a trigger. */
export function callNamesOf({ interactionId, call }: Pick<Trigger, 'interactionId' | 'call'>): CallNames {
  const remote = call && remoteOf(call);
  const party = remote === undefined ? null : partyOf(remote);
  if (interactionId === undefined) return { id: undefined, party };
  if (!isParty(interactionId)) return { id: interactionId, party };
  return { id: undefined, party: party ?? partyOf(interactionId) };
}

/** One text for all spellings of a party that are sure to be one; null for whoever is withheld. */
export function partyOf(text: string): string | null {
  const address = addressIn(text.normalize('NFKC').trim());
  const [user = '', host] = address.split('@', 2);
  const number = numberOf(user);
  if (isWithheld(number ?? user)) return null;
  // A number is the same one at every exchange that brings it.
  if (number !== undefined) return number;
  return (host === undefined ? user : `${user}@${host}`).toLowerCase().replaceAll(/\s+/gu, ' ');
}

/** Whether what stands in the place of a call's id only says who is at the other end. */
function isParty(id: string): boolean {
  const text = id.trim();
  if (URI.test(text)) return true;
  // Asterisk's ids are a time in seconds, a dot and a count.
  if (/^\d{9,}\.\d+$/.test(text)) return false;
  return numberOf(text) !== undefined || isWithheld(text);
}

/** Without the display name, the scheme, the parameters and the password of an address in SIP's or RFC 3966's form. */
function addressIn(text: string): string {
  const address = /<([^<>]*)>[^<>]*$/.exec(text)?.[1]?.trim() ?? text;
  if (!URI.test(address)) return address;
  const bare = address.slice(address.indexOf(':') + 1).replace(/[;?].*$/s, '');
  const [user = '', host] = decoded(bare).split('@', 2);
  const name = user.replace(/:.*$/s, '');
  return host === undefined ? name : `${name}@${host}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The digits of a telephone number, with a plus where it is international; undefined for what is none. */
function numberOf(text: string): string | undefined {
  const trunk = text.trim().replace(/^(\+.{1,6})\(0\)/, '$1');
  const match = /^(\+|00)?(\d+)$/.exec(trunk.replaceAll(SEPARATORS, ''));
  if (!match) return undefined;
  const [, prefix = '', digits = ''] = match;
  const isZero = /^0*$/.test(prefix + digits);
  if (digits.length > 15 || (digits.length < 2 && !isZero)) return undefined;
  if (isZero) return '0';
  return prefix === '' ? digits : `+${digits}`;
}

function isWithheld(text: string): boolean {
  const word = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  return /^0*$/.test(word) || WITHHELD.has(word);
}
