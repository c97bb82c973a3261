/** How phones and exchanges write who is at the other end: numbers, addresses, and words for whoever is withheld. */

/** How they write that they do not know the caller or may not say, without blanks and signs. */
const WITHHELD: ReadonlySet<string> = new Set(
  `anonymous anonym anonyme anonimo anonymouscaller unknown unknowncaller unknownnumber unknowncallerid unavailable
  restricted restrictednumber private privatenumber privatecaller privatecall withheld numberwithheld callerwithheld
  blocked blockednumber blockedcallerid hidden hiddennumber nocallerid nonumber noname nullnumber none null undefined
  outofarea callerid caller unbekannt unbekannteranrufer unterdrückt nummerunterdrückt privat inconnu masqué
  numéromasqué privé oculto desconocido privado sconosciuto privato`.split(/\s+/),
);

const SEPARATORS = /[\s().\-/\u2010-\u2015]/gu;
const URI = /^(?:tel|sips?|callto):/i;

/** Whether it begins as an address of a call does: `tel:`, `sip:`, `sips:`, `callto:`. */
export function isCallUri(text: string): boolean {
  return URI.test(text);
}

/** Without the display name, the scheme, the parameters and the password of an address in SIP's or RFC 3966's form: what is called, and at which host. */
export function addressIn(text: string): readonly [user: string, host: string | undefined] {
  const trimmed = text.normalize('NFKC').trim();
  const address = /<([^<>]*)>[^<>]*$/.exec(trimmed)?.[1]?.trim() ?? trimmed;
  const isUri = isCallUri(address);
  const bare = isUri ? decoded(address.slice(address.indexOf(':') + 1).replace(/[;?].*$/s, '')) : address;
  const [user = '', host] = bare.split('@', 2);
  return [isUri ? user.replace(/:.*$/s, '') : user, host];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The digits of a telephone number, with a plus where it is international; undefined for what is none. */
export function numberOf(text: string): string | undefined {
  const trunk = text.trim().replace(/^(\+.{1,6})\(0\)/, '$1');
  const match = /^(\+|00)?(\d+)$/.exec(trunk.replaceAll(SEPARATORS, ''));
  if (!match) return undefined;
  const [, prefix = '', digits = ''] = match;
  const isZero = /^0*$/.test(prefix + digits);
  if (digits.length > 15 || (digits.length < 2 && !isZero)) return undefined;
  if (isZero) return '0';
  return prefix === '' ? digits : `+${digits}`;
}

export function isWithheld(text: string): boolean {
  const word = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  return /^0*$/.test(word) || WITHHELD.has(word);
}
