/**
 * Key files: read only if nobody else could have, created whole and for good or not at all.
 */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { GatewayError } from "#/core/errors.ts";

export const privateMode = 0o600;
export const publicMode = 0o644;

const keyFileBytesMax = 4096;
const rightsOfOthers = 0o077;

/** The text without its last newline, or null where there is no such file. */
export function readKeyFile(file: string, mode: number): string | null {
  let descriptor: number;
  try {
    // Without a wait for whoever might write, where it is a pipe.
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return null;
    throw invalidKey(file, "can't be read", cause);
  }
  try {
    // Of the file that is open, not of a name that may lead elsewhere a moment later.
    const found = fs.fstatSync(descriptor);
    if (!found.isFile()) throw invalidKey(file, "is not a file");
    if (found.size > keyFileBytesMax) throw invalidKey(file, "is too large for a key");
    if (mode === privateMode && isOpenToOthers(found.mode)) {
      throw invalidKey(file, `can be read or changed by other accounts; set its mode to 600`);
    }
    return fs.readFileSync(descriptor, "utf8").replace(/\n$/, "");
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Writes the file unless it exists. It appears under its name only when its content is on the disk, and an
 * existing file, also one that another process creates at this moment, is never replaced.
 */
export function createKeyFile(file: string, text: string, mode: number): void {
  const folder = path.dirname(file);
  const draft = `${file}.${randomBytes(8).toString("hex")}.new`;
  try {
    writeDraft(draft, `${text}\n`, mode);
    linkUnlessThere(draft, file);
    syncFolder(folder);
  } catch (cause) {
    throw new GatewayError("store.unreadable", `${file} can't be created.`, {
      details: { file },
      cause,
    });
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** `source` is a file or what else a key came from. */
export function invalidKey(source: string, problem: string, cause?: unknown): GatewayError {
  return new GatewayError("audit.invalid_key", `${source} ${problem}.`, {
    details: { source },
    cause,
  });
}

function isOpenToOthers(mode: number): boolean {
  // Windows has no such bits; there the folder's own access list guards the file.
  return process.platform !== "win32" && (mode & rightsOfOthers) !== 0;
}

function writeDraft(draft: string, text: string, mode: number): void {
  const descriptor = fs.openSync(draft, "wx", mode);
  try {
    // The umask may have narrowed it.
    fs.fchmodSync(descriptor, mode);
    fs.writeFileSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function linkUnlessThere(draft: string, file: string): void {
  try {
    fs.linkSync(draft, file);
  } catch (cause) {
    if (!isErrno(cause, "EEXIST")) throw cause;
  }
}

/** A new name in a folder is durable only once the folder has been flushed. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
