/** What the lines of the log say, as this version has it; whether they are whole is not looked at here. */
import { type AuditEntry, auditEntrySchema } from '../../../shared/audit.ts';
import { eventOf } from '../../../shared/log-events.ts';
import { BLANK } from '../../../shared/new-entry.ts';
import { parseLine } from './chain.ts';

/**
 * An entry as it stands in a line, read as one of today's: a member that the version which wrote it did not have yet
 * says that there is nothing to say. Undefined for what is no entry.
 */
export function parseEntry(written: unknown): AuditEntry | undefined {
  if (typeof written !== 'object' || written === null) return undefined;
  const entry = { ...BLANK, ...written };
  return auditEntrySchema.safeParse(entry).success ? (entry as AuditEntry) : undefined;
}

/** Undefined for a line that somebody has damaged, and for one whose kind a later version has brought. */
export function entryIn(line: Buffer): AuditEntry | undefined {
  const parsed = parseLine(line);
  return parsed && entryFrom(parsed.json);
}

/** The same, of an entry's JSON. */
function entryFrom(json: Buffer): AuditEntry | undefined {
  return parseEntry(valueIn(json));
}

/** What a segment continues, as its first entry says it. */
export interface Opening {
  readonly segment: number;
  /** Entries before it. */
  readonly count: number;
  /** The MAC of the last of them. */
  readonly mac: Buffer;
}

/** From an entry's JSON; undefined when it does not open a segment. */
export function openingIn(json: Buffer): Opening | undefined {
  const entry = entryFrom(json);
  const event = entry && eventOf(entry);
  if (event?.kind !== 'opened') return undefined;
  const { segment, count, mac } = event;
  return { segment, count, mac: Buffer.from(mac, 'base64') };
}

const stampSchema = auditEntrySchema.pick({ seq: true, timestamp: true });

/** An entry's number and date, from its JSON, whatever it says: the log goes on behind what a later version has written. */
export function stampIn(json: Buffer): Pick<AuditEntry, 'seq' | 'timestamp'> | undefined {
  return stampSchema.safeParse(valueIn(json)).data;
}

const SEQ = Buffer.from(',"seq":');

/** An entry's number alone, without parsing its JSON; undefined when it has none, because it was changed. */
export function seqIn(json: Buffer): number | undefined {
  const at = json.lastIndexOf(SEQ);
  const found = /^\d+/.exec(json.toString('latin1', at + SEQ.length, at + SEQ.length + 16));
  return at === -1 || !found ? undefined : Number(found[0]);
}

function valueIn(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}
