/** What keeps this machine from delivering: the codes of /readyz. */
import * as z from 'zod';

export const unreadySchema = z.enum(['not_configured', 'secrets_locked', 'audit_unavailable', 'paused']);

export type Unready = z.infer<typeof unreadySchema>;

/** For people: what each means and what can be done about it. */
export const unreadyWords: Readonly<Record<Unready, string>> = {
  not_configured: 'a destination is not configured: "poptray doctor" says what is missing',
  secrets_locked: 'the keychain cannot be used: unlock it, and poptray goes on by itself',
  audit_unavailable: 'the audit log cannot be written, so nothing is delivered',
  paused: 'pops are paused: resume them in the tray or the dashboard',
};
