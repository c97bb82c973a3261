/** Addresses that may be called. */
import * as z from 'zod';

/** Hosts to which plain http never leaves the machine. */
export const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether `value` is an https URL without userinfo, or an http one to this machine. */
export function isHttpsOrLoopback(value: string): boolean {
  const url = URL.parse(value);
  if (url?.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
}

/** An https URL without userinfo, or an http one to this machine. */
export const callableUrl = z
  .string()
  .refine(
    isHttpsOrLoopback,
    'must be an https URL without userinfo; http only for 127.0.0.1, localhost or [::1]',
  );
