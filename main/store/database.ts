/** Opens the database of read models; it can always be rebuilt from the audit log. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Each brings `user_version` one further. Never change one that was released: add another. */
const MIGRATIONS = [
  `CREATE TABLE history (
     seq INTEGER PRIMARY KEY,
     at INTEGER NOT NULL,
     type TEXT NOT NULL,
     key TEXT,
     user_id TEXT,
     application TEXT,
     status TEXT,
     code TEXT,
     latency_ms REAL,
     entry TEXT NOT NULL
   ) STRICT;
   CREATE INDEX history_key ON history (key, seq) WHERE key IS NOT NULL;
   CREATE INDEX history_at ON history (at);
   CREATE TABLE intents (pop_id TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE outbox (
     id TEXT NOT NULL,
     webhook TEXT NOT NULL,
     pop_id TEXT NOT NULL,
     payload TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('pending', 'dead')),
     attempts INTEGER NOT NULL,
     due_at INTEGER NOT NULL,
     failure TEXT,
     PRIMARY KEY (id, webhook)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX outbox_due ON outbox (state, webhook, due_at);
   CREATE TABLE stopped_webhooks (webhook TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE applied (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     seq INTEGER NOT NULL,
     entry TEXT NOT NULL,
     boot TEXT NOT NULL
   ) STRICT;`,
  // The models are built anew from the log: narrow rows for questions, and the entries' text beside them.
  `DELETE FROM applied;
   DELETE FROM intents;
   DELETE FROM outbox;
   DELETE FROM stopped_webhooks;
   DROP TABLE history;
   CREATE TABLE history (
     seq INTEGER PRIMARY KEY,
     at INTEGER NOT NULL,
     type TEXT NOT NULL,
     key TEXT,
     pop_id TEXT,
     user_id TEXT,
     application TEXT,
     status TEXT,
     code TEXT,
     focused INTEGER,
     total_ms REAL,
     queue_ms REAL,
     token_ms REAL,
     delivery_ms REAL
   ) STRICT;
   CREATE INDEX history_key ON history (key, seq) WHERE key IS NOT NULL;
   CREATE INDEX history_at ON history (at, type, status);
   CREATE TABLE entries (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
   CREATE TABLE hours (hour INTEGER PRIMARY KEY, tally BLOB NOT NULL) STRICT;`,
];

export const DATABASE_FILE = 'poptray.db';

/**
 * Opens and migrates `poptray.db`; one that is damaged or newer than this program is thrown away first.
 * It never waits for the disk: after a power cut the store rebuilds it.
 */
export function openDatabase(dir: string): DatabaseSync {
  const path = join(dir, DATABASE_FILE);
  try {
    return migrated(path);
  } catch {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return migrated(path);
  }
}

function migrated(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
      user_version: number;
    };
    if (version > MIGRATIONS.length) throw new Error('the database is of a newer version');
    // What is damaged behind the first page would else show only when it is read.
    const check = database.prepare('PRAGMA quick_check(1)').get();
    if (check?.quick_check !== 'ok') throw new Error('the database is damaged');
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < version) continue;
      database.exec(`BEGIN; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
