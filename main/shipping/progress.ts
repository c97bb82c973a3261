/** How far each receiver has been told, kept in one file. It may lag after a power cut: then entries go out twice. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { AuditEntry } from '../../shared/audit.ts';
import { createSerialQueue } from '../../shared/serial-queue.ts';

const placeSchema = z.strictObject({
  seq: z.int().nonnegative().describe('The last entry that was taken.'),
  stamp: z.string().describe('Tells that entry from any other that may stand in its place.'),
  failure: z.string().nullable().describe('Why the last attempt failed, if it did.'),
  at: z.iso.datetime().nullable().describe('When it was taken, or when the failures began.'),
});

const progressSchema = z.strictObject({
  version: z.literal(1),
  instance: z.uuid().describe('Which log this is, for receivers that get many.'),
  shippers: z.record(z.string(), placeSchema),
});

export type Shipped = z.infer<typeof placeSchema>;
export type ProgressState = z.infer<typeof progressSchema>;

export interface Progress {
  readonly instance: string;
  placeOf(shipper: string): Shipped;
  /** At once for placeOf, and resolves when it is in the file; rejects with what the file system throws. */
  note(shipper: string, place: Shipped): Promise<void>;
}

const NOWHERE: Shipped = { seq: 0, stamp: '', failure: null, at: null };

/** What the file says; undefined when there is none, or when it is damaged, which only sends everything again. */
export function readProgress(dataDir: string): ProgressState | undefined {
  try {
    return progressSchema.parse(JSON.parse(readFileSync(progressPath(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

export function openProgress(dataDir: string): Progress {
  const { instance, shippers } = readProgress(dataDir) ?? { instance: randomUUID(), shippers: {} };
  const places = new Map(Object.entries(shippers));
  const inTurn = createSerialQueue();
  return {
    instance,
    placeOf: (shipper) => places.get(shipper) ?? NOWHERE,
    note(shipper, place) {
      places.set(shipper, place);
      return inTurn(() => write(dataDir, { version: 1, instance, shippers: Object.fromEntries(places) }));
    },
  };
}

/** Tells an entry from any other that may stand at its place, in a log that was restored or begun anew. */
export function stampOf({ keyId, timestamp, uptimeMs }: AuditEntry): string {
  return [keyId, timestamp, uptimeMs].join(' ');
}

function progressPath(dataDir: string): string {
  return join(dataDir, 'shipping.json');
}

/** Off the main thread, unlike other private files: this one is written while pops are delivered. */
async function write(dataDir: string, state: ProgressState): Promise<void> {
  const path = progressPath(dataDir);
  await writeFile(`${path}.tmp`, `${JSON.stringify(state)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}
