/**
 * May a page be shown in a frame? As Chromium decides it, from the headers of the page, of the redirects before it and of
 * the document around it: CSP Level 3, HTML, Fetch, Mixed Content, Upgrade Insecure Requests.
 */
import { effectiveDirective, enforcedPolicies, type Policy, quoted } from './csp.ts';
import { isIsolating, mayBeEmbedded } from './embedder-policy.ts';
import { headerVerdict } from './framed-page.ts';
import type { BlockingRule, FramingVerdict } from './framing-verdict.ts';
import type { Headers } from './headers.ts';
import { addressOf } from './source.ts';
import { allows, parseSourceList } from './source-list.ts';
import { isLocalNetwork, isPotentiallyTrustworthy } from './trustworthy.ts';

export interface Framing {
  /** Of the page's response. */
  readonly headers: Headers;
  readonly pageUrl: string;
  /** Origins of the documents around the page, nearest first; `null` is an opaque one. */
  readonly ancestors: readonly string[];
  /** Of the response that brought the nearest ancestor. */
  readonly embedderHeaders?: Headers | undefined;
  /** The redirects before the page, first to last. */
  readonly redirectChain?: readonly { readonly url: string; readonly headers: Headers }[] | undefined;
}

/** Throws nothing: what is no URL is blocked, what is no origin counts as an opaque one. */
export function frameVerdict(framing: Framing): FramingVerdict {
  const { ancestors, embedderHeaders = [] } = framing;
  for (const [depth, ancestor] of ancestors.slice(0, -1).entries()) {
    if (originOf(ancestor) === null) continue;
    const headers = depth === 0 ? embedderHeaders : [];
    const outer = verdictInside({ headers, pageUrl: ancestor, ancestors: ancestors.slice(depth + 1) });
    if (outer.verdict === 'blocked') return blocked('outer-frame', `${ancestor}: ${outer.detail}`);
  }
  return verdictInside(framing);
}

/** The verdict if everything around the page is shown. */
function verdictInside(framing: Framing): FramingVerdict {
  const { headers, pageUrl, ancestors, embedderHeaders = [], redirectChain = [] } = framing;
  if (ancestors.length === 0) return allowed('top-level', 'nothing is around the page');
  const origins = ancestors.map(originOf);
  const [embedder = null] = origins;
  const policies = enforcedPolicies(embedderHeaders);
  const isUpgrading = policies.some((policy) => policy.has('upgrade-insecure-requests'));
  // Where the outermost document is not secure nothing is isolated; Chromium asks no more than that.
  const top = origins.at(-1);
  const isChecked = isIsolating(embedderHeaders) && (!top || isPotentiallyTrustworthy(top));
  // A sandbox takes the embedder's origin away, but its policy still compares with the address.
  const seen = [policies.some(isSandboxing) ? null : embedder, ...origins.slice(1)] as const;

  const responses = [...redirectChain, { url: pageUrl, headers }];
  let page: URL | undefined;
  for (const [redirects, response] of responses.entries()) {
    const asked = URL.parse(response.url);
    if (!asked) return blocked('url', 'the address is no absolute URL');
    page = isUpgrading ? upgraded(asked, redirects > 0) : asked;
    const refusal = checkRequest(page, policies, origins, redirects > 0);
    if (refusal) return refusal;
    if (isChecked && !mayBeEmbedded(response.headers, page, seen[0])) {
      return blocked(
        'cross-origin-resource-policy',
        `the page around it is isolated, and ${page.origin} does not opt in`,
      );
    }
  }
  if (isChecked && !isIsolating(headers)) {
    return blocked('cross-origin-embedder-policy', 'the page around it is isolated, and this one is not');
  }
  return (
    (page && headerVerdict(headers, page, seen, redirectChain.length > 0)) ??
    allowed('no-restriction', 'no header stands in the way')
  );
}

/** Before a request goes out. */
function checkRequest(
  url: URL,
  policies: readonly Policy[],
  origins: readonly (URL | null)[],
  isRedirected: boolean,
): FramingVerdict | undefined {
  if (url.username !== '' || url.password !== '') {
    return blocked('credentials', 'no browser shows an address with a user name or password in a frame');
  }
  const self = origins[0] ? addressOf(origins[0]) : undefined;
  for (const policy of policies) {
    const directive = effectiveDirective(policy, 'frame-src');
    if (directive && !allows(parseSourceList(directive.values), addressOf(url), self, isRedirected)) {
      return blocked('frame-src', `${quoted(directive)} around it does not match ${url.origin}`);
    }
  }
  // Chromium looks at the nearest document and the outermost; those between were looked at when they came.
  const isSecureAround = [origins[0], origins.at(-1)].some((origin) => origin?.protocol === 'https:');
  if (isSecureAround && !isPotentiallyTrustworthy(url) && !isLocalNetwork(url)) {
    return blocked('mixed-content', `${url.origin} is not https, and a page around it is`);
  }
  return undefined;
}

/** Upgrade Insecure Requests §3.2; where a redirect leads, Chromium upgrades loopback addresses too. */
function upgraded(url: URL, isRedirected: boolean): URL {
  if (url.protocol !== 'http:' || (!isRedirected && isPotentiallyTrustworthy(url))) return url;
  const secure = new URL(url);
  secure.protocol = 'https:';
  return secure;
}

function isSandboxing(policy: Policy): boolean {
  const flags = policy.get('sandbox');
  return flags !== undefined && !flags.some((flag) => flag.toLowerCase() === 'allow-same-origin');
}

/** Null for an opaque origin. */
function originOf(ancestor: string): URL | null {
  const url = URL.parse(ancestor);
  return url && url.hostname !== '' ? url : null;
}

function allowed(rule: FramingVerdict['rule'], detail: string): FramingVerdict {
  return { verdict: 'allowed', rule, detail };
}

function blocked(rule: BlockingRule, detail: string): FramingVerdict {
  return { verdict: 'blocked', rule, detail };
}
