/** Content-Security-Policy headers, parsed as Chromium does: CSP Level 3 §2.2.2. */
import { type Headers, valuesOf } from './headers.ts';

/** Directive names, in lower case, with their values. */
export type Policy = ReadonlyMap<string, readonly string[]>;

/** The policies that are enforced; report-only ones do nothing. Several stand in one header, split by commas. */
export function enforcedPolicies(headers: Headers): Policy[] {
  return valuesOf(headers, 'content-security-policy')
    .flatMap((value) => value.split(','))
    .map(parsePolicy);
}

function parsePolicy(text: string): Policy {
  const policy = new Map<string, readonly string[]>();
  let unreadable: Set<string> | undefined;
  for (const directive of text.split(';')) {
    const [given, ...values] = directive.match(/[^\t\n\f\r ]+/g) ?? [];
    if (given === undefined || !/^[a-z-]+$/i.test(given)) continue;
    const name = given.toLowerCase();
    // Of duplicates the first counts, also when nothing of it can be read.
    if (policy.has(name) || unreadable?.has(name)) continue;
    // Chromium drops the whole directive for one character that is not visible ASCII.
    if (values.every((value) => /^[\x21-\x7e]*$/.test(value))) policy.set(name, values);
    else unreadable = (unreadable ?? new Set()).add(name);
  }
  return policy;
}

export interface Directive {
  readonly name: string;
  readonly values: readonly string[];
}

/** What stands in for a directive that a policy does not have, in this order: CSP Level 3 §6.8.1. */
const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  'frame-src': ['child-src', 'default-src'],
  'worker-src': ['child-src', 'script-src', 'default-src'],
  'script-src-elem': ['script-src', 'default-src'],
  'script-src-attr': ['script-src', 'default-src'],
  'style-src-elem': ['style-src', 'default-src'],
  'style-src-attr': ['style-src', 'default-src'],
};

/** The directive of a policy that decides about this one; undefined if the policy lets everything in. */
export function effectiveDirective(policy: Policy, name: string): Directive | undefined {
  const others = FALLBACKS[name] ?? (name.endsWith('-src') ? ['default-src'] : []);
  for (const one of [name, ...others]) {
    const values = policy.get(one);
    if (values) return { name: one, values };
  }
  return undefined;
}

/** A directive as a person should read it, cut short. */
export function quoted({ name, values }: Directive): string {
  const text = [name, ...values].join(' ');
  return `"${text.length > 160 ? `${text.slice(0, 160)}…` : text}"`;
}
