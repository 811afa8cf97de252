import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Credentials } from "./credentials.ts";
import type { Bundle } from "./postgres-programs.ts";
import {
  closed,
  findSharedTemporary,
  openPrivateFolder,
  ownUid,
  readIfPresent,
  traversable,
  writePrivateFile,
} from "./private-folder.ts";
import type { Account } from "./run-program.ts";

/** Where the sample database is kept, and which folder it belongs to if that is another one. */
export interface SampleFolder {
  readonly path: string;
  readonly owner: string | undefined;
}

/**
 * The wanted folder itself where the server runs as this process's own account. Another account may
 * not be able to enter that, so then it is a folder of the shared temporary space, named after it.
 */
export async function openSampleFolder(
  bundle: Bundle,
  account: Account | undefined,
  dir: string | undefined,
): Promise<SampleFolder> {
  const wanted = dir === undefined ? undefined : resolve(dir);
  if (wanted !== undefined) await openPrivateFolder(wanted, closed);
  if (wanted !== undefined && account === undefined) return { path: wanted, owner: undefined };
  const parent = account === undefined ? tmpdir() : await findSharedTemporary();
  const id = digest(`${bundle.version}\0${wanted ?? resolve()}`).slice(0, 16);
  const path = join(parent, `countersign-sample-${ownUid()}-${id}`);
  await openPrivateFolder(path, account === undefined ? closed : traversable);
  return { path, owner: wanted };
}

/** Whether the owner is still the one for which the data was made, and not a new one in its place. */
export async function isClaimed({ owner }: SampleFolder, held: Credentials): Promise<boolean> {
  return owner === undefined || (await readIfPresent(claimIn(owner))) === claimFor(held);
}

export async function claim({ owner }: SampleFolder, held: Credentials): Promise<void> {
  if (owner !== undefined) await writePrivateFile(claimIn(owner), claimFor(held));
}

function claimIn(owner: string): string {
  return join(owner, "database-id");
}

function claimFor({ superuserPassword }: Credentials): string {
  return `${digest(superuserPassword)}\n`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
