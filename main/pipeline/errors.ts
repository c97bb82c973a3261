/** Every failure poptray can answer with: one code, one row. `docs/errors.md` is held against this table by a test. */
import { type Cause, wayOutOf, whatIsWrong } from '../../shared/causes.ts';
import type { Problem } from '../../shared/problem.ts';
import type { DestinationReply } from '../../shared/trigger.ts';

interface ErrorRow {
  readonly status: number;
  readonly title: string;
  readonly hint: string;
}

export const errorTable = {
  bad_request: {
    status: 400,
    title: 'The request is not well-formed HTTP',
    hint: 'Send one Host header, no upgrade, and an origin-form request target.',
  },
  invalid_json: {
    status: 400,
    title: 'The body is not JSON',
    hint: 'Send one JSON object in UTF-8, no member twice; check quotes and commas.',
  },
  invalid_trigger: {
    status: 400,
    title: 'The trigger does not fit the schema',
    hint: 'Correct the fields that are named (errors[] in the answer points to each); GET /openapi.json has the schema.',
  },
  unauthorized: {
    status: 401,
    title: 'The local token is missing, wrong or revoked',
    hint: 'Create a token with "poptray token create NAME" and send it as Authorization: Bearer.',
  },
  forbidden_origin: {
    status: 403,
    title: 'This web page may not call poptray',
    hint: 'If the page is yours, pair it, or add its origin to browserOrigins in the settings.',
  },
  forbidden_client: {
    status: 403,
    title: 'This token is for pops alone',
    hint: 'Use the poptray command, which has a token of its own.',
  },
  not_confirmed: {
    status: 403,
    title: 'The change was not confirmed',
    hint: 'Save again, and say yes in the dialog that poptray shows.',
  },
  pairing_refused: {
    status: 403,
    title: 'No open pairing has this code',
    hint: 'Open a pairing in the dashboard’s settings or with "poptray pair NAME", and type the code that it shows.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    hint: 'Triggers go to POST /trigger-screenpop; GET /openapi.json lists the rest.',
  },
  other_user: {
    status: 404,
    title: 'Another user of this machine asked for the page of a pop',
    hint: 'They were given nothing, and the pop went on. Find out which of their programs does so; a shared machine is no place for what they must not see.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path does not take that method',
    hint: 'Use a method of the Allow header. A phone that can only open a URL (GET) opens poptray://call?raw=… or runs "poptray call" instead; docs/command-line.md has both.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    hint: 'Send the whole request within ten seconds.',
  },
  in_progress: {
    status: 409,
    title: 'A trigger with this key is still running',
    hint: 'Wait for Retry-After, then send the same trigger again: it will get the first one’s answer.',
  },
  pairing_expired: {
    status: 410,
    title: 'The time for this pairing is over',
    hint: 'Open another one, and type its code within two minutes.',
  },
  unreadable: {
    status: 410,
    title: 'The pop can no longer be read in the audit log',
    hint: 'There is nothing left to send; "poptray audit verify" says what happened to the log.',
  },
  too_large: {
    status: 413,
    title: 'The body is over 64 KiB',
    hint: 'Send less customerData; large records belong behind the target page.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not application/json',
    hint: 'Send JSON as Content-Type: application/json, in UTF-8. A phone that can only post forms opens poptray://call?raw=… or runs "poptray call" instead; docs/command-line.md has both.',
  },
  misdirected: {
    status: 421,
    title: 'The Host header does not name this endpoint',
    hint: 'Call 127.0.0.1, localhost or [::1], with the port that poptray listens on.',
  },
  key_reused: {
    status: 422,
    title: 'This idempotency key belongs to another trigger',
    hint: 'Use a new key for a new pop; send the same payload to repeat an old one.',
  },
  target_not_allowed: {
    status: 422,
    title: 'The target page may not be shown',
    hint: 'Check the application’s baseUri and allowedOrigins in the settings.',
  },
  target_not_frameable: {
    status: 422,
    title: 'The target page refuses to be framed there',
    hint: 'Have the page’s Content-Security-Policy let the agent desktop in; "poptray doctor --target URL" says what is in the way.',
  },
  extension_incompatible: {
    status: 422,
    title: 'The browser extension does not fit this application',
    hint: 'Update the extension or the browser to a version that the compatibility matrix lists; where the matrix itself cannot be used, have whoever keeps the settings mend it.',
  },
  target_incomplete: {
    status: 422,
    title: 'The trigger lacks what the target page needs',
    hint: 'Send what errors[] points to, or set a fallback page for the application.',
  },
  session_token_needed: {
    status: 422,
    title: 'The context of this application is sealed for a session token',
    hint: 'Send a sessionToken of at least 22 random characters that the page has as well.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests with this token',
    hint: 'Wait for Retry-After; POPTRAY_RATE_LIMIT sets the limit.',
  },
  header_too_large: {
    status: 431,
    title: 'The request headers are too large',
    hint: 'Send fewer or shorter headers: 16 KiB and 100 at most.',
  },
  internal: {
    status: 500,
    title: 'poptray failed',
    hint: 'Send the trigger again with the same key; if it stays, the log has the time and the kind of the fault.',
  },
  upstream_unauthorized: {
    status: 502,
    title: 'The destination does not accept our credentials',
    hint: 'Check the region first, then client id and secret.',
  },
  upstream_forbidden: {
    status: 502,
    title: 'The destination forbids this pop',
    hint: 'Assign the OAuth client a role (Screen Pops Administrator or Custom Applications Developer); see that the user exists and is logged in to the agent desktop.',
  },
  upstream_rejected: {
    status: 502,
    title: 'The destination rejected the pop',
    hint: 'Check the user id and the application id; correlationId helps its support find the call.',
  },
  upstream_failed: {
    status: 502,
    title: 'The destination failed, also when tried again',
    hint: 'Check the application id and the status page; send the trigger again with the same key.',
  },
  not_shown: {
    status: 502,
    title: 'Nobody was there to show the page to',
    hint: 'See that a browser opens on this machine, and that it may run scripts of 127.0.0.1; "poptray doctor" says what is missing. Then send the same key again.',
  },
  upstream_rate_limited: {
    status: 503,
    title: 'The destination’s rate limit is reached',
    hint: 'Wait for Retry-After, then send the same key again; lower the rate if it stays.',
  },
  upstream_unavailable: {
    status: 503,
    title: 'The destination cannot be reached',
    hint: 'Check the network, the proxy and the region; the answer’s detail says more where more is known.',
  },
  audit_unavailable: {
    status: 503,
    title: 'The audit log cannot be written, so nothing is delivered',
    hint: 'If the detail names the keychain, unlock it: poptray goes on by itself. Else free some disk space and check the permissions of the data folder.',
  },
  not_configured: {
    status: 503,
    title: 'The destination is not configured',
    hint: 'Set what the detail names; the README lists the settings.',
  },
  secrets_locked: {
    status: 503,
    title: 'The secrets cannot be read now',
    hint: 'Unlock the keychain, or do what else the detail says, then try again.',
  },
  upstream_timeout: {
    status: 504,
    title: 'The destination did not answer in time',
    hint: 'Send the same key again: the destination shows the pop at most once.',
  },
  outcome_unknown: {
    status: 504,
    title: 'Nobody knows whether the pop was shown',
    hint: 'See whether the page is there; send the same key with "repeat": true to have it shown, perhaps a second time.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** A member of what a caller sent. `pointer` and `detail` have nothing of its value. */
export interface WrongMember {
  /** RFC 6901. */
  readonly pointer: string;
  readonly detail: string;
  /** The pointer for the log, without names that only the caller knows; `pointer` itself where it has none. */
  readonly logged?: string;
  /** The detail for the caller, where it says more than the log may have. */
  readonly told?: string;
}

export interface ErrorDetails {
  readonly popId?: string | undefined;
  /** The key with which the pop may be sent again. */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds after which another try makes sense; becomes Retry-After. */
  readonly retryAfterMs?: number | undefined;
  readonly correlationId?: string | undefined;
  /** How the pop ended at each destination that was tried, where it goes to several. */
  readonly destinations?: readonly DestinationReply[] | undefined;
  readonly errors?: readonly WrongMember[];
  /** The code that the log has of it, where the caller is told less. */
  readonly loggedAs?: ErrorCode;
  readonly cause?: unknown;
  /** Why, where that is known: its way out is then the hint. */
  readonly because?: Cause | undefined;
}

/** A failure with a code of the table. `detail` is shown to callers: never put payload or upstream text into it. */
export class PopError extends Error {
  override readonly name: string = 'PopError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, detail: string, details: ErrorDetails = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** A failure that is about a cause says it in the cause's words. */
export function errorBecause(code: ErrorCode, because: Cause, details: ErrorDetails = {}): PopError {
  return new PopError(code, whatIsWrong(because), { ...details, because });
}

/** The RFC 9457 body for an error. */
export function problemOf({ code, message, details }: PopError): Problem {
  const { status, title, hint } = errorTable[code];
  const { popId, idempotencyKey, correlationId, destinations, errors, because } = details;
  return {
    type: `urn:poptray:error:${code}`,
    title,
    status,
    detail: message,
    code,
    hint: because ? wayOutOf(because) : hint,
    ...(popId !== undefined && { popId }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(correlationId !== undefined && { correlationId }),
    ...(destinations && { destinations: [...destinations] }),
    ...(errors && {
      errors: errors.map(({ pointer, detail, told = detail }) => ({ pointer, detail: told })),
    }),
  };
}
