/** A disk as recorded acts leave it, and as a power cut may: what no sync has reached is there or not, whole or in part. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Act } from './record-disk.ts';

export type FileChange = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };
/** Names that come and go together. */
type FolderChange = readonly { readonly name: string; readonly node: Node | undefined }[];

interface Changes<Change> {
  readonly all: Change[];
  /** So many of them are on the disk for certain. */
  synced: number;
}
type Node =
  | ({ readonly kind: 'file' } & Changes<FileChange>)
  | ({ readonly kind: 'folder' } & Changes<FolderChange>);

/** By their path in the folder; of folders null. */
export type Files = ReadonlyMap<string, Buffer | null>;

/** Which of the changes that no sync has reached are on the disk all the same. */
export interface Arrival {
  file(unsynced: readonly FileChange[], path: string): readonly FileChange[];
  folder(unsynced: readonly FolderChange[]): readonly FolderChange[];
}

export interface UnsyncedDisk {
  act(act: Act): void;
  /** As it may be after a power cut now. */
  after(arrival: Arrival): Files;
}

/** A disk with one folder, which is on it and empty. */
export function createUnsyncedDisk(folder: string): UnsyncedDisk {
  const root = newFolder();
  const open = new Map<number, Node>();
  /** Of a sync that runs: how many changes there were when it began. */
  const running = new Map<number, { node: Node; count: number }>();

  const find = (path: string): Node | undefined => {
    let node: Node | undefined = root;
    for (const name of relative(folder, path).split('/').filter(Boolean))
      node = node?.kind === 'folder' ? namesOf(node.all).get(name) : undefined;
    return node;
  };
  const change = (path: string, node: Node | undefined) => {
    const parent = find(dirname(path));
    if (parent?.kind !== 'folder') throw new Error(`no folder for ${path}`);
    parent.all.push([{ name: basename(path), node }]);
  };
  const fileOf = (fd: number) => {
    const node = open.get(fd);
    if (node?.kind !== 'file') throw new Error(`no open file ${fd}`);
    return node;
  };

  return {
    act(act) {
      switch (act.what) {
        case 'open': {
          const node = find(act.path) ?? newFile();
          if (!find(act.path)) change(act.path, node);
          open.set(act.fd, node);
          return;
        }
        case 'close':
          open.delete(act.fd);
          return;
        case 'write':
          fileOf(act.fd).all.push({ at: act.at, bytes: act.bytes });
          return;
        case 'truncate':
          fileOf(act.fd).all.push({ size: act.size });
          return;
        case 'syncing': {
          const node = open.get(act.fd);
          if (node) running.set(act.number, { node, count: node.all.length });
          return;
        }
        case 'sync': {
          const { node, count } = running.get(act.number) ?? {};
          if (node && count !== undefined) node.synced = Math.max(node.synced, count);
          return;
        }
        case 'mkdir':
          change(act.path, newFolder());
          return;
        case 'remove':
          change(act.path, undefined);
          return;
        case 'rename': {
          const [from, to] = [find(dirname(act.path)), find(dirname(act.to))];
          if (from !== to || from?.kind !== 'folder') throw new Error('a rename from folder to folder');
          from.all.push([
            { name: basename(act.to), node: find(act.path) },
            { name: basename(act.path), node: undefined },
          ]);
        }
      }
    },
    after(arrival) {
      const files = new Map<string, Buffer | null>();
      const enter = (node: Node, path: string) => {
        if (node.kind === 'file') {
          files.set(path, contentOf(reached(node, (unsynced) => arrival.file(unsynced, path))));
          return;
        }
        files.set(path, null);
        for (const [name, child] of namesOf(reached(node, arrival.folder))) enter(child, join(path, name));
      };
      enter(root, '');
      return files;
    },
  };
}

/** Makes a folder of these files, for its owner alone. */
export function layOut(files: Files, folder: string): void {
  for (const [path, content] of files) {
    if (content === null) mkdirSync(join(folder, path), { recursive: true, mode: 0o700 });
    else writeFileSync(join(folder, path), content, { mode: 0o600 });
  }
}

function newFile(): Node {
  return { kind: 'file', all: [], synced: 0 };
}

function newFolder(): Node {
  return { kind: 'folder', all: [], synced: 0 };
}

function reached<Change>(
  { all, synced }: Changes<Change>,
  arrive: (unsynced: readonly Change[]) => readonly Change[],
): Change[] {
  return [...all.slice(0, synced), ...arrive(all.slice(synced))];
}

function namesOf(changes: readonly FolderChange[]): Map<string, Node> {
  const names = new Map<string, Node>();
  for (const { name, node } of changes.flat()) {
    if (node) names.set(name, node);
    else names.delete(name);
  }
  return names;
}

function contentOf(changes: readonly FileChange[]): Buffer {
  let content = Buffer.alloc(0);
  for (const change of changes) {
    const size = 'size' in change ? change.size : Math.max(content.length, change.at + change.bytes.length);
    if (size !== content.length) content = Buffer.concat([content], size);
    if ('bytes' in change) change.bytes.copy(content, change.at);
  }
  return content;
}
