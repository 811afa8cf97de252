/**
 * The PostgreSQL behind the quickstart: a shop's data to try the gateway on, from the bundled
 * programs, without anything to install. One process owns it at a time; what a killed one left is
 * taken over or ended, and the data stays as the agents left it. It is throw-away all the same: it
 * does not wait for the disk, and a folder that has lost files is made anew. It knows nothing of
 * agents, policies or the gateway's own storage.
 */
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "#/core/errors.ts";
import type { Log } from "#/platform/log.ts";
import {
  type Cluster,
  host,
  initCluster,
  type StartOptions,
  startCluster,
  superuser,
} from "./cluster.ts";
import { type Credentials, createCredentials, readCredentials } from "./credentials.ts";
import { databaseFailed } from "./database-failed.ts";
import { tryLockFolder } from "./folder-lock.ts";
import { type Bundle, findBundle, findPrograms } from "./postgres-programs.ts";
import {
  findPostmaster,
  isPostmasterOf,
  type Postmaster,
  removeStalePidFile,
  stopPostmaster,
} from "./postmaster.ts";
import { errnoOf } from "./private-folder.ts";
import { claim, isClaimed, openSampleFolder, type SampleFolder } from "./sample-folder.ts";
import { readPort, writePort } from "./sample-port.ts";
import { findServerAccount } from "./server-account.ts";
import { gatewayRole, openShop, shopDatabase, withSuperuser } from "./shop-database.ts";

export interface SampleDatabase {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The role with which the gateway signs in, and its password. */
  readonly user: string;
  readonly password: string;
  /** For setting things up beside the gateway: a superuser. */
  readonly adminUrl: string;
  readonly stop: () => Promise<void>;
}

export interface SampleDatabaseOptions {
  /**
   * Where the data is kept. As root it is kept in the temporary space, because the account that
   * then runs the server may not be able to enter this folder; it still belongs to the folder, and
   * is made anew when that was removed.
   */
  readonly dir?: string;
  /** The one of last time, or another where that is taken, unless given. */
  readonly port?: number;
  /** Ends a start that is under way; a running database is ended by `stop`. */
  readonly signal?: AbortSignal;
  readonly log: Log;
}

export async function startSampleDatabase(options: SampleDatabaseOptions): Promise<SampleDatabase> {
  const bundle = await findBundle();
  const account = await findServerAccount(options.log);
  const folder = await openSampleFolder(bundle, account, options.dir);
  const lock = tryLockFolder(folder.path);
  if (lock === undefined) {
    throw databaseFailed(
      `Another process uses the sample database of this data folder, probably a gateway that runs already. Stop it, or set COUNTERSIGN_DATA to another folder. (${folder.path})`,
    );
  }
  try {
    const programs = await findPrograms(bundle, account);
    const path = join(folder.path, `data-${majorOf(bundle)}`);
    const cluster = { path, account, programs, logFile: join(folder.path, "server.log") };
    const started = await openDatabase(folder, cluster, options);
    return present(started, async () => {
      await stopPostmaster(started.postmaster.pid, cluster).finally(() => lock.release());
      options.log.info("sample_database.stopped");
    });
  } catch (cause) {
    lock.release();
    if (cause instanceof GatewayError || options.signal?.aborted === true) throw cause;
    throw databaseFailed(`The sample database did not start (${errnoOf(cause)}).`, cause);
  }
}

interface OpenDatabase {
  readonly postmaster: Postmaster;
  readonly credentials: Credentials;
}

const answerMs = 5_000;
const answerPollMs = 50;

/** A newer major version can't read an older one's data, so each has its own. */
function majorOf({ version }: Bundle): string {
  return version.split(".", 1).join();
}

