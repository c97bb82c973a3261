/** Reads `poptray://call?…&raw=…` and `poptray://trigger?…` for softphones that can only open a URL: contract §7. */
import { NO_PHONE_NAME, PHONE_NAME } from '../../shared/phone-name.ts';
import { type Trigger, triggerSchema } from '../../shared/trigger.ts';

/** What stands for programs that do not name themselves with `from=`. */
export const UNNAMED = 'unnamed program';

export interface SchemeCall {
  /** Who says that it calls; a claim, not a proof. */
  readonly from: string;
  readonly trigger: Trigger;
}

/** The URL is not one that poptray takes; the message says why and quotes nothing of it. */
export class SchemeRefused extends Error {
  override readonly name = 'SchemeRefused';
}

/** No session token: URLs end up in histories and process lists. */
const FIELDS: Readonly<Record<string, keyof Trigger>> = {
  user: 'userId',
  application: 'application',
  interaction: 'interactionId',
  phase: 'phase',
  key: 'idempotencyKey',
  expires: 'expiresAt',
};

const MAX_LENGTH = 16 * 1024;

/** Whether a program argument is meant for the scheme at all. */
export function isSchemeUrl(argument: string): boolean {
  return /^poptray:/i.test(argument);
}

/** Throws SchemeRefused for other schemes, hosts, paths and parameters, and for what the trigger schema refuses. */
export function parseScheme(text: string): SchemeCall {
  if (text.length > MAX_LENGTH) throw new SchemeRefused('the URL is too long');
  const [, host, query = ''] = /^poptray:\/\/([^/?#]*)\/?(?:\?(.*))?$/is.exec(text) ?? [];
  if (host === undefined) throw new SchemeRefused('the URL is not of the form poptray://call?raw=…');
  switch (host.toLowerCase()) {
    case 'call':
      return parseCall(query);
    case 'trigger':
      return parseTriggerUrl(query);
    default:
      throw new SchemeRefused('the URL names another host than call or trigger');
  }
}

/** All that follows `raw=` is the other party: nothing that strangers send can become a parameter. */
function parseCall(query: string): SchemeCall {
  const raw = /(?:^|&)raw=/.exec(query);
  if (!raw) throw new SchemeRefused('the URL has no raw=, which comes last');
  const { fields, others } = readParameters(query.slice(0, raw.index));
  const { 'from-phone': from = UNNAMED, direction = 'inbound', ...unknown } = Object.fromEntries(others);
  if (Object.keys(unknown).length > 0) throw new SchemeRefused('a parameter is not known');
  const party = decodeWherePossible(query.slice(raw.index + raw[0].length));
  const call = { [direction === 'outbound' ? 'to' : 'from']: party, direction };
  return { from: checkedName(from), trigger: checked({ ...fields, call }) };
}

/** `fields` names the `data.*` that end the URL, in their order; without it there is one at most. */
function parseTriggerUrl(query: string): SchemeCall {
  if (query.includes('#')) throw new SchemeRefused('the URL has a fragment');
  const { fields, others } = readParameters(query);
  let from = UNNAMED;
  let named: string[] | undefined;
  const data: [string, string][] = [];
  for (const [name, value] of others) {
    if (name.startsWith('data.')) data.push([name.slice('data.'.length), value]);
    else if (name === 'from') from = value;
    else if (name === 'fields') named = value.split(',');
    else throw new SchemeRefused('a parameter is not known');
  }
  const isLast = data.length === 0 || /(?:^|&)data\.[^&]*$/.test(query.replace(/&+$/, ''));
  const names = data.map(([name]) => name);
  const isNamed = named ? names.join() === named.join() && isTogether(query, data.length) : data.length <= 1;
  if (!isLast || !isNamed)
    throw new SchemeRefused('data.* come last, and more than one only as fields=NAME,NAME names them');
  const customerData = data.length > 0 ? { customerData: Object.fromEntries(data) } : {};
  return { from: checkedName(from), trigger: checked({ ...fields, ...customerData }) };
}

/** Whether the last `count` parameters are all of `data.*`. */
function isTogether(query: string, count: number): boolean {
  const parts = query.split('&').filter((part) => part !== '');
  return count > 0 && parts.slice(-count).every((part) => part.startsWith('data.'));
}

/** The members of the trigger, and what else there is, in order. */
function readParameters(query: string): { fields: Record<string, string>; others: [string, string][] } {
  const fields: Record<string, string> = {};
  const others: [string, string][] = [];
  const seen = new Set<string>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const at = pair.indexOf('=');
    if (at < 0) throw new SchemeRefused('a parameter has no value');
    const [name, value] = [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    if (seen.has(name)) throw new SchemeRefused('a parameter is there twice');
    seen.add(name);
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined) others.push([name, value]);
    else fields[field] = value;
  }
  return { fields, others };
}

function checkedName(from: string): string {
  if (from !== UNNAMED && !PHONE_NAME.test(from)) throw new SchemeRefused(`its name ${NO_PHONE_NAME}`);
  return from;
}

function checked(fields: object): Trigger {
  const { data, error } = triggerSchema.safeParse(fields);
  if (data) return data;
  const names = error.issues.map(({ path }) => (path[0] === 'customerData' ? 'data' : String(path[0])));
  throw new SchemeRefused(`the trigger does not fit its schema: ${[...new Set(names)].join(', ')}`);
}

/** One character in UTF-8, percent-encoded. */
const ENCODED =
  /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}/gi;

/** What a phone has not encoded stays as it is: `100% Clean`. */
function decodeWherePossible(text: string): string {
  return text.replace(ENCODED, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** A plus sign stays one: softphones put numbers such as +49… in as they are. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SchemeRefused('the URL is not percent-encoded UTF-8');
  }
}
