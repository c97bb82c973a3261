/**
 * Changes that wait for their place in the audit log, each in an owner-only file: what the command does while poptray runs, or
 * while it does not, and what is done while the log is shut.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type Actor, type Change, type ChangeFacts, changeBy, changeSchema } from '../../../shared/change.ts';
import { makeFolder } from '../../platform/folder.ts';
import { createUuidMaker } from '../../platform/ids.ts';
import { readPrivateFile, writePrivateFile } from '../../platform/private-file.ts';

/** Whoever writes more of them waits; pops do not. */
const AT_A_TIME = 100;
const NAME = /^[0-9a-f-]{36}\.json$/;

const noteSchema = z.strictObject({
  at: z.iso.datetime(),
  client: z.string().max(64),
  change: changeSchema,
});

export interface ChangeNote {
  /** Tells it from another one, so that what a crash has brought into the log twice can be known for it. */
  readonly id: string;
  readonly client: string;
  readonly change: Change;
  /** When it was noted. */
  readonly at: string;
}

const makeUuid = createUuidMaker();
const folderIn = (dataDir: string) => join(dataDir, 'changes');

/** On disk when it returns. Throws what the file system throws. */
export function noteChange(dataDir: string, actor: Actor, facts: ChangeFacts, now: number): void {
  makeFolder(folderIn(dataDir));
  const note = {
    at: new Date(now).toISOString(),
    client: actor.client,
    change: changeBy(actor, facts),
  };
  writePrivateFile(join(folderIn(dataDir), `${makeUuid()}.json`), `${JSON.stringify(note)}\n`);
}

/** The oldest ones first; what is none is passed over. Throws what the file system throws. */
export function readNotes(dataDir: string): ChangeNote[] {
  const notes: ChangeNote[] = [];
  for (const name of namesIn(dataDir)) {
    const note = parse(join(folderIn(dataDir), name));
    if (!note) continue;
    notes.push({ id: name.slice(0, -'.json'.length), ...note });
    if (notes.length === AT_A_TIME) break;
  }
  return notes;
}

/** For one that is in the log by now. */
export function dropNote(dataDir: string, { id }: ChangeNote): void {
  rmSync(join(folderIn(dataDir), `${id}.json`), { force: true });
}

function namesIn(dataDir: string): string[] {
  try {
    return readdirSync(folderIn(dataDir))
      .filter((name) => NAME.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function parse(path: string): z.infer<typeof noteSchema> | undefined {
  try {
    return noteSchema.safeParse(JSON.parse(readPrivateFile(path) ?? '')).data;
  } catch {
    // Another user's, or half of one.
    return undefined;
  }
}
