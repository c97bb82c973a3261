/** Why a webhook message could not be given to its receiver: the code that the outbox and the log have, in words. */
const WORDS: Readonly<Record<string, string>> = {
  gone: 'its receiver says that it is gone for good',
  not_configured: 'its webhook is not in the settings any more',
  unreadable: 'its pop can no longer be read in the audit log',
  unreachable: 'its receiver cannot be reached',
  blocked:
    'its address is inside a network, where a webhook goes only when "allow" in its settings names the address, its range or the host; those given up can be sent again then',
  clock: 'its receiver refuses the signatures, because the clock of this machine is off: set it',
  no_secret: 'it has no secret to sign with, and nothing goes out unsigned',
  unfit_secret: 'it has a secret that is none, and nothing goes out unsigned',
  secret_elsewhere: 'its secret was entered for another address',
  secret_unreadable: 'its secret cannot be read',
  connection: 'the connection to its receiver broke',
  timeout: 'its receiver did not answer in time',
  tls: 'its receiver has no certificate that can be trusted',
  internal: 'poptray failed; the log has the kind of the fault',
};

/** To be read after what it is about. */
export function sayWebhookFailure(code: string | null): string {
  const status = /^http_(\d+)$/.exec(code ?? '')?.[1];
  if (status !== undefined) return `its receiver answered ${status}`;
  return WORDS[code ?? ''] ?? `for a reason that is not known here (${code ?? 'none'})`;
}
