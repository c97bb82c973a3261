/** Records what a program does to the files of a folder, with record-disk.c in its process. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPrograms, needs } from './needs.ts';
import { tempDir } from './temp-dir.ts';

export const needsRecorder = needs('Linux and tcc (packages tcc and libc6-dev)', hasPrograms('tcc'));

/** What was done, as record-disk.c has it; `sync`: it has ended well, `syncing`: it has begun. */
export type Act =
  | { readonly what: 'open'; readonly fd: number; readonly path: string }
  | { readonly what: 'close'; readonly fd: number }
  | { readonly what: 'write'; readonly fd: number; readonly at: number; readonly bytes: Buffer }
  | { readonly what: 'truncate'; readonly fd: number; readonly size: number }
  | { readonly what: 'syncing' | 'sync'; readonly fd: number; readonly number: number }
  | { readonly what: 'mkdir' | 'remove'; readonly path: string }
  | { readonly what: 'rename'; readonly path: string; readonly to: string }
  | { readonly what: 'send'; readonly fd: number; readonly text: string };

export interface Recorder {
  /** For the environment of the program. */
  readonly env: Record<string, string>;
  /** All so far, in order; what a kill has left unfinished is left out. */
  acts(): Act[];
}

/** Of a program that is started with `env`; `folder` is an absolute path without links. */
export function createRecorder(folder: string): Recorder {
  const dir = tempDir();
  const [library, trace] = [join(dir, 'record-disk.so'), join(dir, 'trace')];
  execFileSync('tcc', ['-shared', '-o', library, join(import.meta.dirname, 'record-disk.c')]);
  return {
    // With io_uring the kernel would write what no library hears of.
    env: { LD_PRELOAD: library, RECORD_DIR: folder, RECORD_TO: trace, UV_USE_IO_URING: '0' },
    acts: () => [...actsIn(readFileSync(trace))],
  };
}

const HEAD_BYTES = 24;

function* actsIn(trace: Buffer): Generator<Act> {
  for (let from = 0; from + HEAD_BYTES <= trace.length; ) {
    const fd = trace.readInt32LE(from + 4);
    const at = Number(trace.readBigInt64LE(from + 8));
    const size = Number(trace.readBigInt64LE(from + 16));
    const bytes = trace.subarray(from + HEAD_BYTES, from + HEAD_BYTES + size);
    if (bytes.length < size) return;
    yield actOf(String.fromCharCode(trace.readInt32LE(from)), fd, at, bytes);
    from += HEAD_BYTES + size;
  }
}

function actOf(code: string, fd: number, at: number, bytes: Buffer): Act {
  const path = bytes.toString();
  switch (code) {
    case 'o':
      return { what: 'open', fd, path };
    case 'c':
      return { what: 'close', fd };
    case 'w':
      return { what: 'write', fd, at, bytes };
    case 't':
      return { what: 'truncate', fd, size: at };
    case 'b':
      return { what: 'syncing', fd, number: at };
    case 'e':
      return { what: 'sync', fd, number: at };
    case 'm':
      return { what: 'mkdir', path };
    case 'u':
      return { what: 'remove', path };
    case 'r': {
      const [from = '', to = ''] = path.split('\0');
      return { what: 'rename', path: from, to };
    }
    case 's':
      return { what: 'send', fd, text: path };
    default:
      throw new Error(`no act: ${code}`);
  }
}
