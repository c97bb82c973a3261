import { framingAdvice } from '../../main/policy/framing-verdict.ts';
import type { FramingState } from '../../shared/framing.ts';

/** What is known of a page before somebody has mended its policy, and after. */
export function framingStateOf(application: string, isMended: boolean): FramingState {
  const embedder = 'https://apps.mypurecloud.ie';
  const place = {
    application,
    page: 'https://app.mydashboard.com/agent-view',
    mode: 'warn' as const,
    embedder,
    destinations: ['genesys'],
  };
  const rule = 'frame-ancestors';
  const lookedAt = Date.parse('2026-11-25T09:00:00Z');
  if (isMended) {
    const detail = 'frame-ancestors of the page matches all around it';
    return { ...place, verdict: 'allowed', rule, detail, advice: null, lookedAt };
  }
  const detail = `"frame-ancestors 'self'" of the page does not match ${embedder}`;
  const { 'frame-ancestors': advice } = framingAdvice;
  return { ...place, verdict: 'blocked', rule, detail, advice, lookedAt };
}

/** The same page in the frame of another destination, where nobody has looked yet. */
export function notLookedAt(application: string): FramingState {
  return {
    ...framingStateOf(application, true),
    embedder: 'https://desk.example',
    destinations: ['desk', 'crm'],
    verdict: 'unknown',
    rule: 'not-yet-known',
    detail: 'nobody has looked at the page yet',
    lookedAt: null,
  };
}
