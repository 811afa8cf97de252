/** The database file: opened with the settings on which durability and erasure rest. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

/** How long to wait for someone who reads the database from outside. */
export const busyTimeoutMs = 5000;

export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  // Checkpoints are called by hand: SQLite's own swallow their errors. A page takes two writes on its way into
  // the write-ahead log, so a larger one than usual makes records cheaper; a database keeps the size that it
  // began with. What a statement of many rows may have to undo stays in memory, not in a file in the clear beside the
  // folder. `secure_delete` is for erasure; the last two are what a flush needs on macOS to reach the disk.
  db.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA trusted_schema = OFF;
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
  `);
  assert.equal(db.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
  return db;
}
