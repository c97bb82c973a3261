/** How a page of the dashboard shows that a session is its own: a cookie would go to every port of this machine. */

/** Where the page keeps the secret, in sessionStorage. */
export const SESSION_KEY = 'poptray-session';

/** The header that has it, with everything below /ui/api/. No page of another origin can send it. */
export const SESSION_HEADER = 'poptray-session';

/** The public name of a session, by which it is listed and ended. */
export function sessionIdOf(secret: string): string {
  return secret.split('.', 1)[0] ?? '';
}
