/**
 * A PostgreSQL of its own for each test that needs one, from the same machinery as the quickstart's.
 * It is copied from a template that is made once and shared by all runs, so that a start costs a
 * fraction of a second. What a killed run left behind is ended and removed by a later one.
 */
import { createHash, randomUUID } from "node:crypto";
import { chown, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "#/platform/log.ts";
import { type Cluster, host, initCluster, startCluster, superuser } from "#/quickstart/cluster.ts";
import { type Credentials, createCredentials, readCredentials } from "#/quickstart/credentials.ts";
import { databaseFailed } from "#/quickstart/database-failed.ts";
import { type FolderLock, tryLockFolder } from "#/quickstart/folder-lock.ts";
import { type Bundle, findPrograms } from "#/quickstart/postgres-programs.ts";
import { findPostmaster, type Postmaster, stopPostmaster } from "#/quickstart/postmaster.ts";
import {
  closed,
  findSharedTemporary,
  isErrno,
  openPrivateFolder,
  ownUid,
  traversable,
} from "#/quickstart/private-folder.ts";
import { runProgram } from "#/quickstart/run-program.ts";
import { findServerAccount } from "#/quickstart/server-account.ts";
import { createDatabase, gatewayRole, openShop, shopDatabase } from "#/quickstart/shop-database.ts";
import { findTestBundle, suitedPrograms } from "./other-postgres.ts";

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  /** A role without privileges, which owns the shop's tables and may create others. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The connection string of that role. */
  readonly url: string;
  readonly superuserUrl: string;
  readonly stop: () => Promise<void>;
}

export interface TestPostgresOptions {
  /** Whether the database holds the shop's data; else it is empty. */
  readonly shop?: boolean;
}

export async function startTestPostgres({
  shop = true,
}: TestPostgresOptions = {}): Promise<TestPostgres> {
  const home = await openHome();
  await removeLeftovers(home);
  const template = await openTemplate(home);
  const run = await openRun(home);
  const { pid, port } = await startCopy(template, run);
  const database = shop ? shopDatabase : emptyDatabase;
  const { gatewayPassword: password, superuserPassword } = template.credentials;
  return {
    host,
    port,
    user: gatewayRole,
    password,
    database,
    url: `postgres://${gatewayRole}:${password}@${host}:${port}/${database}`,
    superuserUrl: `postgres://${superuser}:${superuserPassword}@${host}:${port}/${database}`,
    stop: async () => {
      await stopPostmaster(pid, run);
      await closeRun(run);
    },
  };
}

const emptyDatabase = "empty";
const dayMs = 24 * 60 * 60 * 1000;
/** A younger run may not have taken its lock yet. */
const leftoverMs = 60_000;
/** Systems remove what was not used for some days from temporary space, file by file: a template serves for its day. */
const templateMs = 2 * dayMs;

/** What all clusters of these tests have in common; `folder` holds templates and runs. */
interface Home extends Pick<Cluster, "account" | "programs"> {
  readonly folder: string;
  readonly bundle: Bundle;
}

interface Run extends Cluster {
  readonly folder: string;
  readonly lock: FolderLock;
}

interface Template {
  readonly dataFolder: string;
  readonly credentials: Credentials;
}

async function openHome(): Promise<Home> {
  const bundle = await findTestBundle();
  const account = await findServerAccount(silentLog);
  const parent = account === undefined ? tmpdir() : await findSharedTemporary();
  const folder = join(parent, `countersign-test-postgres-${ownUid()}`);
  await openPrivateFolder(folder, account === undefined ? closed : traversable);
  const programs = await suitedPrograms(await findPrograms(bundle, account), bundle, folder);
  return { folder, bundle, account, programs };
}

async function openRun({ folder: home, account, programs }: Home): Promise<Run> {
  const folder = join(home, `run-${randomUUID()}`);
  await openPrivateFolder(folder, account === undefined ? closed : traversable);
  const lock = tryLockFolder(folder);
  if (lock === undefined) throw databaseFailed(`Another process uses ${folder}.`);
  return { folder, lock, account, programs, ...filesIn(folder) };
}

