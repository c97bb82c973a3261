/** Where a data folder is and was: the keychain knows its items by the folder's path, and they follow when it is moved. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { secretFilesIn } from './secret-files.ts';

/** The items of one place. */
export interface Keychain {
  /** The secret, or null if there is none; rejects with an Error if the keychain cannot tell. */
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  /** Whether there was one. */
  delete(name: string): Promise<boolean>;
}

export interface FolderPlace {
  readonly here: string;
  /** The path by which the keychain knows the items of this folder. */
  readonly keptFor: string;
  /** Where the folder is of which this one is a copy. */
  readonly copyOf?: string;
}

/** A copy has no items, so that nothing it does reaches those of the other. Throws what SecretFiles throws. */
export function folderPlace(dataDir: string): FolderPlace {
  const here = realpathSync.native(dataDir);
  const was = secretFilesIn(dataDir).place()?.path ?? here;
  if (was === here || !isDataFolder(was) || isSame(was, here)) return { here, keptFor: was };
  return { here, keptFor: here, copyOf: was };
}

/** Whether items in the keychain may have yet to follow. Throws what SecretFiles throws. */
export function isMoved(dataDir: string): boolean {
  const { here, keptFor } = folderPlace(dataDir);
  return keptFor !== here;
}

/** From now on the folder belongs where it is, unless items of the keychain have yet to follow. Throws what SecretFiles throws. */
export function notePlace(dataDir: string): void {
  const files = secretFilesIn(dataDir);
  const { here, keptFor, copyOf } = folderPlace(dataDir);
  const isFollowed = keptFor === here || files.names().length === 0;
  if (isFollowed && (copyOf !== undefined || files.place()?.path !== here)) files.writePlace({ path: here });
}

/**
 * Gives the items of a folder that was moved its new name, and takes the old ones away once all of the new can be read. Called
 * again after a crash, it ends what was begun. Rejects when the keychain cannot do it.
 */
export async function takeItemsAlong(dataDir: string, itemsOf: (path: string) => Keychain): Promise<void> {
  const files = secretFilesIn(dataDir);
  const names = files.names();
  await removeCopies();
  const { here, keptFor } = folderPlace(dataDir);
  if (keptFor === here || isDataFolder(keptFor)) return;
  files.writePlace({ path: keptFor, also: here });
  const [old, next] = [itemsOf(keptFor), itemsOf(here)];
  for (const name of names) {
    const value = await old.get(name);
    if (value === null) continue;
    await next.set(name, value);
    if ((await next.get(name)) !== value) throw new Error('it does not keep what it is given');
  }
  files.writePlace({ path: here, also: keptFor });
  await removeCopies();

  async function removeCopies(): Promise<void> {
    const { path, also } = files.place() ?? {};
    if (path === undefined || also === undefined) return;
    // Another folder may have come there meanwhile, and what bears its name is its own.
    if (!isDataFolder(also)) for (const name of names) await itemsOf(also).delete(name);
    files.writePlace({ path });
  }
}

const isDataFolder = (path: string) => ['folder.json', 'audit'].some((name) => existsSync(join(path, name)));

/** One folder can be mounted in two places. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { bigint: true }));
  return a?.dev === b?.dev && a?.ino === b?.ino;
}
