/** The page between a one-time link and what it opens: it takes the session's secret to where only its own origin finds it. */
import { randomBytes } from 'node:crypto';
import { SESSION_KEY } from '../../shared/session-secret.ts';

/** A page with the policy that lets its own script run, and nothing else. */
export interface HtmlPage {
  readonly csp: string;
  readonly body: string;
}

/**
 * sessionStorage is kept by scheme, host and port, which a cookie is not. `subject` is what opens, for people; `secret`
 * must be URL-safe.
 */
export function sessionPage(subject: string, secret: string): HtmlPage {
  const nonce = randomBytes(16).toString('base64');
  return {
    csp: `default-src 'none'; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    body: `<!doctype html><meta charset="utf-8"><title>poptray</title>
<script nonce="${nonce}">
try { sessionStorage.setItem('${SESSION_KEY}', '${secret}'); } finally { location.replace('./'); }
</script>
<noscript>The ${subject} needs JavaScript.</noscript>`,
  };
}
