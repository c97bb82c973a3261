/** Whether a page may be framed, and what decided. */

/** What a browser looks at, in its order, with what can be done when it blocks. */
export const framingAdvice = {
  'outer-frame': 'A frame around the page is blocked itself: look at that one first.',
  url: 'Give an absolute https URL.',
  credentials: 'Take user name and password out of the address.',
  'frame-src':
    'Have the frame-src of the page around it list this address and every address that it redirects to.',
  'mixed-content': 'Serve the page, and every redirect before it, over https.',
  'cross-origin-resource-policy':
    'Send "Cross-Origin-Resource-Policy: cross-origin" with the page and with every redirect before it.',
  'cross-origin-embedder-policy': 'Send "Cross-Origin-Embedder-Policy: require-corp" with the page.',
  'frame-ancestors':
    'Have every Content-Security-Policy of the page list each page around it in frame-ancestors; X-Frame-Options then no longer counts.',
  'x-frame-options':
    'Send a Content-Security-Policy with the pages around it in frame-ancestors; it takes the place of X-Frame-Options.',
} as const;

export type BlockingRule = keyof typeof framingAdvice;

export interface FramingVerdict {
  readonly verdict: 'allowed' | 'blocked';
  /** `top-level`: there is no frame; `no-restriction`: no header stands in the way. */
  readonly rule: BlockingRule | 'top-level' | 'no-restriction';
  /** In words; quotes the policy that decided. */
  readonly detail: string;
}
