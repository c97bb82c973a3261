/** What poptray itself says in a window: a page of its own beside the customer's, with nothing of the customer on it. */

/** What a link of it asks for. */
export type NoticeAction = 'retry' | 'browser' | 'dismiss' | 'close';

export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly actions: readonly NoticeAction[];
  /** In the page's place, or as a bar above it. */
  readonly isWhole: boolean;
}

const LABELS: Readonly<Record<NoticeAction, string>> = {
  retry: 'Try again',
  browser: 'Open in browser',
  dismiss: 'Dismiss',
  close: 'Close the window',
};

/** Leads nowhere: whoever shows the page keeps it where it is and does what the path says. */
const ACTION_BASE = 'https://window.poptray.invalid/';

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.4 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; padding: .5rem 1rem; }
.whole { min-height: 100vh; box-sizing: border-box; flex-direction: column; justify-content: center;
  gap: 1rem; padding: 2rem; text-align: center; }
h1 { font-size: 1rem; font-weight: 600; margin: 0; text-wrap: balance; }
.whole h1 { font-size: 1.25rem; }
p { margin: 0; max-width: 36rem; text-wrap: pretty; flex: 1; }
.whole p { flex: none; }
a { display: inline-block; padding: .3rem .8rem; border: 1px solid; border-radius: .4rem; color: LinkText; text-decoration: none; }
a:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
nav { display: flex; flex-wrap: wrap; gap: .5rem; }`;

/** Without any script, as the address of a page. */
export function noticeUrl({ title, text, actions, isWhole }: Notice): string {
  const links = actions.map((action) => `<a href="${ACTION_BASE}${action}">${LABELS[action]}</a>`).join('');
  const html = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style>
<main role="alert"${isWhole ? ' class="whole"' : ''}><h1>${escaped(title)}</h1><p>${escaped(text)}</p><nav aria-label="What to do">${links}</nav></main></html>`;
  return `data:text/html;charset=utf-8,${encodeURIComponent(html)}`;
}

/** What the link that leads there asks for. */
export function actionAt(url: string): NoticeAction | undefined {
  const action = url.startsWith(ACTION_BASE) ? url.slice(ACTION_BASE.length) : '';
  return Object.hasOwn(LABELS, action) ? (action as NoticeAction) : undefined;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
