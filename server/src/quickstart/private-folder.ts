/**
 * Folders that hold a database's files and passwords, also in the system's shared temporary space,
 * where anyone may have put something in our place before. A folder is used only if it is a real
 * directory of ours that nobody else may write to; everything else is refused, never repaired.
 */
import assert from "node:assert";
import { chmod, lstat, mkdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { databaseFailed } from "./database-failed.ts";

/** Others may pass through to what is theirs inside, but not list or change it. */
export const traversable = 0o711;
export const closed = 0o700;

const writableByOthers = 0o022;
const passableByOthers = 0o001;
const sticky = 0o1000;

/** Creates the folder, or takes an existing one that is safe. Parents are created closed. */
export async function openPrivateFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: closed });
    await mkdir(path, { mode });
    // The umask narrowed it; nobody could have replaced what this process has just created.
    await chmod(path, mode);
  } catch (cause) {
    if (!isErrno(cause, "EEXIST")) {
      throw databaseFailed(`The folder ${path} can't be created (${errnoOf(cause)}).`, cause);
    }
  }
  await checkPrivateFolder(path);
}

/**
 * A temporary folder that an unprivileged account can reach and in which nobody can replace what is
 * ours. TMPDIR of root may well be closed to all others; then the system's own folders are tried.
 */
export async function findSharedTemporary(): Promise<string> {
  const candidates = [...new Set([tmpdir(), "/tmp", "/var/tmp"])];
  for (const candidate of candidates) {
    const path = await realpath(candidate).catch(() => undefined);
    if (path !== undefined && (await isSafelyReachable(path))) return path;
  }
  throw databaseFailed(
    `PostgreSQL can't run as root, and none of ${candidates.join(", ")} can be entered by another account.`,
  );
}

/** Writes a file that only its owner can read, wholly or not at all. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600, flag: "w" });
  await chmod(draft, 0o600);
  await rename(draft, path);
}

/** The text of a file, or undefined if there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw databaseFailed(`${path} can't be read (${errnoOf(cause)}).`, cause);
  }
}

export function ownUid(): number {
  assert(process.geteuid, "only systems with accounts of this kind have a bundled PostgreSQL");
  return process.geteuid();
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(errnoOf(error));
}

export function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}

async function checkPrivateFolder(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw databaseFailed(`${path} is not a folder.`);
  if (found.uid !== ownUid())
    throw databaseFailed(`The folder ${path} belongs to another account.`);
  if ((found.mode & writableByOthers) !== 0) {
    throw databaseFailed(`The folder ${path} can be written to by other accounts.`);
  }
}

async function isSafelyReachable(path: string): Promise<boolean> {
  const { mode, uid } = await stat(path);
  const isSafe = (mode & writableByOthers) === 0 || (mode & sticky) !== 0;
  const isOwn = uid === 0 || uid === ownUid();
  if ((mode & passableByOthers) === 0 || !isSafe || !isOwn) return false;
  const parent = join(path, "..");
  return parent === path || isSafelyReachable(parent);
}
