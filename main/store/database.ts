/** Opens the database of read models; it can always be rebuilt from the audit log. */
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A database of another version is thrown away, and built anew from the log. */
const VERSION = 8;
/** `place` is where an entry's line begins in its segment, in bytes: its text stays in the log. */
const SCHEMA = `
  CREATE TABLE history (
    seq INTEGER PRIMARY KEY,
    place INTEGER NOT NULL,
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
  CREATE INDEX history_key ON history (key) WHERE key IS NOT NULL;
  CREATE TABLE blocks (
    block INTEGER NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    application TEXT NOT NULL,
    user_id TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (block, type, status, code, application, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE quarters (quarter INTEGER PRIMARY KEY, tally BLOB NOT NULL) STRICT;
  CREATE TABLE calls (
    seq INTEGER PRIMARY KEY,
    place INTEGER NOT NULL,
    interaction TEXT NOT NULL,
    party TEXT
  ) STRICT;
  CREATE INDEX calls_interaction ON calls (interaction);
  CREATE INDEX calls_party ON calls (party) WHERE party IS NOT NULL;
  CREATE TABLE intents (pop_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, place INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE deliveries (pop_id TEXT NOT NULL, seq INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (pop_id, seq))
    STRICT, WITHOUT ROWID;
  CREATE TABLE outbox (
    pop_id TEXT NOT NULL,
    webhook TEXT NOT NULL,
    seq INTEGER NOT NULL,
    place INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'again', 'dead')),
    attempts INTEGER NOT NULL,
    due_at INTEGER,
    failure TEXT,
    PRIMARY KEY (pop_id, webhook)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX outbox_again ON outbox (webhook, due_at) WHERE state = 'again';
  CREATE TABLE stopped_webhooks (webhook TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE applied (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seq INTEGER NOT NULL,
    entry TEXT NOT NULL,
    boot TEXT NOT NULL
  ) STRICT;`;

export const DATABASE_FILE = 'poptray.db';

/** The last entry that the models know, and on which start of the machine they were last written. */
export interface Applied {
  readonly seq: number;
  readonly entry: string;
  readonly boot: string;
}

/**
 * Opens `poptray.db`, with the number of the last entry that it knows; one that is damaged, of another version or not fit by
 * `isFit` is thrown away for an empty one. It never waits for the disk: after a power cut the store rebuilds it.
 */
export function openDatabase(
  dir: string,
  isFit: (applied: Applied) => boolean,
): { database: DatabaseSync; applied: number } {
  const path = join(dir, DATABASE_FILE);
  const database = existing(path);
  const applied = database?.prepare('SELECT seq, entry, boot FROM applied').get() as Applied | undefined;
  if (database && applied && isFit(applied)) return { database, applied: applied.seq };
  database?.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const empty = opened(path);
  empty.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT;`);
  return { database: empty, applied: 0 };
}

function existing(path: string): DatabaseSync | undefined {
  if (!existsSync(path)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = opened(path);
    const version = database.prepare('PRAGMA user_version').get()?.user_version;
    // What is damaged behind the first page would else show only when it is read.
    const check = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (version === VERSION && check === 'ok') return database;
  } catch {
    // Damaged.
  }
  database?.close();
  return undefined;
}

function opened(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
