/** Where the log tells of calls: by call, and by the party at its other end. */
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry, Logged, Place } from '../../shared/audit.ts';

/** Of a party's entries so many are looked at, the last ones: what matters of it is of the last minutes. */
const LOOK_AT = 200;

export interface CallEntries {
  /** Takes an entry down, if it is of a call; within the caller's transaction. */
  insert(entry: AuditEntry, place: number): void;
  /** The entries of a call, oldest first. */
  of(interaction: string): Place[];
  /** The calls of a party, as far as its last entries tell, those heard of last first. */
  callsOf(party: string): string[];
}

export function createCallEntries(database: DatabaseSync): CallEntries {
  // Somebody may have copied a line of the log.
  const insert = database.prepare('INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?)');
  const ofCall = database.prepare('SELECT seq, place FROM calls WHERE interaction = ? ORDER BY seq');
  const ofParty = database.prepare('SELECT interaction FROM calls WHERE party = ? ORDER BY seq DESC LIMIT ?');
  return {
    insert(entry, place) {
      if (isOfCall(entry)) insert.run(entry.seq, place, entry.interaction, entry.party);
    },
    of: (interaction) => ofCall.all(interaction) as unknown as Place[],
    callsOf(party) {
      const rows = ofParty.all(party, LOOK_AT) as unknown as { interaction: string }[];
      return [...new Set(rows.map(({ interaction }) => interaction))];
    },
  };
}

/** Those entries that tell of calls. */
export function ofCalls(logged: readonly Logged[]): OfCall[] {
  return logged.map(({ entry }) => entry).filter(isOfCall);
}

type OfCall = AuditEntry & { readonly interaction: string };

function isOfCall(entry: AuditEntry): entry is OfCall {
  const isOfPop = entry.type === 'intent' || entry.type === 'delivery' || entry.type === 'result';
  return entry.interaction !== null && isOfPop;
}
