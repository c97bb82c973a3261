/** Puts the customer context into the URL fragment, where no server and no access log sees it: contract §3. */
import type { Trigger } from '../../shared/trigger.ts';
import { addressIn, isWithheld, numberOf } from './call-address.ts';
import type { CallNumbers, PhoneNumber } from './phone-number.ts';

/** What a page is told, by name, in order. */
export type Context = readonly (readonly [name: string, value: string])[];

/** Percent-encodes once; only RFC 3986 unreserved characters stay. Throws URIError for a lone surrogate. */
function encode(text: string): string {
  // encodeURIComponent leaves !'()* as they are, which RFC 3986 reserves.
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What belongs to the other end: that of the caller of an inbound call, of the called party of an outbound one. */
export function remoteOf<End>({
  from,
  to,
  direction,
}: {
  readonly from?: End;
  readonly to?: End;
  readonly direction: 'inbound' | 'outbound';
}): End | undefined {
  return direction === 'outbound' ? to : from;
}

/** What a page is told, by name and in order: of the call, where the phone told it, and then the customer data. */
export function contextOf(
  { call, customerData }: Pick<Trigger, 'call' | 'customerData'>,
  numbers: CallNumbers = {},
): Context {
  const data = Object.entries(customerData ?? {});
  return call ? [...callEntries(call, numbers), ...data] : data;
}

/** Numbers of public networks in their worldwide form, all others as they came. */
function callEntries(call: NonNullable<Trigger['call']>, numbers: CallNumbers): Context {
  const { from, to, fromName, queue, direction } = call;
  const ends = { from: numbers.from?.e164 ?? from, to: numbers.to?.e164 ?? to, direction };
  const number = remoteOf({ ...numbers, direction });
  const known = {
    ...{ from: ends.from, to: ends.to, fromRaw: from, toRaw: to, fromName, queue, direction },
    remote: remoteOf(ends),
    national: number?.national,
    digits: digitsOf(remoteOf(call), number),
  };
  return Object.entries(known).flatMap(([name, value]) =>
    value === undefined ? [] : [[`call.${name}`, value] as const],
  );
}

/** Of a number, also of one that is internal; undefined where there is none. */
function digitsOf(remote: string | undefined, number: PhoneNumber | undefined): string | undefined {
  if (number) return number.e164.slice(1);
  if (remote === undefined) return undefined;
  const [user] = addressIn(remote);
  const digits = numberOf(user);
  return digits === undefined || isWithheld(digits) ? undefined : digits.replace('+', '');
}

/** `page` with the session token and then the context in its fragment. */
export function injectContext(page: string, context: Context, sessionToken?: string): string {
  const token: Context = sessionToken === undefined ? [] : [['sessionToken', sessionToken]];
  return withParameters(page, [...token, ...context]);
}

/**
 * `page` with parameters in its fragment. A fragment route stays (`#/agent` becomes `#/agent?name=value`); all before
 * `#` is left as configured.
 */
export function withParameters(page: string, entries: Context): string {
  const parameters = entries.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  if (parameters === '') return page;

  const hash = page.indexOf('#');
  if (hash === -1) return `${page}#${parameters}`;
  const route = page.slice(hash + 1);
  if (route === '') return page + parameters;
  const hasParameters = route.includes('?') || (!/^!?\//.test(route) && route.includes('='));
  if (!hasParameters) return `${page}?${parameters}`;
  return page + (/[?&]$/.test(route) ? '' : '&') + parameters;
}
