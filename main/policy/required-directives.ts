/** Whether a page's policy says what an application requires of it. */
import type { RequiredDirective } from '../../shared/framing.ts';
import { coversSource, isMeaningful } from './covers-source.ts';
import { effectiveDirective, enforcedPolicies, quoted } from './csp.ts';
import type { Headers } from './headers.ts';
import { type Address, addressOf } from './source.ts';

export interface UnmetRequirement {
  readonly rule: RequiredDirective['rule'];
  readonly detail: string;
}

/** The first requirement that the enforced policies of a page do not meet; undefined if they meet all. */
export function unmetRequirement(
  headers: Headers,
  page: URL,
  required: readonly RequiredDirective[],
): UnmetRequirement | undefined {
  const policies = enforcedPolicies(headers);
  const self = addressOf(page);
  for (const { directive, rule, sources } of required) {
    const directives = policies
      .map((policy) => effectiveDirective(policy, directive))
      .filter((one) => one !== undefined);
    if (rule === 'must-allow') {
      // What no policy restricts is let in.
      for (const one of directives) {
        const missing = sources.find((source) => !covers(one.values, source, self));
        if (missing !== undefined) {
          return { rule, detail: `${quoted(one)} of the page does not let all of ${missing} in` };
        }
      }
      continue;
    }
    // All policies count, so one that is strict enough will do.
    const isStrict = directives.some(({ values }) =>
      values.filter(isMeaningful).every((value) => covers(sources, value, self)),
    );
    if (isStrict) continue;
    const wanted = quoted({ name: directive, values: sources });
    const [first] = directives;
    const detail = first
      ? `${quoted(first)} of the page goes beyond ${wanted}`
      : `no policy of the page restricts ${directive} to ${sources.join(' ')}`;
    return { rule, detail };
  }
  return undefined;
}

function covers(list: readonly string[], source: string, self: Address): boolean {
  return list.some((one) => coversSource(one, source, self));
}
