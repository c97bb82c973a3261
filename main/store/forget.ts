/** Forgets what retention has removed from the log. */
import type { DatabaseSync } from 'node:sqlite';
import type { Blocks } from './blocks.ts';
import { QUARTER_MS, type Quarters } from './quarters.ts';

/** Rows at a time: a long transaction would hold up the pops behind it. */
const STEP = 500;

/** Returns what forgets some of the entries up to a number, within the caller's transaction, and says whether there are more; it throws what SQLite throws. */
export function createForget(
  database: DatabaseSync,
  quarters: Quarters,
  blocks: Blocks,
): (upTo: number) => boolean {
  const oldest = `SELECT seq FROM history WHERE seq <= ? ORDER BY seq LIMIT ${STEP}`;
  const last = database.prepare(
    `SELECT max(at) AS at, max(seq) AS seq, count(*) AS count FROM history WHERE seq IN (${oldest})`,
  );
  const forgetMessages = database.prepare(
    `DELETE FROM outbox WHERE pop_id IN (SELECT pop_id FROM history WHERE seq IN (${oldest}))`,
  );
  const forgetHistory = database.prepare(`DELETE FROM history WHERE seq IN (${oldest})`);
  const forgetCalls = database.prepare('DELETE FROM calls WHERE seq <= ?');
  const forgetIntents = database.prepare('DELETE FROM intents WHERE seq <= ?');
  const forgetDeliveries = database.prepare('DELETE FROM deliveries WHERE seq <= ?');

  let latest = -1;

  return (upTo) => {
    const { at, seq, count } = last.get(upTo) as { at: number | null; seq: number | null; count: number };
    const isEnd = count < STEP;
    latest = Math.max(latest, at ?? -1);
    forgetIntents.run(upTo);
    forgetDeliveries.run(upTo);
    forgetCalls.run(Math.min(upTo, seq ?? upTo));
    for (const statement of [forgetMessages, forgetHistory]) statement.run(upTo);
    if (seq !== null) blocks.recount(seq);
    // The last of these quarters may have entries that stay.
    if (isEnd && latest >= 0) quarters.recount(Math.floor(latest / QUARTER_MS));
    return !isEnd;
  };
}
