/**
 * One PostgreSQL data folder: made by `initdb`, served by one server on 127.0.0.1. The server is
 * for throw-away data: it does not wait for the disk, so a crash of the machine may cost the data.
 * It knows nothing of what is stored in it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { databaseFailed } from "./database-failed.ts";
import type { Programs } from "./postgres-programs.ts";
import { type DataFolder, type Postmaster, readPidFile, stopPostmaster } from "./postmaster.ts";
import { errnoOf, isErrno, writePrivateFile } from "./private-folder.ts";
import { causeOf, identityOf, lastLine, programEnvironment, runProgram } from "./run-program.ts";

export const host = "127.0.0.1";
export const superuser = "postgres";

export interface Cluster extends DataFolder {
  readonly programs: Programs;
  readonly logFile: string;
}

/** Makes a new data folder beside its final name and moves it there when it is whole. */
export async function initCluster(
  cluster: Cluster,
  password: string,
  signal?: AbortSignal,
): Promise<void> {
  const draft = `${cluster.path}.new`;
  const passwordFile = `${cluster.path}.password`;
  const { account } = cluster;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writePrivateFile(passwordFile, `${password}\n`);
  try {
    if (account !== undefined) {
      await chown(draft, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    await runProgram(
      cluster.programs.initdb,
      [`--pgdata=${draft}`, `--pwfile=${passwordFile}`, ...initOptions],
      { account, cwd: dirname(draft), signal },
    );
    await rm(cluster.path, { recursive: true, force: true });
    await rename(draft, cluster.path);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

export interface StartOptions {
  /** Asked from the system unless given. */
  readonly port?: number | undefined;
  /** Taken if nothing listens there, and no port was given. */
  readonly portBefore?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the server lives on when the terminal ends this process, until it is stopped. */
  readonly isDetached: boolean;
}

/** Starts the server and waits until it accepts connections. */
export async function startCluster(cluster: Cluster, options: StartOptions): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await start(cluster, await choosePort(options), options);
    if ("pid" in result) return result;
    if (attempt === startAttemptsMax || !isPassing(result.reason)) {
      throw databaseFailed(
        `PostgreSQL did not start: ${result.reason} (see ${cluster.logFile}). ` +
          `If the data is damaged, remove ${cluster.path}: it is made anew.`,
      );
    }
    await delay(startPauseMs);
  }
}

/** Another process took the free port; or the rest of a killed server is still about to end. */
function isPassing(reason: string): boolean {
  return /TCP\/IP sockets|shared memory block/.test(reason);
}

const startAttemptsMax = 5;
const startPauseMs = 200;
const startMs = 60_000;
const pollMs = 5;

const initOptions = [
  `--username=${superuser}`,
  "--auth=scram-sha-256",
  // The host's locales decide nothing: neither order nor character classes nor messages.
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--wal-segsize=1",
  "--no-sync",
  "--no-instructions",
];

const settings: Readonly<Record<string, string>> = {
  listen_addresses: host,
  unix_socket_directories: "",
  // The data is throw-away and made anew in a second; nothing waits for the disk.
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  // One small server without replicas: fewer processes, little memory, a small folder.
  wal_recycle: "off",
  wal_init_zero: "off",
  io_method: "sync",
  shared_buffers: "32MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",
  timezone: "UTC",
  log_timezone: "UTC",
  // Its log holds the server's own troubles, never a statement or the values in it.
  log_min_messages: "log",
  log_min_error_statement: "panic",
};

async function start(
  cluster: Cluster,
  port: number,
  { signal, isDetached }: StartOptions,
): Promise<Postmaster | { readonly reason: string }> {
  signal?.throwIfAborted();
  const child = await spawnServer(cluster, port, isDetached);
  const deadline = performance.now() + startMs;
  while (child.exitCode === null && child.signalCode === null) {
    const found = await readPidFile(cluster);
    if (found?.pid === child.pid && found.isReady) return found;
    if (signal?.aborted === true || performance.now() > deadline) {
      await stopPostmaster(child.pid, cluster);
      signal?.throwIfAborted();
      return { reason: "it was not ready in time" };
    }
    await delay(pollMs);
  }
  return { reason: reasonIn(await readFile(cluster.logFile, "utf8")) };
}

/** However this process ends, as long as it can say so: nobody is left to stop it, and the next start may never come. */
function endWithUs(child: ChildProcess): void {
  const end = () => void child.kill("SIGINT");
  process.once("exit", end);
  child.once("exit", () => void process.off("exit", end));
}

async function spawnServer(
  cluster: Cluster,
  port: number,
  isDetached: boolean,
): Promise<ChildProcess & { readonly pid: number }> {
  const all = Object.entries({ ...settings, port: `${port}` });
  const args = all.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // A file, not a pipe: the server may outlive this process.
  const log = await open(cluster.logFile, "w", 0o600);
  try {
    // The data folder comes first, because that is how a left-over server is recognised.
    const child = spawn(cluster.programs.postgres, ["-D", cluster.path, ...args], {
      ...identityOf(cluster.account),
      cwd: dirname(cluster.path),
      env: programEnvironment,
      detached: isDetached,
      stdio: ["ignore", log.fd, log.fd],
    });
    if (child.pid === undefined) throw (await once(child, "error"))[0];
    // The gateway may end without waiting for it; and a signal that comes too late is no failure.
    child.unref();
    child.on("error", () => {});
    endWithUs(child);
    return Object.assign(child, { pid: child.pid });
  } catch (cause) {
    throw databaseFailed(`PostgreSQL can't be started: ${causeOf(cause)}.`, cause);
  } finally {
    await log.close();
  }
}

function choosePort({ port, portBefore }: StartOptions): Promise<number> {
  if (port !== undefined || portBefore === undefined) return findPort(port ?? 0);
  return findPort(portBefore).catch(() => findPort(0));
}

/** The given port if nothing listens there, or for 0 one that the system finds free. */
function findPort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) => {
      const why = isErrno(cause, "EADDRINUSE") ? "another process uses it" : errnoOf(cause);
      reject(databaseFailed(`The sample database can't listen on port ${wanted}: ${why}.`, cause));
    });
    server.listen({ host, port: wanted, exclusive: true }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function reasonIn(serverLog: string): string {
  const fatal = serverLog.split("\n").filter((line) => /\b(FATAL|PANIC):/.test(line));
  return lastLine(fatal.join("\n")) ?? lastLine(serverLog) ?? "it ended without a word";
}
