/**
 * Changes that wait for their place in the audit log, each in an owner-only file: what the command does while poptray runs, or
 * while it does not, and what is done while the log is shut.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { type Actor, type Change, type ChangeFacts, changeBy, changeSchema } from '../../../shared/change.ts';
import { dropNote, leaveNote, readNotes } from '../../platform/note-folder.ts';

/** Whoever writes more of them waits; pops do not. */
const AT_A_TIME = 100;

const noteSchema = z.strictObject({
  at: z.iso.datetime(),
  client: z.string().max(64),
  change: changeSchema,
});

export interface ChangeNote {
  readonly id: string;
  readonly client: string;
  readonly change: Change;
  /** When it was noted. */
  readonly at: string;
}

const folderIn = (dataDir: string) => join(dataDir, 'changes');

/** On disk when it returns. Throws what the file system throws. */
export function noteChange(dataDir: string, actor: Actor, facts: ChangeFacts, now: number): void {
  const { client } = actor;
  leaveNote(folderIn(dataDir), { at: new Date(now).toISOString(), client, change: changeBy(actor, facts) });
}

/** The oldest ones first; what is none is passed over. Throws what the file system throws. */
export function readChangeNotes(dataDir: string): ChangeNote[] {
  const notes = readNotes(folderIn(dataDir), (value) => noteSchema.safeParse(value).data, AT_A_TIME);
  return notes.map(({ id, value }) => ({ id, ...value }));
}

/** For one that is in the log by now. */
export function dropChangeNote(dataDir: string, note: ChangeNote): void {
  dropNote(folderIn(dataDir), note);
}
