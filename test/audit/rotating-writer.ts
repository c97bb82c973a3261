/** Writes a log as fast as it can, with a new day, so a new segment and key, every few entries; until it is killed. */

import { openHost } from '../../main/host.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { openTrail } from '../../main/trail.ts';
import { newEntry } from '../../shared/audit.ts';

const DAY_MS = 86_400_000;
const ENTRIES_A_DAY = 3;

const [dataDir = '', firstDay = '0'] = process.argv.slice(2);
const system = createSystemClock();
let day = Number(firstDay);
const host = openHost({ POPTRAY_KEYCHAIN: 'off' }, dataDir);
const { audit } = await openTrail({
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
for (let count = 1; ; count += 1) {
  const { seq } = await audit.append(newEntry('webhook', { detail: `day ${day}` }), 'durable');
  // What is acknowledged, and the day that it was.
  process.stdout.write(`${seq} ${day}\n`);
  if (count % ENTRIES_A_DAY === 0) day += 1;
}
