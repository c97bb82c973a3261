/** A sample customer page: all that it knows it has read from the fragment of its own address. */
import '../styles/tokens.css';
import '../styles/base.css';
import './customer.css';

const NAMES = ['call.fromName', 'customerName', 'name'];

/** This is how a page gets what poptray hands it. */
function readContext(): [name: string, value: string][] {
  return [...new URLSearchParams(location.hash.slice(1))];
}

function element(tag: string, className: string, ...content: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

/** A text of a stranger's: its direction is its own. */
function said(tag: string, className: string, text: string): HTMLElement {
  const made = element(tag, className, text);
  made.dir = 'auto';
  return made;
}

/** `caseId` and `call.fromName` as a person would write them. */
function label(name: string): string {
  const words = name
    .replace(/^call\./, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ');
  return words.charAt(0).toLocaleUpperCase() + words.slice(1).toLocaleLowerCase();
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : '']
    .map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '')
    .join('');
}

function show(): void {
  const page = document.getElementById('customer');
  const context = readContext();
  const name = NAMES.map((key) => context.find(([known]) => known === key)?.[1]).find(Boolean);
  const title = name ?? (context.length > 0 ? 'A customer without a name' : 'Nobody yet');
  document.title = name ? `About ${name}` : 'Customer';

  const picture = element('span', 'picture', initials(name ?? '?'));
  picture.ariaHidden = 'true';
  const head = element(
    'header',
    'head',
    picture,
    element('div', '', element('p', 'eyebrow', 'Sample customer page'), said('h1', '', title)),
  );

  const facts = element('dl', 'facts');
  for (const [key, value] of context) {
    if (key === 'sessionToken' || value === name) continue;
    facts.append(element('div', 'fact', said('dt', '', label(key)), said('dd', '', value)));
  }
  const session = context.some(([key]) => key === 'sessionToken');
  const notes = [
    context.length === 0 &&
      element(
        'p',
        'note',
        'Nothing stands in the fragment of this address: the trigger brought no customer data.',
      ),
    session &&
      element(
        'p',
        'note',
        'A session token came with it: a real page would use it to find the agent’s session.',
      ),
  ].filter((note) => note instanceof Node);

  const how = element(
    'p',
    'how',
    'Read in the browser by ',
    element('code', '', 'new URLSearchParams(location.hash.slice(1))'),
    '. The server of this page has seen none of it.',
  );
  page?.replaceChildren(
    head,
    element('section', 'card', ...(facts.childElementCount > 0 ? [facts] : []), ...notes, how),
  );
}

addEventListener('hashchange', show);
show();
