/** The one-time page between the browser's start and the page that is to be shown: it says whether a person sees it. */

import { randomBytes } from 'node:crypto';
import type { HtmlPage } from '../platform/session-page.ts';

/** So long after it was loaded the page waits for the focus, in milliseconds. */
const FOCUS_MS = 300;
/** It is gone sooner, as a rule: until then nothing is painted, which would hold the target's page up. */
const UNSEEN_MS = 250;

const TEXTS = {
  opening: ['Opening the page…', 'It takes this tab’s place in a moment.'],
  elsewhere: ['This page is shown in another tab', 'You can close this one.'],
  over: [
    'This page came too late',
    'poptray has stopped waiting for it. If the call still matters, send the pop again from the dashboard.',
  ],
  failed: [
    'poptray cannot be reached',
    'The page cannot be shown. See whether poptray still runs, and send the pop again.',
  ],
  scripts: [
    'This page needs JavaScript',
    'poptray measures here whether you see the page of a call, and then opens it. Allow scripts for 127.0.0.1, and send the pop again.',
  ],
} as const;

/** What becomes of a tab, in the words of PageReply; `scripts` is what stands there where none run. */
type Outcome = Exclude<keyof typeof TEXTS, 'opening' | 'scripts'>;

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center;
  font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 30rem; padding: 2rem; }
h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 .5rem; text-wrap: balance; }
p { margin: 0; opacity: .75; text-wrap: pretty; }`;

/** The page of a tab that may be the one. `secret` must be URL-safe. */
export function openingPage(secret: string): HtmlPage {
  const words: Record<Outcome, readonly [string, string]> = {
    elsewhere: TEXTS.elsewhere,
    over: TEXTS.over,
    failed: TEXTS.failed,
  };
  return htmlPage(
    `<noscript><main>${article(TEXTS.scripts)}</main></noscript>
<main role="status" hidden>${article(TEXTS.opening)}</main>`,
    {
      script: `
const words = ${JSON.stringify(words)};
let isSent = false;
const parsed = new Promise((resolve) => addEventListener('DOMContentLoaded', resolve));
const isSeen = () => document.visibilityState === 'visible' && document.hasFocus();
const main = () => document.querySelector('main[role]');
const say = async ([title, text]) => {
  await parsed;
  document.title = title;
  main().hidden = false;
  main().querySelector('h1').textContent = title;
  main().querySelector('p').textContent = text;
};
async function report() {
  if (isSent) return;
  isSent = true;
  try {
    const response = await fetch(location.pathname + '/shown', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret: '${secret}', isFocused: isSeen() }),
    });
    const { outcome, target } = await response.json();
    if (outcome === 'show') location.replace(target);
    else say(words[outcome] ?? words.failed);
  } catch {
    say(words.failed);
  }
}
const look = () => isSeen() && report();
look();
addEventListener('focus', look);
document.addEventListener('visibilitychange', look);
parsed.then(() => setTimeout(() => { main().hidden = false; }, ${UNSEEN_MS}));
addEventListener('load', () => setTimeout(report, ${FOCUS_MS}));`,
    },
  );
}

/** The page of a tab that is none. */
export function closedPage(outcome: 'elsewhere' | 'over'): HtmlPage {
  return htmlPage(`<main>${article(TEXTS[outcome])}</main>`, { title: TEXTS[outcome][0] });
}

function article([title, text]: readonly [string, string]): string {
  return `<h1>${title}</h1><p>${text}</p>`;
}

/** The script stands first: it need not wait for what a person may see of the page. */
function htmlPage(
  body: string,
  { title = 'poptray', script }: { readonly title?: string; readonly script?: string },
): HtmlPage {
  const nonce = randomBytes(16).toString('base64');
  return {
    csp: `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    body: `<!doctype html>
<html lang="en"><meta charset="utf-8">${script ? `<script nonce="${nonce}">${script}\n</script>` : ''}
<meta name="viewport" content="width=device-width"><title>${title}</title>
<style nonce="${nonce}">${STYLE}
</style>
${body}
</html>`,
  };
}
