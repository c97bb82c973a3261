/** Writes a log as fast as it can, with a new day, so a new segment and key, every few entries; mostly until it is killed. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { openHost } from '../../main/app/bootstrap.ts';
import { openAuditLog } from '../../main/audit/open-audit-log.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { newEntry } from '../../shared/new-entry.ts';

const DAY_MS = 86_400_000;

export interface BusyWriterOptions {
  readonly dataDir: string;
  readonly firstDay?: number;
  readonly entriesADay: number;
  /** Entries that are appended together. */
  readonly atOnce: number;
  /** A disk that takes each write in halves, so many milliseconds apart. */
  readonly haltMs?: number;
  /** After so many it closes the log. */
  readonly entries?: number;
}

const options: BusyWriterOptions = JSON.parse(process.argv[2] ?? '');
const { dataDir, firstDay = 0, entriesADay, atOnce, haltMs, entries = Number.POSITIVE_INFINITY } = options;
const system = createSystemClock();
let day = firstDay;
const host = openHost(process.env, dataDir);
const { audit } = await openAuditLog({
  dataDir,
  secrets: await host.secrets(),
  clock: { ...system, now: () => Date.parse('2026-01-01T12:00:00Z') + day * DAY_MS },
  onEntry() {},
  onLogFault(fault) {
    if (fault) throw fault;
  },
  onFault: () => (error) => {
    throw error;
  },
});
if (haltMs !== undefined) slowDown(haltMs);
for (let [count, total] = [0, 0]; total < entries; ) {
  const news = Array.from({ length: atOnce }, () => newEntry('webhook', { detail: `day ${day}` }));
  const written = await Promise.all(news.map((entry) => audit.append(entry, 'durable')));
  count += atOnce;
  total += atOnce;
  // What is acknowledged, and the day that it was.
  process.stdout.write(`${written.at(-1)?.seq} ${day}\n`);
  if (count >= entriesADay) [count, day] = [0, day + 1];
}
await audit.close();

function slowDown(ms: number): void {
  const { writeSync } = fs;
  const halves = (fd: number, bytes: Buffer, offset = 0) => {
    const written = writeSync(fd, bytes, offset, Math.ceil((bytes.length - offset) / 2));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return written;
  };
  fs.writeSync = halves as typeof fs.writeSync;
  syncBuiltinESMExports();
}
