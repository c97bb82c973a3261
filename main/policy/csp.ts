/** Content-Security-Policy headers, parsed as Chromium does: CSP Level 3 §2.2.2. */
import { type Headers, valuesOf } from './headers.ts';

/** Directive names, in lower case, with their values. */
export type Policy = ReadonlyMap<string, readonly string[]>;

/** The policies that are enforced; report-only ones do nothing. Several stand in one header, split by commas. */
export function enforcedPolicies(headers: Headers): Policy[] {
  return valuesOf(headers, 'content-security-policy').flatMap((value) => value.split(',').map(parsePolicy));
}

function parsePolicy(text: string): Policy {
  const policy = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  for (const directive of text.split(';')) {
    const [given = '', ...values] = directive.match(/[^\t\n\f\r ]+/g) ?? [];
    const name = given.toLowerCase();
    // Of duplicates the first counts, also when nothing of it can be read.
    if (!/^[a-z-]+$/i.test(given) || seen.has(name)) continue;
    seen.add(name);
    // Chromium drops the whole directive for one character that is not visible ASCII.
    if (values.every((value) => /^[\x21-\x7e]*$/.test(value))) policy.set(name, values);
  }
  return policy;
}
