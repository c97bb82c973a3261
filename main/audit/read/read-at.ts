/** Reads single entries back, from where they are known to stand. */
import { closeSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEntry, Place } from '../../../shared/audit.ts';
import { entryIn } from '../format/entry.ts';
import { openForReading } from '../format/open-file.ts';
import { firstSeqOf, LINE_MAX_BYTES, listSegments } from '../format/segments.ts';

/** Some lines: those that are asked for together often stand together. */
const CHUNK_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** In the order of the places, without those where another entry stands now, or none. Throws what the file system throws. */
export function readAt(dir: string, places: readonly Place[]): AuditEntry[] {
  const segments = listSegments(dir).map((name) => ({ name, firstSeq: firstSeqOf(name) }));
  const found = new Map<number, AuditEntry>();
  let open:
    | { readonly segment: string; readonly lineAt: (place: number) => Buffer; close(): void }
    | undefined;
  try {
    for (const { seq, place } of places.toSorted((a, b) => a.seq - b.seq)) {
      const segment = segments.findLast(({ firstSeq }) => firstSeq <= seq)?.name;
      if (segment === undefined) continue;
      if (open?.segment !== segment) {
        open?.close();
        open = openSegment(dir, segment);
      }
      const entry = entryIn(open.lineAt(place));
      if (entry?.seq === seq) found.set(seq, entry);
    }
  } finally {
    open?.close();
  }
  return places.flatMap(({ seq }) => found.get(seq) ?? []);
}

function openSegment(dir: string, segment: string) {
  const fd = openForReading(join(dir, segment));
  let chunk = Buffer.alloc(0);
  let start = 0;

  function load(from: number, length: number): void {
    const bytes = Buffer.allocUnsafe(length);
    chunk = bytes.subarray(0, readSync(fd, bytes, 0, length, from));
    start = from;
  }

  return {
    segment,
    /** Empty where no line ends. */
    lineAt(place: number): Buffer {
      for (let length = CHUNK_BYTES; ; length *= 4) {
        const from = place - start;
        const end = from >= 0 && from < chunk.length ? chunk.indexOf(NEWLINE, from) : -1;
        if (end !== -1) return chunk.subarray(from, end + 1);
        if (length > LINE_MAX_BYTES * 4) return Buffer.alloc(0);
        load(place, length);
      }
    },
    close: () => closeSync(fd),
  };
}