async function openDatabase(
  folder: SampleFolder,
  cluster: Cluster,
  { port, signal, log }: SampleDatabaseOptions,
): Promise<OpenDatabase> {
  const credentials =
    (await findUsable(folder, cluster)) ?? (await create(folder, cluster, { signal, log }));
  const adopted = await adopt(cluster, credentials, port);
  if (adopted === undefined) await removeStalePidFile(cluster);
  const postmaster = adopted ?? (await startAgain(folder, cluster, { port, signal }));
  const event = adopted === undefined ? "sample_database.started" : "sample_database.adopted";
  log.info(event, { pid: postmaster.pid, port: postmaster.port, folder: folder.path });
  try {
    signal?.throwIfAborted();
    if (await openShop(postmaster.port, credentials)) log.info("sample_database.loaded");
    signal?.throwIfAborted();
    return { postmaster, credentials };
  } catch (cause) {
    await stopPostmaster(postmaster.pid, cluster);
    if (signal?.aborted === true) throw cause;
    const advice = `remove ${folder.path} to have it made anew`;
    throw databaseFailed(`The sample data can't be opened or loaded; ${advice}.`, cause);
  }
}

/**
 * Where it listened before, if it can: an approval is for the database at one address, so what waits for people is picked
 * up after a restart only where that has stayed the same.
 */
async function startAgain(
  folder: SampleFolder,
  cluster: Cluster,
  options: Pick<StartOptions, "port" | "signal">,
): Promise<Postmaster> {
  const portBefore = await readPort(folder.path);
  const postmaster = await startCluster(cluster, { ...options, portBefore, isDetached: true });
  await writePort(folder.path, postmaster.port);
  return postmaster;
}

/** The passwords of a data folder that is there with all that can be told from outside. */
async function findUsable(
  folder: SampleFolder,
  cluster: Cluster,
): Promise<Credentials | undefined> {
  const files = ["PG_VERSION", "postgresql.conf", "pg_hba.conf", "global/pg_control"];
  const found = await Promise.allSettled(files.map((file) => stat(join(cluster.path, file))));
  if (found.some(({ status }) => status === "rejected")) return undefined;
  const credentials = await readCredentials(folder.path);
  return credentials !== undefined && (await isClaimed(folder, credentials))
    ? credentials
    : undefined;
}

async function create(
  folder: SampleFolder,
  cluster: Cluster,
  { signal, log }: Pick<SampleDatabaseOptions, "log"> & { signal: AbortSignal | undefined },
): Promise<Credentials> {
  const leftover = await findPostmaster(cluster);
  if (leftover !== undefined) await stopPostmaster(leftover.pid, cluster);
  await rm(cluster.path, { recursive: true, force: true });
  const credentials = await createCredentials(folder.path);
  await initCluster(cluster, credentials.superuserPassword, signal);
  await claim(folder, credentials);
  log.info("sample_database.created", { folder: folder.path });
  return credentials;
}

/** Takes over the server that a killed process left, or ends it if it can't be used. */
async function adopt(
  cluster: Cluster,
  credentials: Credentials,
  port: number | undefined,
): Promise<Postmaster | undefined> {
  const leftover = await findPostmaster(cluster);
  if (leftover === undefined) return undefined;
  const isWanted = port === undefined || leftover.port === port;
  if (isWanted && (await answers(leftover, cluster, credentials))) return leftover;
  await stopPostmaster(leftover.pid, cluster);
  return undefined;
}

async function answers(
  { pid, port }: Postmaster,
  cluster: Cluster,
  credentials: Credentials,
): Promise<boolean> {
  const deadline = performance.now() + answerMs;
  while (performance.now() < deadline && (await isPostmasterOf(pid, cluster))) {
    try {
      await withSuperuser(port, credentials, "postgres", (admin) => admin.query("select"));
      return true;
    } catch (cause) {
      if (isRefusal(cause)) return false;
      // It may be starting or ending still.
      await delay(answerPollMs);
    }
  }
  return false;
}

/** SQLSTATE class 28, invalid authorization: waiting would not help. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("28");
}

function present(
  { postmaster, credentials }: OpenDatabase,
  end: () => Promise<void>,
): SampleDatabase {
  const { port } = postmaster;
  let ending: Promise<void> | undefined;
  return {
    host,
    port,
    database: shopDatabase,
    user: gatewayRole,
    password: credentials.gatewayPassword,
    adminUrl: `postgres://${superuser}:${credentials.superuserPassword}@${host}:${port}/${shopDatabase}`,
    stop: () => (ending ??= end()),
  };
}
