/** An entry as a syslog message: RFC 5424. */
import type { AuditEntry } from '../../shared/audit.ts';
import { sayChange } from '../../shared/say-change.ts';
import { sayDestinations } from '../../shared/say-destinations.ts';
import { type Severity, severityOf } from './severity.ts';
import type { Origin } from './shipper.ts';

/** "log audit" of RFC 5424 §6.2.1. */
const FACILITY = 13;
const LEVELS: Readonly<Record<Severity, number>> = { error: 3, warning: 4, notice: 5, info: 6 };
/** §7.3.1: then it begins at 1 again. */
const SEQUENCE_ID_MAX = 2_147_483_647;

export interface SyslogOrigin extends Origin {
  /** The organisation's number at IANA; with it, the entry's members also come as structured data. */
  readonly enterpriseId?: number | undefined;
}

/** The message: the entry as ASCII JSON, so that no receiver has to know about byte order marks or control characters. */
export function syslogMessage(entry: AuditEntry, origin: SyslogOrigin): string {
  const { hostname, instance, version, enterpriseId } = origin;
  const pri = FACILITY * 8 + LEVELS[severityOf(entry)];
  const header = [`<${pri}>1`, entry.timestamp, headerField(hostname), 'poptray', instance, entry.type];
  const data = [
    element('meta', { sequenceId: ((entry.seq - 1) % SEQUENCE_ID_MAX) + 1 }),
    element('origin', { software: 'poptray', swVersion: version }),
    ...(enterpriseId === undefined ? [] : [element(`poptray@${enterpriseId}`, flat(entry))]),
  ];
  return `${header.join(' ')} ${data.join('')} ${asciiJson(entry)}`;
}

/** §6.2.4: 1 to 255 visible ASCII characters, or the nil value. */
function headerField(text: string): string {
  return text.replace(/[^!-~]/g, '').slice(0, 255) || '-';
}

/** §6.3: of a value, `"`, `\` and `]` are escaped. Control characters, which receivers mangle, stand in the message alone. */
function element(id: string, params: Readonly<Record<string, string | number | boolean>>): string {
  const escaped = (value: unknown) =>
    String(value)
      .replace(/\p{Cc}/gu, ' ')
      .replace(/["\\\]]/g, '\\$&');
  const pairs = Object.entries(params).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  return `[${id}${pairs.join('')}]`;
}

/** Without the members that have nothing to say. */
function flat(entry: AuditEntry): Record<string, string | number | boolean> {
  const { phases, webhooks, errors, change, destinations, ...others } = entry;
  const said = {
    errors: errors?.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ') ?? null,
    webhooks: webhooks.join(','),
    change: change && sayChange(change),
    destinations: destinations && sayDestinations(destinations),
  };
  return Object.fromEntries(
    Object.entries({ ...others, ...phases, ...said }).flatMap(([name, value]) =>
      value === null || value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
}

function asciiJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^ -~]/g, escaped);
}
