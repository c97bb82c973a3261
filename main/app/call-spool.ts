/** Calls that poptray was not there to take, each in an owner-only file of the data folder: contract §7. */
import { join } from 'node:path';
import { dropNote, leaveNote, type Note, noteNames, readNotes } from '../platform/note-folder.ts';

/** A page for a call that rang longer ago would come up in the next one. */
const LIFETIME_MS = 30_000;
/** A recipe that is wrong must not fill the disk while nobody looks. */
const MOST = 100;

/** A call, or that the command was called wrongly: then nothing of what it was called with. */
export type SpooledCall = {
  /** Which phone says that it called. */
  readonly phone: string | null;
} & (
  | { readonly trigger: object & { readonly idempotencyKey: string; readonly expiresAt: string } }
  | { readonly fault: string }
);

const folderIn = (dataDir: string) => join(dataDir, 'calls');

/** When a call that comes at `now` (epoch milliseconds) is over, RFC 3339. */
export function expiryOf(now: number): string {
  return new Date(now + LIFETIME_MS).toISOString();
}

/** On disk when it returns; false where too many wait already. Throws what the file system throws. */
export function spoolCall(dataDir: string, call: SpooledCall): boolean {
  if (noteNames(folderIn(dataDir)).length >= MOST) return false;
  leaveNote(folderIn(dataDir), call);
  return true;
}

/** The oldest ones first; what is none is passed over. Throws what the file system throws. */
export function readSpooled(
  dataDir: string,
  parse: (value: unknown) => SpooledCall | undefined,
): Note<SpooledCall>[] {
  return readNotes(folderIn(dataDir), parse, MOST);
}

/** For one that the log has by now. */
export function dropSpooled(dataDir: string, call: Pick<Note<unknown>, 'id'>): void {
  dropNote(folderIn(dataDir), call);
}
