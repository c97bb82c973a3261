/** The page's own word about being framed: frame-ancestors where it is enforced, else X-Frame-Options. */
import { enforcedPolicies, quoted } from './csp.ts';
import { frameOptionsOf } from './frame-options.ts';
import type { FramingVerdict } from './framing-verdict.ts';
import type { Headers } from './headers.ts';
import { addressOf } from './source.ts';
import { allows, parseSourceList } from './source-list.ts';

/** The verdict of the header that decides; undefined if there is none. Null is an opaque origin. */
export function headerVerdict(
  headers: Headers,
  page: URL,
  ancestors: readonly (URL | null)[],
  isRedirected: boolean,
): FramingVerdict | undefined {
  const directives = enforcedPolicies(headers)
    .map((policy) => policy.get('frame-ancestors'))
    .filter((values) => values !== undefined);
  if (directives.length === 0) return optionsVerdict(headers, page, ancestors);

  const self = addressOf(page);
  for (const values of directives) {
    const list = parseSourceList(values);
    const outside = ancestors.find(
      (origin) => !origin || !allows(list, addressOf(origin), self, isRedirected),
    );
    if (outside !== undefined) {
      const detail = `${quoted({ name: 'frame-ancestors', values })} of the page does not match ${outside?.origin ?? 'an opaque origin'}`;
      return { verdict: 'blocked', rule: 'frame-ancestors', detail };
    }
  }
  return {
    verdict: 'allowed',
    rule: 'frame-ancestors',
    detail: 'frame-ancestors of the page matches all around it',
  };
}

function optionsVerdict(
  headers: Headers,
  page: URL,
  ancestors: readonly (URL | null)[],
): FramingVerdict | undefined {
  const options = frameOptionsOf(headers);
  if (options === 'absent') return undefined;
  const verdict = (isAllowed: boolean, detail: string): FramingVerdict => ({
    verdict: isAllowed ? 'allowed' : 'blocked',
    rule: 'x-frame-options',
    detail,
  });
  switch (options) {
    case 'deny':
      return verdict(false, 'X-Frame-Options is DENY');
    case 'conflict':
      return verdict(false, 'X-Frame-Options has values that contradict each other, which counts as DENY');
    case 'sameorigin': {
      const other = ancestors.find((origin) => origin?.origin !== page.origin);
      if (other === undefined)
        return verdict(true, 'X-Frame-Options is SAMEORIGIN, and so is all around the page');
      return verdict(
        false,
        `X-Frame-Options is SAMEORIGIN, and ${other?.origin ?? 'an opaque origin'} is another`,
      );
    }
    case 'allowall':
      return verdict(true, 'X-Frame-Options is ALLOWALL');
    case 'invalid':
      return verdict(true, 'X-Frame-Options has no value that browsers know, so they ignore it');
  }
}
