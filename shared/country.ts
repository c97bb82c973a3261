/** Which countries there are; the settings form lists them, and the schema asks for one. */

/** Of ISO 3166-1, where it is a country's. */
const REGION = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Its English name; undefined for what is no code of a country in ISO 3166-1's two letters. */
export function countryName(code: string): string | undefined {
  return /^[A-Z]{2}$/.test(code) ? REGION.of(code) : undefined;
}
