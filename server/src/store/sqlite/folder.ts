/** The data folder as the store keeps it: nobody else's to read, there to stay, and not on a network. */
import fs from "node:fs";
import path from "node:path";
import { GatewayError } from "#/core/errors.ts";

export interface StoreFiles {
  readonly database: string;
  /** The two segments of the journal, which take turns. */
  readonly journal: readonly string[];
  readonly lock: string;
  /** The process that holds the lock, for people to read. */
  readonly pid: string;
}

export function storeFiles(dir: string): StoreFiles {
  return {
    database: path.join(dir, "store.db"),
    journal: [path.join(dir, "store.journal-1"), path.join(dir, "store.journal-2")],
    lock: path.join(dir, "store.lock"),
    pid: path.join(dir, "store.pid"),
  };
}

/** Creates what is missing; what exists loses the rights of others. */
export function prepareFolder(dir: string): void {
  try {
    const created = fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (created !== undefined) syncPath(path.resolve(dir), path.resolve(created));
    restrictFolder(dir);
  } catch (cause) {
    throw new GatewayError("store.unreadable", "The data folder can't be created or entered.", {
      details: { dir },
      cause,
    });
  }
  const fileSystem = networkFileSystems.get(fs.statfsSync(dir).type >>> 0);
  if (process.platform === "linux" && fileSystem !== undefined) {
    throw new GatewayError(
      "store.network_filesystem",
      `The data folder is on ${fileSystem}; it has to be on a disk of this machine.`,
      { details: { dir, fileSystem } },
    );
  }
}

/**
 * Makes sure the file is there and private. An existing file is never opened here: closing any descriptor
 * of a file drops all of this process's POSIX locks on it, also those of an open store.
 */
export function ensurePrivateFile(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, "wx", 0o600));
    syncFolder(path.dirname(file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    fs.chmodSync(file, 0o600);
  }
}

/** `statfs` types (statfs(2)) of file systems whose locks and flushes can't be relied on. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x5346414f, "AFS"],
]);

function restrictFolder(dir: string): void {
  try {
    fs.chmodSync(dir, 0o700);
  } catch (error) {
    // Another account's, as a mounted volume can be: its rights are that account's matter. The files in it
    // are created by this one, for itself alone.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

/** Makes the names durable that lead to `dir`, of which `created` was the first one missing. */
function syncPath(dir: string, created: string): void {
  syncFolder(path.dirname(dir));
  if (dir !== created) syncPath(path.dirname(dir), created);
}

/** A new name in a folder is durable only once the folder has been flushed. */
function syncFolder(dir: string): void {
  // Windows has no such flush: there the file system's journal does it.
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(dir, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
