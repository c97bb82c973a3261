/** Those who get every entry of the log, once it is written, in the order in which they asked. */
import type { AuditEntry } from '../../shared/audit.ts';

/** Takes an entry, and where its line begins in its segment, in bytes. */
export type EntrySubscriber = (entry: AuditEntry, place: number) => void;

export interface EntrySubscribers {
  readonly tell: EntrySubscriber;
  add(...subscribers: EntrySubscriber[]): void;
}

/** The entry stands, whatever its subscribers make of it: what they throw, `onFault` hears. */
export function createEntrySubscribers(onFault: (error: unknown) => void): EntrySubscribers {
  const all: EntrySubscriber[] = [];
  return {
    tell(entry, place) {
      for (const reader of all) {
        try {
          reader(entry, place);
        } catch (error) {
          onFault(error);
        }
      }
    },
    add(...subscribers) {
      all.push(...subscribers);
    },
  };
}
