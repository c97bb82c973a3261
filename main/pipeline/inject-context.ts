/** Puts the customer context into the URL fragment, where no server and no access log sees it: contract §3. */
import type { Trigger } from '../../shared/trigger.ts';

/** Percent-encodes once; only RFC 3986 unreserved characters stay. Throws URIError for a lone surrogate. */
function encode(text: string): string {
  // encodeURIComponent leaves !'()* as they are, which RFC 3986 reserves.
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Who is at the other end: the caller of an inbound call, the called party of an outbound one. */
export function remoteOf({ from, to, direction }: NonNullable<Trigger['call']>): string | undefined {
  return direction === 'outbound' ? to : from;
}

/** What a page is told, by name and in order: of the call, where the phone told it, and then the customer data. */
export function contextOf({
  call,
  customerData,
}: Pick<Trigger, 'call' | 'customerData'>): [string, string][] {
  return [...callEntries(call), ...Object.entries(customerData ?? {})];
}

function callEntries(call: Trigger['call']): [string, string][] {
  if (!call) return [];
  const { from, to, fromName, queue, direction } = call;
  const known = { from, to, fromRaw: from, toRaw: to, fromName, queue, direction, remote: remoteOf(call) };
  return Object.entries(known).flatMap(([name, value]) =>
    value === undefined ? [] : [[`call.${name}`, value] as [string, string]],
  );
}

/** `page` with the session token and then the context in its fragment. */
export function injectContext(
  page: string,
  trigger: Pick<Trigger, 'sessionToken' | 'call' | 'customerData'>,
): string {
  const { sessionToken } = trigger;
  const token: [string, string][] = sessionToken === undefined ? [] : [['sessionToken', sessionToken]];
  return withParameters(page, [...token, ...contextOf(trigger)]);
}

/**
 * `page` with parameters in its fragment. A fragment route stays (`#/agent` becomes `#/agent?name=value`); all before
 * `#` is left as configured.
 */
export function withParameters(page: string, entries: readonly (readonly [string, string])[]): string {
  const parameters = entries.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  if (parameters === '') return page;

  const hash = page.indexOf('#');
  if (hash === -1) return `${page}#${parameters}`;
  const route = page.slice(hash + 1);
  if (route === '') return page + parameters;
  const hasParameters = route.includes('?') || (!/^!?\//.test(route) && route.includes('='));
  if (!hasParameters) return `${page}?${parameters}`;
  return page + (/[?&]$/.test(route) ? '' : '&') + parameters;
}
