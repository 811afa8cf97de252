/**
 * The log of a data folder, for whoever verifies it without the gateway: of a stopped one, of a copy, or of
 * one that is in use.
 *
 * Guarantees to leave the folder's files as they are. Reads one consistent state; trusts nothing that it
 * reads, so what comes out may be anything that somebody wrote into the file.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { GatewayError } from "#/core/errors.ts";
import type { LogHead, StoredRecord } from "#/store/store.ts";
import { storeFiles } from "./folder.ts";
import { isFolderLocked } from "./lock.ts";
import { prepareLogReader } from "./log-rows.ts";
import { checkVersion } from "./migrate.ts";

export interface StoredLog {
  readonly head: LogHead;
  /** All of them, ascending. */
  records(): AsyncIterable<StoredRecord>;
  /** Null where there is none; what is no hash at all may come as any value. */
  node(level: number, index: number): Uint8Array | null;
  /** As stored, sealed; null where there is none, as after an erasure. */
  payload(index: number): Uint8Array | null;
  /** Where a record stands before the log's first, or a payload without a record; the first hundred. */
  strays(): readonly number[];
  close(): void;
}

/** So many records are in memory at a time. */
const recordsPageMax = 1000;

export function openSqliteStoreReadOnly(dir: string): StoredLog {
  let opened: OpenedCopy | null = null;
  try {
    opened = openUnchanged(storeFiles(dir));
    const { db, close } = opened;
    db.exec("BEGIN");
    if (checkVersion(db) === 0) throw new Error("the database is empty");
    const log = prepareLogReader(db);
    const { size, checkpoint } = log.head();
    return {
      head: { size, checkpoint },
      async *records() {
        for (let from = 0; ; ) {
          const page = log.records(from, recordsPageMax);
          yield* page;
          const last = page.at(-1);
          if (last === undefined || page.length < recordsPageMax) return;
          from = last.index + 1;
        }
      },
      node: (level, index) => log.node({ level, index }),
      payload: (index) => log.payload(index),
      strays: () => straysOf(db),
      close,
    };
  } catch (cause) {
    opened?.close();
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError("store.unreadable", "The data folder's log can't be read.", {
      details: { dir },
      cause,
    });
  }
}

interface OpenedCopy {
  readonly db: DatabaseSync;
  readonly close: () => void;
}

function openUnchanged(files: ReturnType<typeof storeFiles>): OpenedCopy {
  // In use: whoever writes has made what a reader needs beside the database, and the lock in the database
  // keeps the state that is read in place.
  if (isFolderLocked(files)) return openInPlace(files.database);
  const log = `${files.database}-wal`;
  // Nothing but the database itself: SQLite is told that nobody writes, and then creates no file.
  if (!fs.existsSync(log) || fs.statSync(log).size === 0) {
    const url = pathToFileURL(files.database);
    url.searchParams.set("immutable", "1");
    return openInPlace(url);
  }
  return openCopy(files.database, log);
}

function openInPlace(database: string | URL): OpenedCopy {
  const db = new DatabaseSync(database, { readOnly: true });
  return { db, close: () => db.close() };
}

/** Commits that are still in the write-ahead log can be read only by moving them: in a copy. */
function openCopy(database: string, log: string): OpenedCopy {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-verify-"));
  const remove = () => fs.rmSync(dir, { recursive: true, force: true });
  try {
    const copy = path.join(dir, path.basename(database));
    for (const [from, to] of [
      [database, copy],
      [log, `${copy}-wal`],
    ] as const) {
      fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE);
      fs.chmodSync(to, 0o600);
    }
    const db = new DatabaseSync(copy);
    return {
      db,
      close() {
        db.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function straysOf(db: DatabaseSync): readonly number[] {
  const rows = db
    .prepare(
      `SELECT idx FROM records WHERE idx < 0
       UNION SELECT idx FROM payloads WHERE idx NOT IN (SELECT idx FROM records)
       ORDER BY idx LIMIT 100`,
    )
    .all();
  return rows.map(({ idx }) => Number(idx));
}
