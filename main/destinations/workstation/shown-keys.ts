/** The keys of which the page was shown, kept in a file: they outlive a crash between that and the log. */

import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { keepLatest } from '../../platform/keep-latest.ts';
import { NoText, readPrivateFile, writePrivateFile } from '../../platform/private-file.ts';

/** So many of the latest are kept, at least. */
const KEPT = 5000;

const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

export interface ShownKeys {
  find(key: string): { readonly isFocused: boolean } | undefined;
  /** Once it returns, a later start knows of it; throws where it cannot be written. */
  add(key: string, isFocused: boolean): void;
}

/** Throws what readPrivateFile throws, but where the file holds no text: then it is begun anew. */
export function openShownKeys(path: string): ShownKeys {
  const shown = new Map<string, boolean>();
  const found = textOf(path);
  for (const line of found?.split('\n') ?? []) {
    const [, digest, focus] = /^([\w-]{43}) ([01])$/.exec(line) ?? [];
    if (digest !== undefined) shown.set(digest, focus === '1');
  }
  // What a crash has left of a line would spoil the next one.
  if (found !== lines()) writePrivateFile(path, lines());

  function lines(): string {
    return [...shown].map(([digest, isFocused]) => lineOf(digest, isFocused)).join('');
  }

  return {
    find(key) {
      const isFocused = shown.get(digestOf(key));
      return isFocused === undefined ? undefined : { isFocused };
    },
    add(key, isFocused) {
      const digest = digestOf(key);
      const fd = openSync(path, APPEND, 0o600);
      try {
        writeSync(fd, lineOf(digest, isFocused));
      } finally {
        closeSync(fd);
      }
      shown.set(digest, isFocused);
      if (shown.size < 2 * KEPT) return;
      keepLatest(shown, KEPT);
      writePrivateFile(path, lines());
    },
  };
}

function lineOf(digest: string, isFocused: boolean): string {
  return `${digest} ${isFocused ? 1 : 0}\n`;
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** Undefined where it is none. */
function textOf(path: string): string | undefined {
  try {
    return readPrivateFile(path) ?? '';
  } catch (error) {
    if (error instanceof NoText) return undefined;
    throw error;
  }
}
