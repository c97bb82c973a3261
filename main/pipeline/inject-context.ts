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

/** What a page is told of the call, where the phone told it. */
function callEntries(call: Trigger['call']): [string, string][] {
  if (!call) return [];
  const { from, to, fromName, queue, direction } = call;
  const known = { from, to, fromRaw: from, toRaw: to, fromName, queue, direction, remote: remoteOf(call) };
  return Object.entries(known).flatMap(([name, value]) =>
    value === undefined ? [] : [[`call.${name}`, value] as [string, string]],
  );
}

/**
 * `baseUri` with the session token, the call and then the customer data, in the order given, in its fragment.
 * A fragment route stays (`#/agent` becomes `#/agent?name=value`); all before `#` is left as configured.
 */
export function injectContext(
  baseUri: string,
  { sessionToken, call, customerData }: Pick<Trigger, 'sessionToken' | 'call' | 'customerData'>,
): string {
  const entries = [...callEntries(call), ...Object.entries(customerData ?? {})];
  if (sessionToken !== undefined) entries.unshift(['sessionToken', sessionToken]);
  const context = entries.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  if (context === '') return baseUri;

  const hash = baseUri.indexOf('#');
  if (hash === -1) return `${baseUri}#${context}`;
  const route = baseUri.slice(hash + 1);
  if (route === '') return baseUri + context;
  const hasParameters = route.includes('?') || (!/^!?\//.test(route) && route.includes('='));
  if (!hasParameters) return `${baseUri}?${context}`;
  return baseUri + (/[?&]$/.test(route) ? '' : '&') + context;
}
