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
  /** By a clock that says of each sync that it took no time, so that a lone entry is synced on the spot. */
  readonly isDiskQuick?: boolean;
  /** After so many it closes the log. */
  readonly entries?: number;
  /** And before that it removes what is at least so many days old. */
  readonly keepDays?: number;
}

const options: BusyWriterOptions = JSON.parse(process.argv[2] ?? '');
const { dataDir, firstDay = 0, entriesADay, atOnce, haltMs, keepDays, isDiskQuick = false } = options;
const { entries = Number.POSITIVE_INFINITY } = options;
const system = createSystemClock();
let day = firstDay;
const clock = {
  ...system,
  now: () => Date.parse('2026-01-01T12:00:00Z') + day * DAY_MS,
  // Each day the machine was started anew.
  get boot() {
    return `boot of day ${day}`;
  },
  ...(isDiskQuick && { monotonic: () => 0 }),
};
const host = openHost(process.env, dataDir);
const auditLog = await openAuditLog({
  dataDir,
  secrets: await host.secrets(),
  clock,
  onEntry() {},
  onLogFault(fault) {
    if (fault) throw fault;
  },
  onFault: () => (error) => {
    throw error;
  },
});
const { audit } = auditLog;
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
if (keepDays !== undefined) await removeOld(keepDays);
await audit.close();

/** By a clock that was checked. */
async function removeOld(days: number): Promise<void> {
  // Nothing goes that no checkpoint counts.
  audit.syncNow();
  const present = { at: clock.now(), boot: clock.boot, uptimeMs: clock.uptime(), isChecked: true };
  const removed = await auditLog.removeOld(days * DAY_MS, present, Number.POSITIVE_INFINITY);
  process.stdout.write(`removed ${removed}\n`);
}

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
