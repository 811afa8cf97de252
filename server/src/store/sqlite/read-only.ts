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
import type { LogHead, StoredRecord } from "#/store/stored.ts";
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

/** Of a value or a row. What the gateway stores is shorter, as it takes no more text at a time. */
const storedBytesMax = 256 * 1024 * 1024;

export function openSqliteStoreReadOnly(dir: string): StoredLog {
  let opened: OpenedCopy | null = null;
  try {
    opened = openUnchanged(storeFiles(dir));
    const { db, close } = opened;
    db.exec("BEGIN");
    if (checkVersion(db) === 0) throw new Error("the database is empty");
    checkTables(db);
    const log = prepareLogReader(db);
    const { size, checkpoint } = log.head();
    return {
      head: { size, checkpoint },
      async *records() {
        yield* log.all();
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
  for (const file of [files.database, `${files.database}-wal`, files.lock]) {
    // A pipe would be waited for.
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() === false) {
      throw new Error(`${file} is no file`);
    }
  }
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

const limits = { length: storedBytesMax };

function openInPlace(database: string | URL): OpenedCopy {
  const db = new DatabaseSync(database, { readOnly: true, limits });
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
    const db = new DatabaseSync(copy, { limits });
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

/** Something else under a table's name, or a column that is computed, may go on for ever when it is read. */
function checkTables(db: DatabaseSync): void {
  for (const [table, columns] of Object.entries(tablesRead)) {
    const found = db.prepare(
      "SELECT type FROM pragma_table_list WHERE schema = 'main' AND name = ?",
    );
    if (found.get(table)?.["type"] !== "table") throw new Error(`${table} is no table`);
    const stored = db.prepare("SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden = 0");
    const names = new Map(stored.all(table).map((column) => [column["name"], column] as const));
    if (!columns.every((name) => names.has(name))) throw new Error(`${table} lacks a column`);
    const [key = ""] = columns;
    const { type, pk } = names.get(key) ?? {};
    // By which a row is found at once, and read in order.
    if (type !== "INTEGER" || pk !== 1) throw new Error(`${table} has another key`);
  }
}

/** Each with its key first. */
const tablesRead = {
  head: ["only", "size", "checkpoint", "changed"],
  records: ["idx", "leaf", "leaf_hash", "nodes"],
  payloads: ["idx", "sealed"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

function straysOf(db: DatabaseSync): readonly number[] {
  const strays = db.prepare(
    `SELECT idx FROM records WHERE idx NOT BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}
     UNION SELECT idx FROM payloads WHERE idx NOT IN (SELECT idx FROM records)
     ORDER BY idx LIMIT 100`,
  );
  strays.setReadBigInts(true);
  return strays.all().map(({ idx }) => Number(idx));
}
