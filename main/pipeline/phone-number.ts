/** Telephone numbers as the world and CRMs write them, by the numbering plans of all countries: contract §1. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Trigger } from '../../shared/trigger.ts';
import { addressIn, isWithheld, numberOf } from './call-address.ts';

export interface PhoneNumber {
  /** `+493012345678`, without an extension. */
  readonly e164: string;
  /** As it is dialled and written in its own country: `030 12345678`. */
  readonly national: string;
}

/** The numbers of a call's two ends, where they are numbers of a public network. */
export interface CallNumbers {
  readonly from?: PhoneNumber | undefined;
  readonly to?: PhoneNumber | undefined;
}

/**
 * The number in what a phone gives: digits, `tel:`, `sip:`, with a display name or an extension; undefined for none, an
 * internal or a withheld one. `country` (ISO 3166-1) is where numbers without a country's code are dialled.
 */
export function phoneNumberOf(text: string, country?: string): PhoneNumber | undefined {
  const [user] = addressIn(text);
  const digits = numberOf(user);
  // The library reads at most 250 characters; no number with an extension has as many.
  if (user.length > 64 || isWithheld(digits ?? user)) return undefined;
  const defaultCountry = isCountry(country) ? country : undefined;
  const number = parsePhoneNumberFromString(digits ?? user, {
    ...(defaultCountry && { defaultCountry }),
    extract: false,
  });
  if (!number?.isValid()) return undefined;
  number.setExt('');
  return { e164: number.number, national: number.formatNational() };
}

/** Of a trigger's call. */
export function callNumbersOf(call: Trigger['call'], country?: string): CallNumbers {
  const { from, to } = call ?? {};
  return {
    from: from === undefined ? undefined : phoneNumberOf(from, country),
    to: to === undefined ? undefined : phoneNumberOf(to, country),
  };
}

function isCountry(country: string | undefined): country is CountryCode {
  return country !== undefined && isSupportedCountry(country);
}
