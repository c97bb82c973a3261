/** Addresses that may be called. */
import * as z from 'zod';

/** Hosts to which plain http never leaves the machine. */
export const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether it is an https URL without userinfo, or an http one to this machine. */
export function isSafeUrl({ protocol, hostname, username, password }: URL): boolean {
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK_HOSTS.has(hostname));
}

/** The same of a text. */
export function isHttpsOrLoopback(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && isSafeUrl(url);
}

/** An https URL without userinfo, or an http one to this machine. */
export const callableUrl = z
  .string()
  .refine(
    isHttpsOrLoopback,
    'must be an https URL without userinfo; http only for 127.0.0.1, localhost or [::1]',
  );
