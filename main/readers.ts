/** Those who get every entry of the log, once it is written, in the order in which they asked. */
import type { AuditEntry } from '../shared/audit.ts';

/** Takes an entry, and where its line begins in its segment, in bytes. */
export type Reader = (entry: AuditEntry, place: number) => void;

export interface Readers {
  readonly tell: Reader;
  add(...readers: Reader[]): void;
}

/** The entry stands, whatever its readers make of it: what they throw, `onFault` hears. */
export function createReaders(onFault: (error: unknown) => void): Readers {
  const all: Reader[] = [];
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
    add(...readers) {
      all.push(...readers);
    },
  };
}
