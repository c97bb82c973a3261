/** Why a webhook message was given up: the code that the outbox and the log have, in words. */
const WORDS: Readonly<Record<string, string>> = {
  gone: 'its receiver says that it is gone for good',
  not_configured: 'its webhook is not in the settings any more',
  unreadable: 'its pop can no longer be read in the audit log',
  unreachable: 'its receiver cannot be reached',
  blocked: 'its address is inside a network, where webhooks do not go',
  connection: 'the connection to its receiver broke',
  timeout: 'its receiver did not answer in time',
  tls: 'its receiver has no certificate that can be trusted',
  internal: 'poptray failed; the log has the kind of the fault',
};

/** To be read after what was given up. */
export function sayWebhookFailure(code: string | null): string {
  const status = /^http_(\d+)$/.exec(code ?? '')?.[1];
  if (status !== undefined) return `its receiver answered ${status}`;
  return WORDS[code ?? ''] ?? `for a reason that is not known here (${code ?? 'none'})`;
}
