/** Notes that one process leaves for another: each an owner-only file in a folder, in the order in which they were made. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './folder.ts';
import { createUuidMaker } from './ids.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const NAME = /^[0-9a-f-]{36}\.json$/;

const makeUuid = createUuidMaker();

export interface Note<T> {
  /** UUIDv7. Tells it from another one, so that what a crash has brought in twice can be known for it. */
  readonly id: string;
  readonly value: T;
}

/** On disk when it returns. Throws what the file system throws. */
export function leaveNote(folder: string, value: object): void {
  makeFolder(folder);
  writePrivateFile(join(folder, `${makeUuid()}.json`), `${JSON.stringify(value)}\n`);
}

/** The oldest ones first, `most` at a time; what `parse` does not take is passed over. Throws what the file system throws. */
export function readNotes<T>(
  folder: string,
  parse: (value: unknown) => T | undefined,
  most: number,
): Note<T>[] {
  const notes: Note<T>[] = [];
  for (const name of noteNames(folder)) {
    const value = valueIn(join(folder, name), parse);
    if (value !== undefined) notes.push({ id: name.slice(0, -'.json'.length), value });
    if (notes.length === most) break;
  }
  return notes;
}

/** Of those that are there, the oldest one first. Throws what the file system throws. */
export function noteNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** For one that was taken. */
export function dropNote(folder: string, { id }: Pick<Note<unknown>, 'id'>): void {
  rmSync(join(folder, `${id}.json`), { force: true });
}

function valueIn<T>(path: string, parse: (value: unknown) => T | undefined): T | undefined {
  try {
    return parse(JSON.parse(readPrivateFile(path) ?? ''));
  } catch {
    // Another user's, or half of one.
    return undefined;
  }
}
