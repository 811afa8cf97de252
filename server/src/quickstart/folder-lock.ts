import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { databaseFailed } from "./database-failed.ts";

export interface FolderLock {
  release(): void;
}

/**
 * Holds a folder for this process alone, or gives undefined if another one holds it. The lock is
 * SQLite's exclusive file lock, because the system drops that with the process, however it ends:
 * there is no stale lock to judge, and no process id that could be someone else's by now.
 */
export function tryLockFolder(folder: string): FolderLock | undefined {
  const path = join(folder, "lock");
  const database = open(path);
  try {
    database.exec("begin exclusive");
  } catch (cause) {
    database.close();
    if (isBusy(cause)) return undefined;
    throw databaseFailed(`${path} can't be locked.`, cause);
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

function open(path: string): DatabaseSync {
  try {
    // For its owner alone: whoever may read a file may also lock it.
    if (!existsSync(path)) writeFileSync(path, "", { mode: 0o600 });
    return new DatabaseSync(path, { timeout: 0 });
  } catch (cause) {
    throw databaseFailed(`${path} can't be opened for writing.`, cause);
  }
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}
