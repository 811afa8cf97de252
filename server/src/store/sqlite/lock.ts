/**
 * Exclusive use of a data folder, for the life of the process.
 *
 * The lock is SQLite's own, on an empty database beside the real one: the operating system releases it with
 * the process, also after `kill -9`, and the real database stays readable for others meanwhile.
 */
import fs from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { GatewayError } from "#/core/errors.ts";
import { ensurePrivateFile, type StoreFiles } from "./folder.ts";
import { isBusy } from "./sqlite-error.ts";

export interface FolderLock {
  release(): void;
}

/** Whoever only looks whether the folder is in use holds the lock for moments. */
const lockWaitMs = 500;

export function lockFolder(files: StoreFiles): FolderLock {
  ensurePrivateFile(files.lock);
  const lock = new DatabaseSync(files.lock, { timeout: lockWaitMs });
  try {
    // The journal in memory, so that the lock is one file that stays empty.
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw cause;
    const pid = readPid(files);
    const who = pid === null ? "Another process" : `Process ${pid}`;
    throw new GatewayError("store.in_use", `${who} uses the data folder.`, {
      details: { pid },
      cause,
    });
  }
  fs.writeFileSync(files.pid, `${process.pid}\n`, { mode: 0o600 });
  return {
    release() {
      fs.rmSync(files.pid, { force: true });
      lock.close();
    },
  };
}

/** Whether a process, this one included, has the folder in use at this moment. */
export function isFolderLocked(files: StoreFiles): boolean {
  if (!fs.existsSync(files.lock)) return false;
  const lock = new DatabaseSync(files.lock, { readOnly: true, timeout: 0 });
  try {
    lock.exec("SELECT * FROM sqlite_schema");
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    lock.close();
  }
}

function readPid(files: StoreFiles): number | null {
  try {
    const pid = Number(fs.readFileSync(files.pid, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
