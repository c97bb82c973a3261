/** What else happens to a log beside pops, for a test that kills: old days that retention removes, and resets. */
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { startWriter } from '../audit/start-writer.ts';
import { type HeadlessOptions, type Run, run } from './headless.ts';

const DAY_MS = 86_400_000;
/** In the days that the writer counts. */
const TODAY = Math.floor((Date.now() - Date.parse('2026-01-01T00:00:00Z')) / DAY_MS);
const OLD_DAYS = 30;

/** Makes the log with a segment a day, from a month ago until the day before yesterday. */
export async function writeOldDays(dataDir: string): Promise<void> {
  const [entriesADay, firstDay] = [2, TODAY - OLD_DAYS];
  const entries = entriesADay * (OLD_DAYS - 1);
  const writer = startWriter({ dataDir, firstDay, entriesADay, atOnce: 1, entries });
  writer.stdout.resume();
  expect(await once(writer, 'close')).toEqual([0, null]);
}

/** Begins to remove all but the last so many days. */
export function startRemoval(dataDir: string, keepDays: number) {
  const child = startWriter({ dataDir, firstDay: TODAY, entriesADay: 1, atOnce: 1, entries: 0, keepDays });
  const said = text(child.stdout);
  const ended = once(child, 'close');
  return {
    kill: () => child.kill('SIGKILL'),
    /** The number of the last entry that is gone, if it came so far. */
    ended: ended.then(async () => Number(/^removed (\d+)$/m.exec(await said)?.[1] ?? 0)),
  };
}

export function startReset(options: HeadlessOptions): Run {
  return run('cli.ts', ['reset', '--yes'], options);
}

/** While a reset is planned its log is neither here nor there. */
export function isResetPlanned(dataDir: string): boolean {
  return existsSync(join(dataDir, 'audit-reset.json'));
}

/** Each log that a reset has sealed is what it was when it was killed last: whole, or torn. */
export async function expectSealedLogs(options: HeadlessOptions): Promise<void> {
  const { dataDir } = options;
  for (const name of readdirSync(dataDir).filter((one) => /^audit-\d{4}-/.test(one))) {
    if (readdirSync(join(dataDir, name, 'audit')).length === 0) continue;
    const verify = run('cli.ts', ['audit', 'verify', '--sealed', name], options);
    expect([0, 2], verify.output()).toContain(await verify.ended);
  }
}
