/** May an application's page be shown where its pops go? What was seen of the page, judged for people and for pops. */
import type { RequiredDirective } from '../../shared/framing.ts';
import { type Framing, frameVerdict } from './framing.ts';
import { framingAdvice } from './framing-verdict.ts';
import { unmetRequirement } from './required-directives.ts';

/** Why nobody could look. */
export interface TargetFault {
  readonly rule: 'unreachable' | 'redirect-elsewhere';
  readonly detail: string;
  /** What to do, where that is known better than by the rule. */
  readonly advice?: string;
}

/** What a look at a page brought: its headers, or why there are none. */
export type TargetLook = Pick<Framing, 'headers' | 'pageUrl' | 'redirectChain'> | TargetFault;

export interface TargetVerdict {
  /** `unknown`: nobody could look. */
  readonly verdict: 'allowed' | 'blocked' | 'unknown';
  readonly rule: string;
  readonly detail: string;
  /** What to change, if anything. */
  readonly advice: string | null;
}

const ADVICE: Readonly<Record<string, string>> = {
  ...framingAdvice,
  'must-allow': 'Have the page’s Content-Security-Policy list the sources that the settings require.',
  'must-not-exceed':
    'Have the page’s Content-Security-Policy list nothing beyond the sources in the settings.',
  unreachable: 'Check the address, the network and the certificate of the page.',
  'redirect-elsewhere':
    'Only the application’s allowed origins are looked at: add the other one, or use the mode warn for a page behind a sign-in elsewhere.',
};

/** `embedder` is the origin of the page around it. */
export function targetVerdict(
  look: TargetLook,
  embedder: string,
  required: readonly RequiredDirective[],
): TargetVerdict {
  if ('rule' in look) {
    const { rule, detail, advice = adviceFor(rule) } = look;
    return { verdict: 'unknown', rule, detail, advice };
  }
  const { verdict, rule, detail } = frameVerdict({ ...look, ancestors: [embedder] });
  if (verdict === 'blocked') return { verdict, rule, detail, advice: adviceFor(rule) };
  const unmet = unmetRequirement(look.headers, new URL(look.pageUrl), required);
  if (unmet) return { verdict: 'blocked', ...unmet, advice: adviceFor(unmet.rule) };
  return { verdict, rule, detail, advice: null };
}

function adviceFor(rule: string): string | null {
  return ADVICE[rule] ?? null;
}
