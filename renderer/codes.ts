/** What each error code means and what to do, for audit entries, which carry the code alone. Repeats main/pipeline/errors.ts; a test holds the two together. */
interface CodeTexts {
  readonly title: string;
  readonly hint: string;
}

export const codes: Readonly<Record<string, CodeTexts>> = {
  bad_request: {
    title: 'The request is not well-formed HTTP',
    hint: 'Send one Host header, no upgrade, and an origin-form request target.',
  },
  invalid_json: {
    title: 'The body is not JSON',
    hint: 'Send one JSON object in UTF-8, no member twice; check quotes and commas.',
  },
  invalid_trigger: {
    title: 'The trigger does not fit the schema',
    hint: 'Correct the fields that are named (errors[] in the answer points to each); GET /openapi.json has the schema.',
  },
  unauthorized: {
    title: 'The local token is missing, wrong or revoked',
    hint: 'Create a token with "poptray token create NAME" and send it as Authorization: Bearer.',
  },
  forbidden_origin: {
    title: 'This web page may not call poptray',
    hint: 'If the page is yours, pair it, or add its origin to browserOrigins in the settings.',
  },
  forbidden_client: {
    title: 'This token is for pops alone',
    hint: 'Use the poptray command, which has a token of its own.',
  },
  not_confirmed: {
    title: 'The change was not confirmed',
    hint: 'Save again, and say yes in the dialog that poptray shows.',
  },
  pairing_refused: {
    title: 'No open pairing has this code',
    hint: 'Open a pairing in the dashboard’s settings or with "poptray pair NAME", and type the code that it shows.',
  },
  not_found: {
    title: 'There is nothing here',
    hint: 'Triggers go to POST /trigger-screenpop; GET /openapi.json lists the rest.',
  },
  other_user: {
    title: 'Another user of this machine asked for the page of a pop',
    hint: 'They were given nothing, and the pop went on. Find out which of their programs does so; a shared machine is no place for what they must not see.',
  },
  method_not_allowed: {
    title: 'This path does not take that method',
    hint: 'Use a method of the Allow header. A phone that can only open a URL (GET) opens poptray://call?raw=… or runs "poptray call" instead; docs/command-line.md has both.',
  },
  request_timeout: {
    title: 'The request took too long to arrive',
    hint: 'Send the whole request within ten seconds.',
  },
  in_progress: {
    title: 'A trigger with this key is still running',
    hint: 'Wait for Retry-After, then send the same trigger again: it will get the first one’s answer.',
  },
  pairing_expired: {
    title: 'The time for this pairing is over',
    hint: 'Open another one, and type its code within two minutes.',
  },
  unreadable: {
    title: 'The pop can no longer be read in the audit log',
    hint: 'There is nothing left to send; "poptray audit verify" says what happened to the log.',
  },
  too_large: {
    title: 'The body is over 64 KiB',
    hint: 'Send less customerData; large records belong behind the target page.',
  },
  unsupported_media_type: {
    title: 'The body is not application/json',
    hint: 'Send JSON as Content-Type: application/json, in UTF-8. A phone that can only post forms opens poptray://call?raw=… or runs "poptray call" instead; docs/command-line.md has both.',
  },
  misdirected: {
    title: 'The Host header does not name this endpoint',
    hint: 'Call 127.0.0.1, localhost or [::1], with the port that poptray listens on.',
  },
  key_reused: {
    title: 'This idempotency key belongs to another trigger',
    hint: 'Use a new key for a new pop; send the same payload to repeat an old one.',
  },
  target_not_allowed: {
    title: 'The target page may not be shown',
    hint: 'Check the application’s baseUri and allowedOrigins in the settings.',
  },
  target_not_frameable: {
    title: 'The target page refuses to be framed there',
    hint: 'Have the page’s Content-Security-Policy let the agent desktop in; "poptray doctor --target URL" says what is in the way.',
  },
  extension_incompatible: {
    title: 'The browser extension does not fit this application',
    hint: 'Update the extension or the browser to a version that the compatibility matrix lists; where the matrix itself cannot be used, have whoever keeps the settings mend it.',
  },
  target_incomplete: {
    title: 'The trigger lacks what the target page needs',
    hint: 'Send what errors[] points to, or set a fallback page for the application.',
  },
  session_token_needed: {
    title: 'The context of this application is sealed for a session token',
    hint: 'Send a sessionToken of at least 22 random characters that the page has as well.',
  },
  rate_limited: {
    title: 'Too many requests with this token',
    hint: 'Wait for Retry-After; POPTRAY_RATE_LIMIT sets the limit.',
  },
  header_too_large: {
    title: 'The request headers are too large',
    hint: 'Send fewer or shorter headers: 16 KiB and 100 at most.',
  },
  internal: {
    title: 'poptray failed',
    hint: 'Send the trigger again with the same key; if it stays, the log has the time and the kind of the fault.',
  },
  upstream_unauthorized: {
    title: 'The destination does not accept our credentials',
    hint: 'Check the region first, then client id and secret.',
  },
  upstream_forbidden: {
    title: 'The destination forbids this pop',
    hint: 'Assign the OAuth client a role (Screen Pops Administrator or Custom Applications Developer); see that the user exists and is logged in to the agent desktop.',
  },
  upstream_rejected: {
    title: 'The destination rejected the pop',
    hint: 'Check the user id and the application id; correlationId helps its support find the call.',
  },
  upstream_failed: {
    title: 'The destination failed, also when tried again',
    hint: 'Check the application id and the status page; send the trigger again with the same key.',
  },
  not_shown: {
    title: 'Nobody was there to show the page to',
    hint: 'See that a browser opens on this machine, and that it may run scripts of 127.0.0.1; "poptray doctor" says what is missing. Then send the same key again.',
  },
  upstream_rate_limited: {
    title: 'The destination’s rate limit is reached',
    hint: 'Wait for Retry-After, then send the same key again; lower the rate if it stays.',
  },
  upstream_unavailable: {
    title: 'The destination cannot be reached',
    hint: 'Check the network, the proxy and the region; the answer’s detail says more where more is known.',
  },
  audit_unavailable: {
    title: 'The audit log cannot be written, so nothing is delivered',
    hint: 'If the detail names the keychain, unlock it: poptray goes on by itself. Else free some disk space and check the permissions of the data folder.',
  },
  not_configured: {
    title: 'The destination is not configured',
    hint: 'Set what the detail names; the README lists the settings.',
  },
  secrets_locked: {
    title: 'The secrets cannot be read now',
    hint: 'Unlock the keychain, or do what else the detail says, then try again.',
  },
  upstream_timeout: {
    title: 'The destination did not answer in time',
    hint: 'Send the same key again: the destination shows the pop at most once.',
  },
  outcome_unknown: {
    title: 'Nobody knows whether the pop was shown',
    hint: 'See whether the page is there; send the same key with "repeat": true to have it shown, perhaps a second time.',
  },
};

/** The texts of a code; a code of another kind, such as a webhook's fault, stands for itself. */
export function textsOf(code: string): CodeTexts {
  return codes[code] ?? { title: code, hint: '' };
}