function filesIn(folder: string): Pick<Cluster, "path" | "logFile"> {
  return { path: join(folder, "data"), logFile: join(folder, "server.log") };
}

async function closeRun({ folder, lock }: Pick<Run, "folder" | "lock">): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  lock.release();
}

async function removeLeftovers({ folder: home, account }: Home): Promise<void> {
  for (const name of await readdir(home)) {
    const folder = join(home, name);
    const ageMs = await ageOf(folder);
    if (name.startsWith("template-")) {
      // Only those that no other process may be copying just now.
      if (ageMs > templateMs) await rm(folder, { recursive: true, force: true });
    } else if (ageMs > leftoverMs && (await ageOf(join(folder, "lock"))) < Infinity) {
      // Without its lock it is just being removed, by whoever ends it, or there is nothing of a server in it.
      await removeRun({ ...filesIn(folder), account }, folder);
    }
  }
}

async function removeRun(
  cluster: Pick<Cluster, "account" | "path">,
  folder: string,
): Promise<void> {
  const lock = await tryLockLeftover(folder);
  if (lock === undefined) return;
  const leftover = await findPostmaster(cluster);
  if (leftover !== undefined) await stopPostmaster(leftover.pid, cluster);
  await closeRun({ folder, lock });
}

/** Others remove leftovers too, and each run its own: what is gone by now needs no lock. */
async function tryLockLeftover(folder: string): Promise<FolderLock | undefined> {
  try {
    return tryLockFolder(folder);
  } catch (cause) {
    if ((await ageOf(folder)) === Infinity) return undefined;
    throw cause;
  }
}

async function openTemplate(home: Home): Promise<Template> {
  const today = new Date().toISOString().slice(0, 10);
  const folder = join(home.folder, `template-${await hashOf(home.bundle)}-${today}`);
  if ((await ageOf(folder)) === Infinity) await createTemplate(home, folder);
  const credentials = await readCredentials(folder);
  if (credentials === undefined) throw databaseFailed(`${folder} is incomplete; remove it.`);
  return { dataFolder: filesIn(folder).path, credentials };
}

/** Infinite if there is nothing. */
async function ageOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? Number.POSITIVE_INFINITY : Date.now() - found.mtimeMs;
}

/** Made as a run of its own, and renamed when it is whole; of two makers at once the first wins. */
async function createTemplate(home: Home, folder: string): Promise<void> {
  const run = await openRun(home);
  const credentials = await createCredentials(run.folder);
  await initCluster(run, credentials.superuserPassword);
  const { pid, port } = await startCluster(run, { isDetached: false });
  await openShop(port, credentials);
  await createDatabase(port, credentials, emptyDatabase);
  await stopPostmaster(pid, run);
  try {
    await rename(run.folder, folder);
    run.lock.release();
  } catch (cause) {
    if (!isErrno(cause, "ENOTEMPTY", "EEXIST")) throw cause;
    await closeRun(run);
  }
}

/** What decides on the template's content; a change of anything else keeps it. */
const templateSources = [
  "../../src/quickstart/cluster.ts",
  "../../src/quickstart/draw.ts",
  "../../src/quickstart/sample-data.ts",
  "../../src/quickstart/sample-identifiers.ts",
  "../../src/quickstart/sample-names.ts",
  "../../src/quickstart/shop-database.ts",
  "postgres.ts",
];

async function hashOf({ version }: Bundle): Promise<string> {
  const hash = createHash("sha256").update(version);
  for (const source of templateSources) {
    hash.update(await readFile(new URL(source, import.meta.url)));
  }
  return hash.digest("hex").slice(0, 16);
}

async function startCopy(template: Template, run: Run): Promise<Postmaster> {
  try {
    await copyData(template, run);
    return await startCluster(run, { isDetached: false });
  } catch (cause) {
    await closeRun(run);
    throw cause;
  }
}

/** By the account that shall own it; `cp` shares the blocks where the file system can. */
async function copyData({ dataFolder }: Template, { path, account }: Run): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (account !== undefined) await chown(path, account.uid, account.gid);
  await runProgram("cp", ["-Rp", `${dataFolder}/.`, path], { account });
}
