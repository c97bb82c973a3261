/** Reads `poptray://trigger?user=…&data.NAME=…` for softphones that can only open a URL. */
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
  const match = /^poptray:\/\/([^/?#]*)\/?(?:\?([^#]*))?$/i.exec(text);
  if (!match) throw new SchemeRefused('the URL is not of the form poptray://trigger?user=…');
  if (match[1]?.toLowerCase() !== 'trigger')
    throw new SchemeRefused('the URL names another host than trigger');

  let from = UNNAMED;
  const fields: Record<string, string> = {};
  const data: [string, string][] = [];
  const seen = new Set<string>();
  for (const pair of (match[2] ?? '').split('&').filter((part) => part !== '')) {
    const at = pair.indexOf('=');
    if (at < 0) throw new SchemeRefused('a parameter has no value');
    const [name, value] = [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    if (seen.has(name)) throw new SchemeRefused('a parameter is there twice');
    seen.add(name);
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field !== undefined) fields[field] = value;
    else if (name.startsWith('data.')) data.push([name.slice('data.'.length), value]);
    else if (name === 'from') from = value;
    else throw new SchemeRefused('a parameter is not known');
  }
  if (!PHONE_NAME.test(from)) throw new SchemeRefused(`from ${NO_PHONE_NAME}`);

  const parsed = triggerSchema.safeParse({
    ...fields,
    ...(data.length > 0 && { customerData: Object.fromEntries(data) }),
  });
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) =>
      path[0] === 'customerData' ? 'data' : String(path[0]),
    );
    throw new SchemeRefused(`the trigger does not fit its schema: ${[...new Set(names)].join(', ')}`);
  }
  return { from, trigger: parsed.data };
}

/** A plus sign stays one: softphones put numbers such as +49… in as they are. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SchemeRefused('the URL is not percent-encoded UTF-8');
  }
}
